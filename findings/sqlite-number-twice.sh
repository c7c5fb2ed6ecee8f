#!/usr/bin/env bash
# A UNIQUE TEXT column of SQLite takes one ID number twice, once from a string and once from a []byte
#
# Versions: github.com/mattn/go-sqlite3 v1.14.53 and modernc.org/sqlite v1.62.0; github.com/jackc/pgx/v5 v5.13.0 with
#   Debian's PostgreSQL 15 beside them.
# Why it matters: "one ID card, one account" rests on a unique index. A number comes as string from a form and as []byte
#   from a QR code, a file, a decryption or a json.RawMessage, and database/sql takes both.
# Guess: a column declared TEXT holds text, so both are the same value there, as they are on PostgreSQL; NOT NULL UNIQUE
#   holds on both databases.
# Seen: a []byte is bound as BLOB, and the affinity of TEXT turns numbers into text and leaves BLOBs as they are. A BLOB
#   is equal to no text. So the second account is bound to the same number without an error, and WHERE number = ? finds
#   the one or the other, by the type of the variable in the program. Scanned into a string both are the same 18
#   characters; typeof() alone tells. PostgreSQL with pgx takes []byte as the text and refuses the second: a test on
#   either database alone, or with one type in the program, is green.
# Source: SQLite's datatype3 page (a BLOB is not converted by TEXT affinity; storage classes compare first); run here.
# What to do: STRICT tables (the script shows that they refuse the BLOB), or CHECK (typeof(number) = 'text'); a type for
#   numbers whose Value() gives a string.
set -euo pipefail
changed() { echo "sqlite-number-twice: changed: $*" >&2; exit 1; }
bin=/usr/lib/postgresql/15/bin
[ -d $bin ] || apt-get -qq -y --no-install-recommends install postgresql-15 >/dev/null
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() { (cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1) || true; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir/pg"
"${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off" start >/dev/null
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/jackc/pgx/v5 v5.13.0
	github.com/mattn/go-sqlite3 v1.14.53
	modernc.org/sqlite v1.62.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"database/sql"
	"fmt"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"
	_ "modernc.org/sqlite"
)

func main() {
	try("mattn", "sqlite3", "file:mattn.db", "")
	try("modernc", "sqlite", "file:modernc.db", "")
	try("mattn STRICT", "sqlite3", "file:strict.db", " STRICT")
	try("pgx", "pgx", "host="+os.Args[1]+" user=postgres dbname=postgres", "")
}

func try(name, driver, source, kind string) {
	db, err := sql.Open(driver, source)
	if err != nil {
		panic(err)
	}
	if _, err := db.Exec("CREATE TABLE binding (account int, number text NOT NULL UNIQUE)" + kind); err != nil {
		panic(err)
	}
	number := "110105194912310021"
	bind := func(account int, number any) string {
		if _, err := db.Exec("INSERT INTO binding VALUES ($1, $2)", account, number); err != nil {
			return "refused"
		}
		return "taken"
	}
	found := func(number any) (accounts []int) {
		rows, err := db.Query("SELECT account, number FROM binding WHERE number = $1", number)
		if err != nil {
			panic(err)
		}
		for rows.Next() {
			var account int
			var text string
			if err := rows.Scan(&account, &text); err != nil || text != "110105194912310021" {
				panic(fmt.Sprint(text, err))
			}
			accounts = append(accounts, account)
		}
		return accounts
	}
	fmt.Print(name, ": string ", bind(1, number), ", []byte ", bind(2, []byte(number)), ", string again ", bind(3, number))
	fmt.Println(", found by string", found(number), "by []byte", found([]byte(number)))
}
GO
out=$(nice go run . "$dir/pg")
echo "go-sqlite3 v1.14.53, modernc.org/sqlite v1.62.0, pgx v5.13.0, $("$bin/postgres" --version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for driver in mattn modernc; do
	has "$driver: string taken, []byte taken, string again refused, found by string [1] by []byte [2]"
done
has 'mattn STRICT: string taken, []byte refused, string again refused, found by string [1] by []byte []'
has 'pgx: string taken, []byte refused, string again refused, found by string [1] by []byte [1]'
