#!/usr/bin/env bash
# A deadline tells lib/pq that a commit is on the standby when it is not, and statement_timeout never ends that wait
#
# Versions: Debian's PostgreSQL 15 (two servers and psql), github.com/lib/pq v1.12.3, github.com/jackc/pgx/v5 v5.13.0.
# Why it matters: a synchronous standby is there so that nobody is told "verified" of what a failover can take back. The
#   standby goes away for a moment, calls have a deadline of a second as they should, and the primary dies then.
# Guess: while the standby is away a commit waits; statement_timeout or the context's deadline ends it with an error, and
#   what ended with an error is neither there nor seen by anybody.
# Seen: statement_timeout does not count the wait at all: the commit hangs, with 200 ms set, for as long as one looks. The
#   deadline sends a cancel request; the server answers it with a warning and "INSERT 0 1", since the row is committed here
#   already. lib/pq gives that as success, of one statement and of a transaction's Commit; so does pgx with its
#   CancelRequestContextWatcherHandler. pgx as it comes gives an error, and its cancel request shows the row to everybody
#   all the same. After the failover none of the rows is there.
# Source: Patroni's manual warns that a cancelled wait can lose data; finish_xact_command of the server stops the timer of
#   statement_timeout before it commits; what the drivers tell of it: run here.
# What to do: take an error of a commit for "unknown", and never cancel it: give Commit no deadline that sends cancel
#   requests, or look at notices for SQLSTATE 01000; watch wait_event = 'SyncRep', since no timeout of the server does.
set -euo pipefail
changed() { echo "postgres-deadline-undoes-standby: changed: $*" >&2; exit 1; }
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
	apt-get -qq -y --no-install-recommends install postgresql >/dev/null
bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V | tail -n 1)
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
control() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/$1" -l "$dir/pg/$1.log" -w "${@:2}" >/dev/null; }
stop() { for name in primary standby; do control $name -m immediate stop 2>/dev/null || :; done; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg"; [ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/jackc/pgx/v5 v5.13.0
	github.com/lib/pq v1.12.3
)
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	_ "github.com/lib/pq"
)

func told(client string, err error) {
	if err == nil {
		fmt.Println(client, "success")
	} else {
		fmt.Println(client, "error:", err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		context.AfterFunc(ctx, cancel)
		return ctx
	}
	db := must(sql.Open("postgres", os.Args[1]))
	_, err := db.ExecContext(soon(), "INSERT INTO verified VALUES ('by lib/pq')")
	told("lib/pq", err)

	ctx := soon()
	tx := must(db.BeginTx(ctx, nil))
	must(tx.ExecContext(ctx, "INSERT INTO verified VALUES ('by lib/pq, in a transaction')"))
	told("lib/pq-transaction", tx.Commit())

	conn := must(pgx.Connect(context.Background(), os.Args[1]))
	_, err = conn.Exec(soon(), "INSERT INTO verified VALUES ('by pgx')")
	told("pgx", err)

	config := must(pgx.ParseConfig(os.Args[1]))
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: 10 * time.Second}
	}
	conn = must(pgx.ConnectConfig(context.Background(), config))
	_, err = conn.Exec(soon(), "INSERT INTO verified VALUES ('by pgx that cancels')")
	told("pgx-that-cancels", err)
}
GO
nice go build -o client .
"${as[@]}" "$bin/initdb" -D pg/primary -A trust -U postgres >/dev/null
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free) other=$(free)
options() { echo "-c listen_addresses=127.0.0.1 -c port=$1 -c unix_socket_directories=$dir/pg"; }
control primary -o "$(options "$port")" start
ask() { psql -h 127.0.0.1 -p "$1" -U postgres -AtX -c "$2"; }
until_says() { for _ in $(seq 300); do [ "$(ask "$port" "$1")" != "$2" ] || return 0; sleep 0.1; done; changed "never $2: $1"; }
ask "$port" 'CREATE TABLE verified (who text)' >/dev/null
"${as[@]}" "$bin/pg_basebackup" -h 127.0.0.1 -p "$port" -U postgres -D pg/standby -R -d 'application_name=standby' >/dev/null
control standby -o "$(options "$other")" start
ask "$port" "ALTER SYSTEM SET synchronous_standby_names = 'standby'" >/dev/null
ask "$port" 'SELECT pg_reload_conf()' >/dev/null
until_says "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'" 1
ask "$port" "INSERT INTO verified VALUES ('while both are there')" >/dev/null
control standby -m fast stop
clients=$(./client "postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable")
waits="FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
PGOPTIONS='-c statement_timeout=200' ask "$port" "INSERT INTO verified VALUES ('by psql')" >psql 2>&1 & psql=$!
until_says "SELECT count(*) $waits AND clock_timestamp() - query_start > '5 s'" 1
ask "$port" "SELECT pg_cancel_backend(pid) $waits" >/dev/null
wait $psql || changed "psql ended with an error"
until_says "SELECT count(*) FROM verified" 6
control primary -m immediate stop
control standby -o "$(options "$other")" start; control standby promote
kept=$(ask "$other" 'SELECT who FROM verified')
echo "$("$bin/postgres" --version); lib/pq v1.12.3; pgx v5.13.0"
echo "$clients"; sed 's/^/psql, cancelled after 5 s in spite of its 200 ms: /' psql
echo "on the primary: 6 rows; after the failover: $kept"
for client in lib/pq lib/pq-transaction pgx-that-cancels; do
	grep -qxF "$client success" <<<"$clients" || changed "$client"
done
grep -q '^pgx error: .*deadline exceeded' <<<"$clients" || changed "pgx"
grep -qxF 'INSERT 0 1' psql || changed "psql said another thing"
grep -q '^WARNING:  canceling wait for synchronous replication' psql || changed "psql was not warned"
[ "$kept" = 'while both are there' ] || changed "the standby has: $kept"
