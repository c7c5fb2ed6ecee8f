//go:build linux && !android

package camera_test

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const testPage = `<!doctype html><meta charset="utf-8"><script src="wasm_exec.js"></script><script>
let out = "";
console.log = (...a) => { out += a.join(" ") + "\n"; };
const go = new Go();
// A browser has no files, so the tests that write recordings stay out.
go.argv = ["camera.test", "-test.v", "-test.run=" + location.hash.slice(1)];
let code = -1;
go.exit = c => { code = c; };
const done = () => fetch("/done", {method: "POST", body: out + "\nexit " + code});
WebAssembly.instantiateStreaming(fetch("test.wasm"), go.importObject)
  .then(r => go.run(r.instance)).catch(e => { out += e; }).then(done);
</script>`

func TestBrowserCameraInChromium(t *testing.T) {
	inChromium(t, "Browser(Keeps|Films)|Preview|EncodeJPEG", "--use-fake-ui-for-media-stream")
}

func TestBrowserRefusalInChromium(t *testing.T) {
	inChromium(t, "BrowserRefusal", "--deny-permission-prompts")
}

// inChromium compiles this package's tests for js and runs those that the
// pattern names in a real browser whose camera is a video file.
func inChromium(t *testing.T, pattern string, flags ...string) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil || testing.Short() {
		t.Skip("needs Chromium and half a minute")
	}
	dir := t.TempDir()
	build := exec.Command("go", "test", "-c", "-o", filepath.Join(dir, "test.wasm"), ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("compile: %v\n%s", err, out)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"), filepath.Join(dir, "wasm_exec.js"))
	writeFile(t, filepath.Join(dir, "index.html"), []byte(testPage))
	video := writeFile(t, filepath.Join(dir, "camera.mjpeg"), fakeVideo(t))

	report := make(chan string, 1)
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("POST /done", func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		report <- string(body)
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	browser := exec.CommandContext(ctx, chromium, append(flags, "--headless=new", "--no-sandbox", "--disable-gpu",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--autoplay-policy=no-user-gesture-required",
		"--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture="+video,
		server.URL+"/#"+pattern)...)
	// Chromium is many processes: end them all, or they still write to the
	// profile while the folder is being removed.
	browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	browser.Cancel = func() error { return syscall.Kill(-browser.Process.Pid, syscall.SIGKILL) }
	browser.WaitDelay = 5 * time.Second
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = browser.Wait() // it was killed
	}()
	select {
	case out := <-report:
		t.Log(out)
		if !strings.Contains(out, "\nexit 0") || !strings.Contains(out, "--- PASS: TestBrowser") {
			t.Error("the tests in the browser failed")
		}
	case <-ctx.Done():
		t.Fatal("no report from the browser")
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, data)
}

// fakeVideo is a camera before the scene, 640 × 480.
func fakeVideo(t *testing.T) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for i, colour := range scene {
		quarter := image.Rect(0, 0, 320, 240).Add(image.Pt(i%2*320, i/2*240))
		draw.Draw(picture, quarter, image.NewUniform(colour), image.Point{}, draw.Src)
	}
	var buf bytes.Buffer
	for range 10 {
		if err := jpeg.Encode(&buf, picture, nil); err != nil {
			t.Fatal(err)
		}
	}
	return buf.Bytes()
}
