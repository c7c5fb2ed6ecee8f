#!/usr/bin/env bash
# A birth date cut out of an ID number comes back from SQLite as an afternoon of August 1970
#
# Versions: github.com/mattn/go-sqlite3 v1.14.22 with gorm.io/gorm v1.31.2 and gorm.io/driver/sqlite v1.6.0.
# Why it matters: digits 7 to 14 of a mainland ID are YYYYMMDD. Kept in a column called DATE (a good SQL type on
#   PostgreSQL, where the same string is read rightly), they turn into another day; age limits (under 14) then
#   judge a day in 1970 and let every child pass.
# Guess: SQLite has no dates, so the driver gives the string back, or parses 1990-03-07, or says that it cannot.
# Seen: three steps that are right alone. The declared type DATE has NUMERIC affinity, so '19900307' is kept as the
#   integer 19900307; the driver takes an integer in a column declared date, datetime or timestamp for seconds
#   since 1970; database/sql hands out 1970-08-19 07:51:47 UTC, as time.Time and as string, with no error.
#   The spelling 1990-03-07 in the same column is right, and so is YYYYMMDD in a column declared TEXT.
# Source: SQLite's datatype3 page (affinity rules), the driver's handling of column types; run here.
# What to do: declare TEXT with a CHECK on the form, or write ISO dates only; a test that reads the row back.
set -euo pipefail
changed() { echo "sqlite-birth-date: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/mattn/go-sqlite3 v1.14.22
	gorm.io/driver/sqlite v1.6.0
	gorm.io/gorm v1.31.2
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

type person struct {
	ID   int
	Born string `gorm:"type:date"`
	ISO  string `gorm:"type:date;column:iso"`
	Text string `gorm:"type:text"`
}

func main() {
	db, err := gorm.Open(sqlite.Open("file::memory:?cache=shared"), &gorm.Config{})
	if err != nil {
		panic(err)
	}
	if err := db.AutoMigrate(&person{}); err != nil {
		panic(err)
	}
	number := "11010519900307001X"
	in := person{Born: number[6:14], ISO: "1990-03-07", Text: number[6:14]}
	if err := db.Create(&in).Error; err != nil {
		panic(err)
	}
	var out person
	if err := db.First(&out).Error; err != nil {
		panic(err)
	}
	var stored string
	if err := db.Raw("select typeof(born) from people").Scan(&stored).Error; err != nil {
		panic(err)
	}
	fmt.Println("date", in.Born, "->", out.Born)
	fmt.Println("iso", in.ISO, "->", out.ISO)
	fmt.Println("text", in.Text, "->", out.Text)
	fmt.Println("stored as", stored)
}
GO
out=$(nice go run .)
echo "go-sqlite3 v1.14.22, gorm v1.31.2"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'date 19900307 -> 1970-08-19T07:51:47Z'
has 'iso 1990-03-07 -> 1990-03-07T00:00:00Z'
has 'text 19900307 -> 19900307'
has 'stored as integer'
