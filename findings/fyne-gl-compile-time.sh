#!/usr/bin/env bash
# One binding to OpenGL takes most of the time in which a Fyne app compiles, and one tag takes it away
#
# Versions: fyne.io/fyne/v2 v2.7.1 with github.com/go-gl/gl v0.0.0-20231021071112-07e5d0ea2e71, Go 1.26, Debian 12's gcc.
# Why it matters: the first build of a desktop app on a fresh machine, and of each CI run without a cache, takes
#   minutes of both cores; "slow because of cgo and Fyne's many widgets" is what everybody says.
# Guess: Fyne's own packages and the C of GLFW take the time; the binding is a table of function pointers.
# Seen: the package v2.1/gl, 33,000 generated lines with every extension that OpenGL ever had, takes about 200
#   seconds of a core (cgo asks gcc for the type of each name, then compiles a wrapper for each); GLFW takes 10,
#   Fyne's widgets 4. Fyne calls a few dozen of its functions. With the build tag gles Fyne draws through
#   v3.1/gles2 instead: 22 seconds, the same windows on Mesa.
# Source: go build of each package with a cache that has all but that package; run here.
# What to do: build with -tags gles where Linux desktops of developers and CI are meant; keep OpenGL for packages.
set -euo pipefail
changed() { echo "fyne-gl-compile-time: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	fyne.io/fyne/v2 v2.7.1
	github.com/go-gl/gl v0.0.0-20231021071112-07e5d0ea2e71
)
MOD
cat >main.go <<'GO'
package main

import (
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	w := app.New().NewWindow("")
	w.SetContent(widget.NewLabel(""))
	w.ShowAndRun()
}
GO
go mod tidy >/dev/null 2>&1
# Which binding each build draws through.
go list -deps . | grep -qx github.com/go-gl/gl/v2.1/gl || changed "without a tag Fyne draws through another binding"
go list -tags gles -deps . | grep -qx github.com/go-gl/gl/v2.1/gl && changed "with gles the large binding is still there"
# Seconds of a core that one package takes when all else is in the cache: a flag that changes nothing makes it stale.
seconds() {
	go build "$1" 2>/dev/null # what it needs, and itself once
	TIMEFORMAT=%U
	{ time go build "-gcflags=$1=-e" "$1" 2>/dev/null; } 2>&1 | cut -d. -f1
}
large=$(seconds github.com/go-gl/gl/v2.1/gl)
small=$(seconds github.com/go-gl/gl/v3.1/gles2)
echo "v2.1/gl: $large seconds of a core, v3.1/gles2: $small"
[ "$large" -ge $((4 * small)) ] || changed "the large binding takes less than four times the small one"
