package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// BenchmarkFirstWindow prints how long each app takes from its start to its first window, beside a
// bare Fyne window with the same font. It needs the programs of "make build build/bare".
func BenchmarkFirstWindow(b *testing.B) {
	build, err := filepath.Abs(filepath.Join("..", "..", "..", "build"))
	if err != nil {
		b.Fatal(err)
	}
	var all programs
	b.Cleanup(all.stop)
	folder := b.TempDir()
	screen, err := newDisplay(b.Context(), &all, folder, folder, screenSize)
	if err != nil {
		b.Skipf("no Xvfb here: %v", err)
	}
	for _, name := range []string{"bare", "desktop", "mobile"} {
		b.Run(name, func(b *testing.B) {
			if _, err := os.Stat(filepath.Join(build, name)); err != nil {
				b.Skipf("run \"make build build/bare\" first: %v", err)
			}
			for range b.N {
				home := b.TempDir()
				var one programs
				app, err := one.start(build, name, append(screen.env(), "HOME="+home, "XDG_CONFIG_HOME="+home))
				if err != nil {
					b.Fatal(err)
				}
				for shown := false; !shown; {
					out, err := screen.do(b.Context(), "xdotool", "search", "--onlyvisible", "--pid", strconv.Itoa(app.cmd.Process.Pid))
					shown = err == nil && out != ""
					if err := app.ended(); err != nil {
						b.Fatal(err)
					}
					if b.Elapsed() > time.Duration(b.N+1)*windowWithin {
						b.Fatalf("%s shows no window", name)
					}
				}
				b.StopTimer()
				one.stop()
				b.StartTimer()
			}
		})
	}
}
