#!/usr/bin/env bash
# A PostgreSQL password with ！ or １ in it: psql and node-postgres get in, pgx, lib/pq and postgres.js are refused
#
# Versions: Debian's PostgreSQL 15 (server and psql), github.com/jackc/pgx/v5 v5.13.0, github.com/lib/pq v1.10.9,
#   npm pg 8.23.1, npm postgres 3.4.9.
# Why it matters: who sets up the server types the password with a Chinese input method, where ！, １ and the wide blank
#   are one key away. It works in psql and in the migration script; the Go server says "password authentication failed".
# Guess: the bytes of UTF-8 are the password; SCRAM-SHA-256 is one standard, so either all clients get in or none does.
# Seen: the server turns the password into SASLprep's form (NFKC: ！ is kept as !) before it keeps the verifier. psql and
#   node-postgres do the same. lib/pq and postgres.js send the bytes as they are and never get in. pgx uses PRECIS
#   OpaqueString, whose form is NFC: the wide blank becomes a plain one and it gets in, ！ and １ stay wide and it does
#   not, nor with ① or the radical ⾼. 密码2026 in plain digits and 𠮷 work in all, so that a test with Chinese letters
#   proves nothing. The password typed as "!" works in all five, though nobody ever set it.
# Source: RFC 5802 and RFC 4013 (SASLprep) against RFC 8265 (OpaqueString, no width mapping); run here.
# What to do: make database passwords of ASCII by a generator; refuse others where the address is read, and say why,
#   since neither the server's log nor the client's error does.
set -euo pipefail
changed() { echo "postgres-password-fullwidth: changed: $*" >&2; exit 1; }
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
	apt-get -qq -y --no-install-recommends install postgresql >/dev/null
bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V | tail -n 1)
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund pg@8.23.1 postgres@3.4.9
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/jackc/pgx/v5 v5.13.0
	github.com/lib/pq v1.10.9
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
	_ "github.com/lib/pq"
)

func told(client string, err error) {
	if err == nil {
		fmt.Print(client + " in ")
	} else {
		fmt.Print(client + " out ")
	}
}

func main() {
	address := "host=" + os.Args[1] + " user=app dbname=postgres sslmode=disable"
	config, err := pgx.ParseConfig(address)
	if err != nil {
		panic(err)
	}
	config.Password = os.Args[2]
	_, err = pgx.ConnectConfig(context.Background(), config)
	told("pgx", err)
	db, err := sql.Open("postgres", address+" password='"+os.Args[2]+"'")
	if err != nil {
		panic(err)
	}
	told("pq", db.Ping())
}
GO
cat >try.js <<'JS'
const {Client} = require('pg');
const postgres = require('postgres');
const [host, password] = process.argv.slice(2);
const told = (client, attempt) => attempt.then(() => process.stdout.write(client + ' in '), (e) => {
  if (!/password authentication failed/.test(e.message)) throw e;
  process.stdout.write(client + ' out ');
});
(async () => {
  const client = new Client({host, user: 'app', database: 'postgres', password});
  await told('pg', client.connect());
  await client.end().catch(() => {});
  const sql = postgres({path: host + '/.s.PGSQL.5432', user: 'app', database: 'postgres', password, max: 1});
  await told('postgres.js', sql`select 1`);
  await sql.end({timeout: 1});
})();
JS
nice go build -o clients . 2>build.log || { cat build.log >&2; exit 1; }
(cd pg && "${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null)
printf 'local all postgres trust\nlocal all app scram-sha-256\n' >pg/data/pg_hba.conf
(cd pg && "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off" start >/dev/null)
psql() { "$bin/psql" -h "$dir/pg" -d postgres -XAtqc "$2" -U "$1" 2>/dev/null; }
psql postgres "create role app login"
attempt() {
	PGPASSWORD=$1 psql app "select 'psql in'" || echo 'psql out'
	./clients "$dir/pg" "$1"
	node try.js "$dir/pg" "$1"
}
echo "$("$bin/postgres" --version), pgx v5.13.0, lib/pq v1.10.9, pg 8.23.1, postgres.js 3.4.9"
check() { # set, typed, want
	psql postgres "alter role app password '$1'"
	got=$(attempt "$2" | tr '\n' ' ')
	echo "set $1, typed $2: $got"
	[ "$got" = "$3 " ] || changed "set $1, typed $2"
}
all='psql in pgx in pq in pg in postgres.js in'
some='psql in pgx out pq out pg in postgres.js out'
check 密码2026 密码2026 "$all"
check 𠮷田 𠮷田 "$all"
check 密码！ 密码！ "$some"
check 密码２０２６ 密码２０２６ "$some"
check ①号 ①号 "$some"
check ⾼山 ⾼山 "$some"
check '密　码' '密　码' 'psql in pgx in pq out pg in postgres.js out'
check 密码！ '密码!' "$all"
