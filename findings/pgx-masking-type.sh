#!/usr/bin/env bash
# A value whose String() masks is stored masked by pgx, without an error, and refused by SQLite
#
# Versions: github.com/jackc/pgx/v5 v5.12.0, github.com/mattn/go-sqlite3 v1.14.22, Debian's PostgreSQL 15.
# Why it matters: identity numbers live in a type that masks itself in logs (String, Format, MarshalJSON). Pass
#   such a value to a query by mistake, and what stands in the row is "110***", for good; no test on the error sees it.
# Guess: a struct without driver.Valuer is no value of SQL: both drivers answer "unsupported type", as database/sql
#   documents; a named number is sent as its number.
# Seen: pgx falls back to fmt.Stringer for a text parameter and stores the mask, natively and through database/sql
#   (its driver checks values itself). A named int64 is stored masked in the default mode and as its number in the
#   simple protocol, the mode used behind a pooler: one program, two contents. A named string is stored right.
#   mattn/go-sqlite3 refuses the struct. So tests on SQLite say no, and PostgreSQL says yes to the wrong thing.
# Source: pgx's pgtype wraps encode plans in an order that ends in fmt.Stringer; run here.
# What to do: give the masking type a driver.Valuer that yields the sealed or plain form or an error, and test by
#   reading the row back with SQL, on PostgreSQL.
set -euo pipefail
changed() { echo "pgx-masking-type: changed: $*" >&2; exit 1; }
bin=$(ls -d /usr/lib/postgresql/15/bin 2>/dev/null) || {
	apt-get -qq -y --no-install-recommends install postgresql-15 >/dev/null
	bin=/usr/lib/postgresql/15/bin
}
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg" "$dir/go"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir/pg"
"${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off" start >/dev/null
cd "$dir/go"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/jackc/pgx/v5 v5.12.0
	github.com/mattn/go-sqlite3 v1.14.22
)
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"
)

type sealed struct{ number string }

func (sealed) String() string { return "110***" }

type short int64

func (short) String() string { return "13***" }

type named string

func (named) String() string { return "110***" }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	dsn := "host=" + os.Args[1] + " user=postgres dbname=postgres"
	values := []any{sealed{"11010519491231002X"}, short(13800138000), named("11010519491231002X")}
	for _, mode := range []string{"cache_statement", "simple_protocol"} {
		conn, err := pgx.Connect(ctx, dsn+" default_query_exec_mode="+mode)
		must(err)
		for _, v := range values {
			var kept string
			_, err := conn.Exec(ctx, "create temp table if not exists person (number text)")
			must(err)
			must(conn.QueryRow(ctx, "insert into person values ($1::text) returning number", v).Scan(&kept))
			fmt.Printf("pgx %s %T %s\n", mode, v, kept)
		}
		must(conn.Close(ctx))
	}
	db, err := sql.Open("pgx", dsn)
	must(err)
	var kept string
	must(db.QueryRow("select $1::text", values[0]).Scan(&kept))
	fmt.Printf("pgx database/sql %T %s\n", values[0], kept)
	lite, err := sql.Open("sqlite3", ":memory:")
	must(err)
	err = lite.QueryRow("select ?", values[0]).Scan(&kept)
	fmt.Printf("sqlite3 %T error=%t\n", values[0], err != nil)
}
GO
out=$(nice go run . "$dir/pg")
echo "pgx v5.12.0, go-sqlite3 v1.14.22, $("$bin/postgres" --version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'pgx cache_statement main.sealed 110***'
has 'pgx simple_protocol main.sealed 110***'
has 'pgx cache_statement main.short 13***'
has 'pgx simple_protocol main.short 13800138000'
has 'pgx cache_statement main.named 11010519491231002X'
has 'pgx simple_protocol main.named 11010519491231002X'
has 'pgx database/sql main.sealed 110***'
has 'sqlite3 main.sealed error=true'
