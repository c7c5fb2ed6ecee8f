#!/usr/bin/env bash
# gorm seals a field by its serializer in Create and Save, and Update("number", …) writes the ID number as it is
#
# Versions: gorm.io/gorm v1.31.2, gorm.io/driver/sqlite v1.6.0, github.com/mattn/go-sqlite3 v1.14.22.
# Why it matters: a tag serializer:seal is gorm's own way to encrypt a column. Create, Save and the model's tests are
#   right for ever; the screen "correct the number" updates one column by name, and plain numbers lie in the database.
# Guess: the serializer belongs to the field of the schema, so each way by which a value of that field gets into the
#   column or into a condition goes through it; what does not is refused.
# Seen: sealed by Create, Save, Updates of a struct, and found by Where of a struct. Plain, without an error: Update of
#   a column by name, Updates and Create of a map. Where of a map compares with the plain value, so that a check "this
#   number is taken" finds nobody, and a unique index lets the number in twice, once sealed and once plain. A reader
#   that tells sealed from plain by a prefix, as one has it as long as there are old rows, hides it for good.
# Source: gorm's manual on serializers, which says nothing of it; gorm issue 5895 (where SQL refuses the type); run
#   here.
# What to do: a type with driver.Valuer and sql.Scanner, which has no way around; a CHECK on the sealed form in the
#   table; read the column back by SQL after each kind of write.
set -euo pipefail
changed() { echo "gorm-serializer-update: changed: $*" >&2; exit 1; }
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
	"context"
	"fmt"
	"reflect"
	"strings"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// seal stands for encryption.
type seal struct{}

func (seal) Value(_ context.Context, _ *schema.Field, _ reflect.Value, v any) (any, error) {
	return "sealed:" + v.(string), nil
}

func (seal) Scan(ctx context.Context, f *schema.Field, to reflect.Value, v any) error {
	return f.Set(ctx, to, strings.TrimPrefix(v.(string), "sealed:"))
}

type person struct {
	ID     int
	Number string `gorm:"serializer:seal"`
}

func main() {
	schema.RegisterSerializer("seal", seal{})
	db, err := gorm.Open(sqlite.Open("file::memory:?cache=shared"), &gorm.Config{})
	if err != nil {
		panic(err)
	}
	one, number := person{ID: 1}, "110105"
	by := map[string]any{"number": number}
	type way = func(*gorm.DB) *gorm.DB
	for name, write := range map[string]way{
		"Create":          func(db *gorm.DB) *gorm.DB { return db.Create(&person{ID: 2, Number: number}) },
		"Save":            func(db *gorm.DB) *gorm.DB { return db.Save(&person{ID: 1, Number: number}) },
		"Updates(struct)": func(db *gorm.DB) *gorm.DB { return db.Updates(person{Number: number}) },
		"Update":          func(db *gorm.DB) *gorm.DB { return db.Update("number", number) },
		"Updates(map)":    func(db *gorm.DB) *gorm.DB { return db.Updates(by) },
		"Create(map)":     func(db *gorm.DB) *gorm.DB { return db.Create(map[string]any{"id": 2, "number": number}) },
	} {
		_ = db.Migrator().DropTable(&person{})
		_ = db.AutoMigrate(&person{})
		db.Create(&one)
		err := write(db.Model(&person{ID: 1})).Error
		var kept string
		db.Raw("SELECT number FROM people ORDER BY id DESC LIMIT 1").Scan(&kept)
		fmt.Println(name, kept, err)
	}
	db.Save(&person{ID: 1, Number: number})
	var byStruct, byMap int64
	db.Model(&person{}).Where(&person{Number: number}).Count(&byStruct)
	db.Model(&person{}).Where(by).Count(&byMap)
	fmt.Println("Where(struct)", byStruct, "Where(map)", byMap)
}
GO
out=$(nice go run .)
echo "gorm v1.31.2, gorm.io/driver/sqlite v1.6.0, go-sqlite3 v1.14.22, $(go version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for way in Create Save 'Updates(struct)'; do has "$way sealed:110105 <nil>"; done
for way in Update 'Updates(map)' 'Create(map)'; do has "$way 110105 <nil>"; done
has 'Where(struct) 1 Where(map) 0'
