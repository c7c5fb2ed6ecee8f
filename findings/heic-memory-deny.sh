#!/usr/bin/env bash
# systemd's MemoryDenyWriteExecute=yes takes HEIC away from a pure-Go server: the decoder panics
#
# Versions: github.com/gen2brain/heic v0.4.5 with the wazero v1.9.0 that it asks for, and with wazero v1.12.0;
#   Debian's heif-enc (libheif-examples). The script sets PR_SET_MDWE (Linux 6.3), as newer systemd
#   does; older systemd has the same effect by seccomp.
# Why it matters: portraits come from iPhones as HEIC. The pure-Go decoder is libheif as WebAssembly, so a hardened
#   unit file, copied from any guide, decides which portraits can be read.
# Guess: no cgo, no system library, so no need for memory that is written and then run; at worst the WebAssembly
#   runtime falls back to its interpreter.
# Seen: wazero v1.9.0 compiles and then cannot make its pages executable: heic.Decode panics with "permission denied"
#   (no error value) on the first picture, in production only. With wazero raised to v1.12.0 in go.mod the same
#   picture is decoded, by the interpreter; nothing in heic's own version or its go.mod says so.
# Source: wazero issue 2470 and pull request 2471; run here.
# What to do: require wazero v1.12.0 beside heic, decode one known picture at start under the unit's own settings,
#   recover around third-party decoders, and measure the interpreter's time before setting a deadline.
set -euo pipefail
changed() { echo "heic-memory-deny: changed: $*" >&2; exit 1; }
for p in libheif-examples netpbm; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
ppmmake gray 320 240 | pnmtopng >portrait.png 2>/dev/null
heif-enc -q 60 portrait.png -o portrait.heic >/dev/null
cat >go.mod <<'MOD'
module finding
go 1.26.0
require github.com/gen2brain/heic v0.4.5
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"syscall"

	"github.com/gen2brain/heic"
)

const setMDWE, refuseExecGain = 65, 1 // linux/prctl.h

func main() {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("panic:", r)
		}
	}()
	if os.Args[1] == "deny" {
		if _, _, e := syscall.Syscall6(syscall.SYS_PRCTL, setMDWE, refuseExecGain, 0, 0, 0, 0); e != 0 {
			fmt.Println("prctl:", e)
			return
		}
	}
	file, err := os.Open("portrait.heic")
	if err != nil {
		panic(err)
	}
	img, err := heic.Decode(file)
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println("decoded", img.Bounds().Dx(), img.Bounds().Dy())
}
GO
nice go build -o old . 2>/dev/null
wazero=$(go list -m -f '{{.Version}}' github.com/tetratelabs/wazero)
nice go get github.com/tetratelabs/wazero@v1.12.0 >/dev/null 2>&1
nice go build -o new .
out=$(for b in old new; do for m in allow deny; do echo "$b $m $(./$b $m)"; done; done)
echo "heic v0.4.5; old: wazero $wazero, new: v1.12.0; $(dpkg-query -W libheif-examples | tr '\t' ' '); Linux $(uname -r)"
echo "$out"
if grep -q prctl: <<<"$out"; then echo "heic-memory-deny: this kernel has no PR_SET_MDWE, nothing can be said" >&2; exit 2; fi
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
[ "$wazero" = v1.9.0 ] || changed "heic asks for wazero $wazero"
has 'old allow decoded 320 240'
has 'old deny panic: permission denied'
has 'new allow decoded 320 240'
has 'new deny decoded 320 240'
