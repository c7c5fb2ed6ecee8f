//go:build !race

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// rounds is how often each app starts, the two in turn.
const rounds = 7

// firstPicture makes the page say in milliseconds since its navigation when an
// app's first picture was shown.
const firstPicture = `for (const kind of [WebGLRenderingContext, WebGL2RenderingContext]) {
	const draw = kind.prototype.drawArrays;
	kind.prototype.drawArrays = function (...how) {
		draw.apply(this, how);
		if (!window.drawn) {
			window.drawn = true;
			requestAnimationFrame(() => requestAnimationFrame(() => { window.ready = String(performance.now()); }));
		}
	};
}`

// BenchmarkPhoneReadyInABrowser starts the phone app for browsers and a bare
// Fyne app with the same font, loader and server, and compares the medians. The
// product asks for 1.3 times at most.
func BenchmarkPhoneReadyInABrowser(b *testing.B) {
	phone := buildPhoneWeb(b)
	bare := b.TempDir()
	if err := os.CopyFS(bare, os.DirFS(phone)); err != nil {
		b.Fatal(err)
	}
	app := filepath.Join(bare, "phone.wasm")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", "migrated_fynedo", "-o", app, "./desktop/cmd/bare")
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build the bare app: %v\n%s", err, out)
	}
	var pages [2]string
	for i, folder := range []string{bare, phone} {
		cfg := sandboxConfig(b)
		cfg.PhoneWeb = folder
		pages[i] = start(b, cfg).app.URL() + "/phone/"
	}
	browser := openBrowser(b)
	browser.call("Network.setCacheDisabled", map[string]any{"cacheDisabled": true})
	browser.call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": firstPicture})
	for b.Loop() {
		var times [2][]float64
		for range rounds {
			for i, page := range pages {
				browser.call("Page.navigate", map[string]any{"url": page})
				text, err := browser.until(`location.href == "` + page + `" ? window.ready || "" : ""`)
				if err != nil {
					b.Fatalf("%v: %v", err, browser.console)
				}
				ms, err := strconv.ParseFloat(text, 64)
				if err != nil {
					b.Fatal(err)
				}
				times[i] = append(times[i], ms)
			}
		}
		slices.Sort(times[0])
		slices.Sort(times[1])
		b.ReportMetric(times[0][rounds/2], "bare-ms")
		b.ReportMetric(times[1][rounds/2], "phone-ms")
		b.ReportMetric(times[1][rounds/2]/times[0][rounds/2], "times-bare")
		b.ReportMetric(0, "ns/op")
	}
}
