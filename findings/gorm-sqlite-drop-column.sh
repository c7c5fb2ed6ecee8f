#!/usr/bin/env bash
# gorm drops a column of people on SQLite, and every consent of theirs is gone, without an error
#
# Versions: gorm.io/gorm v1.31.2, gorm.io/driver/sqlite v1.6.0, github.com/mattn/go-sqlite3 v1.14.22.
# Why it matters: cases, consents and links hang on an account by a foreign key with ON DELETE CASCADE, since erasure of
#   the account has to take them along. A later version drops or alters one column of accounts.
# Guess: a migration of columns changes columns. SQLite has no ALTER for all of it, so gorm makes a new table and
#   copies; it turns the foreign keys off for that, as SQLite's manual asks.
# Seen: DROP TABLE of the old one deletes its rows first, and with foreign_keys on each deletion cascades. AutoMigrate
#   of a longer varchar does turn them off, and the consent stays; DropColumn does not, and it is gone. Inside of a
#   transaction, where one puts migrations, PRAGMA foreign_keys does nothing, by its manual: there AutoMigrate of the
#   longer varchar, the plainest change there is, takes all consents too. nil is returned, and the people are all there.
# Source: SQLite's manual: DROP TABLE (implicit DELETE), PRAGMA foreign_keys (no-op in a transaction); issue 119 of
#   gorm's driver, where DropColumn fails (without CASCADE); run here.
# What to do: migrate by written SQL (SQLite's own ALTER TABLE DROP COLUMN keeps all); foreign_keys off on one pinned
#   connection before BEGIN, for whatever makes a table anew; a test of each migration that counts the rows of all
#   tables.
set -euo pipefail
changed() { echo "gorm-sqlite-drop-column: changed: $*" >&2; exit 1; }
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
	"errors"
	"fmt"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

type person struct {
	ID       uint
	Name     string `gorm:"type:varchar(30)"`
	Nickname string
}

type consent struct {
	ID       uint
	PersonID uint
	Person   person `gorm:"constraint:OnDelete:CASCADE"`
}

// longer is person in the next version.
type longer struct {
	ID       uint
	Name     string `gorm:"type:varchar(60)"`
	Nickname string
}

func (longer) TableName() string { return "people" }

func main() {
	auto := func(db *gorm.DB) error { return db.AutoMigrate(&longer{}) }
	drop := func(db *gorm.DB) error { return db.Migrator().DropColumn(&person{}, "nickname") }
	written := func(db *gorm.DB) error { return db.Exec("ALTER TABLE people DROP COLUMN nickname").Error }
	try("AutoMigrate", auto)
	try("AutoMigrate in a transaction", func(db *gorm.DB) error { return db.Transaction(auto) })
	try("DropColumn", drop)
	try("ALTER TABLE DROP COLUMN", written)
}

func try(name string, migrate func(*gorm.DB) error) {
	db, err := gorm.Open(sqlite.Open("file:"+name+"?mode=memory&cache=shared&_foreign_keys=on"), &gorm.Config{})
	if err != nil {
		panic(err)
	}
	if err := errors.Join(db.AutoMigrate(&person{}, &consent{}),
		db.Create(&consent{Person: person{Name: "张三"}}).Error); err != nil {
		panic(err)
	}
	err = migrate(db)
	var people, consents int64
	db.Table("people").Count(&people)
	db.Table("consents").Count(&consents)
	fmt.Printf("%s: %v, people %d, consents %d\n", name, err, people, consents)
}
GO
out=$(nice go run .)
echo "gorm v1.31.2, gorm.io/driver/sqlite v1.6.0, go-sqlite3 v1.14.22, $(go version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for kept in AutoMigrate 'ALTER TABLE DROP COLUMN'; do has "$kept: <nil>, people 1, consents 1"; done
for lost in DropColumn 'AutoMigrate in a transaction'; do has "$lost: <nil>, people 1, consents 0"; done
