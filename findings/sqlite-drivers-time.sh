#!/usr/bin/env bash
# Three SQLite drivers of Go, one file: what ended an hour ago is still good, or it ended in the year 1
#
# Versions: github.com/mattn/go-sqlite3 v1.14.53 (cgo), modernc.org/sqlite v1.62.0 and
#   github.com/ncruces/go-sqlite3 v0.37.0 (both without cgo).
# Why it matters: a code, a session and a consent have an end. A server is changed from the cgo driver to one without,
#   for a smaller image, and goes on with its file; or a tool made with another driver cleans up what has ended.
# Guess: a column declared DATETIME holds a time; what one driver has written the others read, and < of two times is <
#   of the moments, as it is in PostgreSQL.
# Seen: SQLite has text, and each driver spells a time.Time in its own way, with the zone that it had in the program:
#   2026-11-30 22:00:00+00:00, 2026-11-30 22:00:00 +0000 UTC (Go's String), 2026-11-30T22:00:00Z. WHERE at < ? compares
#   these letters. With one driver alone, an end written by a process in UTC+8 comes eight hours later than one in UTC.
#   With two drivers, T stands behind the blank, so what ncruces wrote is not over before midnight for the others.
#   mattn reads modernc's times as 0001-01-01, without an error; ncruces gives them as a string. datetime(at), SQLite's
#   own, is right for two spellings and NULL for modernc's, which a clean-up by it never finds.
# Source: SQLite's datatype3 and date functions; each driver's handling of time.Time; run here.
# What to do: keep moments as integers (microseconds since 1970); with times as text one spelling in UTC made by the
#   program itself; a test of expiry with a process in another zone.
set -euo pipefail
changed() { echo "sqlite-drivers-time: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod TZ=UTC
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/mattn/go-sqlite3 v1.14.53
	github.com/ncruces/go-sqlite3 v0.37.0
	modernc.org/sqlite v1.62.0
)
MOD
program() { # driver, its name in database/sql, import
	mkdir "$1"
	cat >"$1/main.go" <<GO
package main

import _ "$3"

const driver = "$2"
GO
	cat >"$1/times.go" <<'GO'
package main

import (
	"database/sql"
	"fmt"
	"os"
	"time"
)

func main() {
	db, err := sql.Open(driver, "file:"+os.Args[2])
	if err != nil {
		panic(err)
	}
	end := time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC)
	if os.Args[1] == "write" {
		if _, err := db.Exec("CREATE TABLE code (zone TEXT, at DATETIME)"); err != nil {
			panic(err)
		}
		beijing := time.FixedZone("CST", 8*3600)
		if _, err := db.Exec("INSERT INTO code VALUES ('UTC', ?), ('UTC+8', ?)", end, end.In(beijing)); err != nil {
			panic(err)
		}
		return
	}
	rows, err := db.Query(`SELECT zone, at, CAST(at AS TEXT), coalesce(datetime(at), 'NULL'), at < ?
		FROM code ORDER BY zone`, end.Add(time.Hour))
	if err != nil {
		panic(err)
	}
	for rows.Next() {
		var zone, text, function string
		var at any
		var over bool
		if err := rows.Scan(&zone, &at, &text, &function, &over); err != nil {
			panic(err)
		}
		read := fmt.Sprintf("%T", at)
		if moment, ok := at.(time.Time); ok {
			read = moment.UTC().Format(time.RFC3339)
		}
		fmt.Printf("%s, %s, %s, %s, %t\n", zone, text, function, read, over)
	}
	if err := rows.Err(); err != nil {
		panic(err)
	}
}
GO
	nice go build -o "$1/times" "./$1" 2>build.log || { cat build.log >&2; exit 1; }
}
program mattn sqlite3 github.com/mattn/go-sqlite3
program modernc sqlite modernc.org/sqlite
program ncruces sqlite3 github.com/ncruces/go-sqlite3/driver
out=$(for writer in mattn modernc ncruces; do
	"$writer/times" write $writer.db
	for reader in mattn modernc ncruces; do "$reader/times" read $writer.db | sed "s/^/$writer to $reader: /"; done
done)
echo "mattn v1.14.53, modernc v1.62.0, ncruces v0.37.0; the code ended at 22:00 UTC, it is 23:00 UTC"
echo "writer to reader: written in, text, datetime(), read as, over"
echo "$out"
has() { # drivers, zone, text, datetime(), read as, over
	grep -qxF "$1: $2, $3, $4, $5, $6" <<<"$out" || changed "$1, written in $2"
}
sql='2026-11-30 22:00:00' right=2026-11-30T22:00:00Z
for reader in mattn modernc ncruces; do
	has "mattn to $reader" UTC '2026-11-30 22:00:00+00:00' "$sql" $right true
	has "mattn to $reader" UTC+8 '2026-12-01 06:00:00+08:00' "$sql" $right false
	over=false read=$right
	[ $reader != ncruces ] || over=true
	has "ncruces to $reader" UTC 2026-11-30T22:00:00Z "$sql" $right $over
	has "ncruces to $reader" UTC+8 2026-12-01T06:00:00+08:00 "$sql" $right false
	case $reader in mattn) read=0001-01-01T00:00:00Z ;; ncruces) read=string ;; esac
	has "modernc to $reader" UTC '2026-11-30 22:00:00 +0000 UTC' NULL $read true
	has "modernc to $reader" UTC+8 '2026-12-01 06:00:00 +0800 CST' NULL $read false
done
