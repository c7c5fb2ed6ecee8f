#!/usr/bin/env bash
# One portrait that does not fit on the disk: gorm loses everybody before it and keeps everybody after it, and says nil
#
# Versions: gorm.io/gorm v1.31.2 with gorm.io/driver/sqlite v1.6.0 (github.com/mattn/go-sqlite3 v1.14.53) and with
#   github.com/glebarez/sqlite v1.11.0 (modernc.org/sqlite).
# Why it matters: an import writes people in one transaction, each in a nested one of gorm, so that who cannot be written
#   is left out and reported, and the others are kept, all or none.
# Guess: 王五, whose portrait does not fit, is undone alone. Or, since SQLite ends the whole transaction on a full disk, as
#   its documents say, every call after it and the commit fail, and nobody is kept.
# Seen: 王五 is told "database or disk is full". SQLite has undone 张三 and 李四 with it. gorm's ROLLBACK TO SAVEPOINT fails
#   then, since there is none, and both drivers drop that error and answer nil. The next SAVEPOINT begins a transaction
#   anew, and gorm's COMMIT ends that one without an error. 赵六 and 钱七 are stored, 张三 and 李四 are not, and both were
#   told nil, as the outer transaction was. An interrupt and an I/O error end a transaction in the same way.
# Source: SQLite's "Response To Errors Within A Transaction" (lang_transaction); SavePoint and RollbackTo of both drivers.
# What to do: savepoints by Exec of one's own, whose error is looked at and ends the outer transaction; or end it on every
#   error that is no constraint's.
set -euo pipefail
changed() { echo "gorm-sqlite-lost-half: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/glebarez/sqlite v1.11.0
	github.com/mattn/go-sqlite3 v1.14.53
	gorm.io/driver/sqlite v1.6.0
	gorm.io/gorm v1.31.2
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"strings"

	glebarez "github.com/glebarez/sqlite"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

type person struct {
	Name     string `gorm:"primaryKey"`
	Portrait []byte
}

func try(driver string, at gorm.Dialector) {
	db, err := gorm.Open(at, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		panic(err)
	}
	pool, err := db.DB()
	if err != nil {
		panic(err)
	}
	pool.SetMaxOpenConns(1)
	if err := db.AutoMigrate(&person{}); err != nil {
		panic(err)
	}
	if err := db.Exec("PRAGMA max_page_count = 60").Error; err != nil { // a disk with room for 240 KB
		panic(err)
	}
	people := []person{
		{"张三", make([]byte, 9000)}, {"李四", make([]byte, 9000)}, {"王五", make([]byte, 400000)},
		{"赵六", make([]byte, 9000)}, {"钱七", make([]byte, 9000)},
	}
	all := db.Transaction(func(tx *gorm.DB) error {
		for _, p := range people {
			err := tx.Transaction(func(tx *gorm.DB) error { return tx.Create(&p).Error })
			fmt.Println(driver, p.Name, err)
		}
		return nil
	})
	fmt.Println(driver, "all:", all)
	var names []string
	if err := db.Model(&person{}).Order("name").Pluck("name", &names).Error; err != nil {
		panic(err)
	}
	fmt.Println(driver, "stored:", strings.Join(names, " "))
}

func main() {
	try("mattn", sqlite.Open("mattn.db"))
	try("glebarez", glebarez.Open("glebarez.db"))
}
GO
CGO_CFLAGS="-O1 -g" nice go build -o client .
out=$(./client)
echo "gorm v1.31.2, gorm.io/driver/sqlite v1.6.0, github.com/glebarez/sqlite v1.11.0"
echo "$out"
has() { grep -qxE "$1" <<<"$out" || changed "no line '$1'"; }
for driver in mattn glebarez; do
	for who in 张三 李四 赵六 钱七 all:; do has "$driver $who <nil>"; done
	has "$driver 王五 database or disk is full.*"
	has "$driver stored: 赵六 钱七"
done
