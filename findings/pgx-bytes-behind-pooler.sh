#!/usr/bin/env bash
# Behind a pooler pgx writes an ID number from a []byte as \x3131303130…, and a second time beside the right one
#
# Versions: github.com/jackc/pgx/v5 v5.13.0, Debian's PostgreSQL 15 and pgbouncer 1.18.
# Why it matters: PgBouncer of Debian 12 keeps no prepared statements, so behind it one sets default_query_exec_mode to
#   exec or simple_protocol in the address, and no line of the program. Numbers come as []byte from a QR code or a
#   decryption.
# Guess: the mode decides on the number of round trips; what the server gets is the same value, or it refuses the type.
# Seen: in the default mode pgx asks the server for the type, text, and []byte arrives as its characters: 110105. In
#   exec and simple_protocol it goes by the Go type, so by bytea: the literal \x313130313035, which PostgreSQL takes as
#   text as it stands. No error; UNIQUE lets it in beside the 110105 that was there; a search by []byte finds the new
#   row and a search by string the old one. A json.RawMessage, and a string, are right in all modes. For jsonb a []byte
#   is an error, so that the fault is found there and not here. Back in the default mode, the person whose row was
#   written behind the pooler is not found any more.
# Source: pgx' manual on QueryExecModeExec ("argument types must be … inferred from the Go type"); run here.
# What to do: numbers as string, or a type whose Value() gives one; a CHECK on the form of the column; tests of the
#   store in the mode of production.
set -euo pipefail
changed() { echo "pgx-bytes-behind-pooler: changed: $*" >&2; exit 1; }
bin=/usr/lib/postgresql/15/bin
for p in postgresql-15 pgbouncer; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() {
	[ ! -f "$dir/pg/pooler.pid" ] || kill "$(cat "$dir/pg/pooler.pid")" 2>/dev/null || true
	(cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1) || true
	rm -rf "$dir"
}
trap stop EXIT
mkdir -p "$dir/pg/pooler"
[ "$(id -u)" -ne 0 ] || chown -R postgres "$dir/pg"
cd "$dir/pg"
"${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off" start >/dev/null
cat >pooler.ini <<INI
[databases]
postgres = host=$dir/pg user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = $dir/pg/pooler
listen_port = 5432
auth_type = any
pool_mode = transaction
logfile = $dir/pg/pooler.log
pidfile = $dir/pg/pooler.pid
INI
"${as[@]}" pgbouncer -q -d "$dir/pg/pooler.ini"
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
printf 'module finding\ngo 1.26.0\nrequire github.com/jackc/pgx/v5 v5.13.0\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"
)

func main() {
	ctx, direct, pooler := context.Background(), os.Args[1], os.Args[1]+"/pooler"
	for _, way := range [][2]string{{"cache_statement", direct}, {"exec", pooler}, {"simple_protocol", pooler}} {
		mode, host := way[0], way[1]
		db, err := pgx.Connect(ctx, "user=postgres dbname=postgres host="+host+" default_query_exec_mode="+mode)
		if err != nil {
			panic(err)
		}
		write := func(value any) string {
			if _, err := db.Exec(ctx, "INSERT INTO person VALUES ($1)", value); err != nil {
				return "refused"
			}
			return "taken"
		}
		found := func(value any) (kept string) {
			_ = db.QueryRow(ctx, "SELECT number FROM person WHERE number = $1", value).Scan(&kept)
			return kept
		}
		if _, err := db.Exec(ctx, "DROP TABLE IF EXISTS person; CREATE TABLE person (number text UNIQUE)", pgx.QueryExecModeSimpleProtocol); err != nil {
			panic(err)
		}
		fmt.Print(mode, ": string ", write("110105"), ", RawMessage ", write(json.RawMessage("110105")), ", []byte ", write([]byte("110105")))
		fmt.Println(", by string", found("110105"), "by []byte", found([]byte("110105")))
	}
}
GO
out=$(nice go run . "$dir/pg")
echo "pgx v5.13.0, $("$bin/postgres" --version), $(pgbouncer --version | head -n 1)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'cache_statement: string taken, RawMessage refused, []byte refused, by string 110105 by []byte 110105'
for mode in exec simple_protocol; do
	has "$mode: string taken, RawMessage refused, []byte taken, by string 110105 by []byte \\x313130313035"
done
