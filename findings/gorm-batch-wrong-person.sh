#!/usr/bin/env bash
# gorm gives the new person's ID to the known one of a batch, and files what the known one agreed to under the new one
#
# Versions: gorm.io/gorm v1.31.2, gorm.io/driver/sqlite v1.6.0, github.com/mattn/go-sqlite3 v1.14.53,
#   gorm.io/driver/postgres v1.6.3 (pgx v5.13.0), Debian's PostgreSQL 15.
# Why it matters: an import writes people in batches and leaves alone whom it knows already (OnConflict DoNothing). What
#   hangs on a person, a consent or a case, is written with the ID that Create gave back.
# Guess: whom the database left alone keeps ID 0, and whom it wrote gets the ID of the row; so told the maintainers too,
#   when the wrong IDs of MySQL were reported: RETURNING, which SQLite and PostgreSQL have, brings the right ones.
# Seen: RETURNING has rows for the new people alone, and gorm deals them out from the front of the slice. Of 张三 (known)
#   and 李四 (new) the first gets 李四's ID and the second has 0; their consents go along: 张三's lies with 李四, and
#   李四's with nobody. The error is nil, the count of rows is right, and the people's own rows are right as well, so that
#   a look at their table shows nothing. With one person at a time, or with DoUpdates, all is as guessed.
# Source: gorm issues 5192 (the maintainers' answer), 7029 and 7393 (open, on MySQL's LAST_INSERT_ID); run here on both
#   databases with RETURNING.
# What to do: ask for the IDs by number after the batch, or draw them before it (UUIDs, which gorm leaves alone); DoUpdates
#   that sets a column to what it was; never an association in such a batch; a foreign key, which finds the 0 at least.
set -euo pipefail
changed() { echo "gorm-batch-wrong-person: changed: $*" >&2; exit 1; }
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
	apt-get -qq -y --no-install-recommends install postgresql >/dev/null
bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V | tail -n 1)
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1 || :; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg"; [ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/jackc/pgx/v5 v5.13.0
	github.com/mattn/go-sqlite3 v1.14.53
	gorm.io/driver/postgres v1.6.3
	gorm.io/driver/sqlite v1.6.0
	gorm.io/gorm v1.31.2
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type person struct {
	ID       uint
	Number   string `gorm:"uniqueIndex"`
	Name     string
	Consents []consent
}

type consent struct {
	ID       uint
	PersonID uint
	Text     string
}

func check(db *gorm.DB) *gorm.DB {
	if db.Error != nil {
		panic(db.Error)
	}
	return db
}

func try(name string, at gorm.Dialector) {
	db, err := gorm.Open(at, &gorm.Config{DisableForeignKeyConstraintWhenMigrating: true})
	if err != nil {
		panic(err)
	}
	if err := db.AutoMigrate(&person{}, &consent{}); err != nil {
		panic(err)
	}
	agreed := func(number, name string) person {
		return person{Number: number, Name: name, Consents: []consent{{Text: name + " agreed"}}}
	}
	check(db.Create(&person{Number: "1", Name: "张三"}))
	batch := []person{agreed("1", "张三"), agreed("2", "李四")}
	made := check(db.Clauses(clause.OnConflict{DoNothing: true}).Create(&batch))
	var rows []person
	check(db.Order("number").Find(&rows))
	fmt.Println(name, "rows", made.RowsAffected, "err", made.Error)
	for i, row := range rows {
		fmt.Println(name, row.Name, "is the one of the row:", batch[i].ID == row.ID)
	}
	fmt.Println(name, "张三 was given the ID of 李四:", batch[0].ID == rows[1].ID, "and 李四 has", batch[1].ID)
	var consents []consent
	check(db.Order("text").Find(&consents))
	for _, c := range consents {
		holder := "nobody"
		for _, row := range rows {
			if row.ID == c.PersonID {
				holder = row.Name
			}
		}
		fmt.Printf("%s %q lies with %s\n", name, c.Text, holder)
	}

	single := agreed("1", "张三")
	check(db.Clauses(clause.OnConflict{DoNothing: true}).Omit("Consents").Create(&single))
	update := []person{{Number: "1", Name: "张三"}, {Number: "3", Name: "王五"}}
	check(db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "number"}},
		DoUpdates: clause.AssignmentColumns([]string{"name"})}).Create(&update))
	check(db.Order("number").Find(&rows))
	fmt.Println(name, "alone", single.ID, "with DoUpdates", update[0].ID == rows[0].ID && update[1].ID == rows[2].ID)
}

func main() {
	try("sqlite", sqlite.Open("people.db"))
	try("postgres", postgres.Open(os.Args[1]))
}
GO
CGO_CFLAGS="-O1 -g" nice go build -o client .
"${as[@]}" "$bin/initdb" -D pg/data -A trust -U postgres >/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir/pg" start >/dev/null
out=$(./client "postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable")
echo "gorm v1.31.2, go-sqlite3 v1.14.53, $("$bin/postgres" --version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for db in sqlite postgres; do
	has "$db rows 1 err <nil>"
	for who in 张三 李四; do has "$db $who is the one of the row: false"; done
	has "$db 张三 was given the ID of 李四: true and 李四 has 0"
	has "$db \"张三 agreed\" lies with 李四"; has "$db \"李四 agreed\" lies with nobody"
	has "$db alone 0 with DoUpdates true"
done
