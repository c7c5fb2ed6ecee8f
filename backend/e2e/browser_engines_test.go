//go:build !race

package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"image"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realname.example/shared/verification"
)

// engine is a browser of another make that is looked at, clicked and typed in.
type engine interface {
	page
	// shot returns the page as a PNG.
	shot() []byte
	click(x, y float64)
	press(key string)
}

// TestThePhoneAppReachesTheCameraInOtherEngines plays the phone's part, from the
// page behind the code over number and consent to a running capture, with the
// cameras that the browsers make up. They show no face, so there it ends.
func TestThePhoneAppReachesTheCameraInOtherEngines(t *testing.T) {
	for name, open := range map[string]func(testing.TB) engine{
		"Firefox": func(t testing.TB) engine { return openFirefox(t) },
		"WebKit":  func(t testing.TB) engine { return openWebKit(t) },
	} {
		t.Run(name, func(t *testing.T) { reachesTheCamera(t, open(t)) })
	}
}

func reachesTheCamera(t *testing.T, b engine) {
	t.Helper()
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = buildPhoneWeb(t)
	s := askedForAFace(t, cfg)
	b.open(s.handoff().URL)
	if _, err := b.until(`document.getElementById("go") ? "there" : ""`); err != nil {
		t.Fatal(err)
	}
	b.value(`document.getElementById("go").click(); ""`)
	p := &engineTab{engine: b, t: t}
	p.stage("number")
	boxes := settled(p, "the boxes for the number", func(picture []byte) []image.Rectangle { return boxesOf(picture) })
	p.tap(boxes[0])
	for _, digit := range s.view().Handoff.Number {
		p.press(string(digit))
	}
	p.next()
	p.stage("consenting")
	idle(t, p)
	p.press("\ue004") // Tab
	p.press(" ")
	p.next()
	p.stage("ready")
	p.next()
	p.stage("capturing")
	err := poll(t, "the server has heard of the capture", func() bool {
		v := s.view()
		return v.Status == verification.Capturing && v.Handoff.Step != verification.StepNumber
	})
	if err != nil {
		t.Errorf("%v: %+v", err, s.view())
	}
}

// engineTab is the phone's part in an engine.
type engineTab struct {
	engine
	t *testing.T
}

func (p *engineTab) stage(name string) {
	p.t.Helper()
	if _, err := p.until(`document.body.dataset.stage == "` + name + `" ? "there" : ""`); err != nil {
		p.keep()
		p.t.Fatalf("%v; the app is at %q, and the page says %q", err, p.value(`document.body.dataset.stage`), p.value(`document.body.innerText`))
	}
}

// keep leaves a picture of the page beside the test's results.
func (p *engineTab) keep() {
	if err := os.WriteFile(filepath.Join(p.t.ArtifactDir(), "lost.png"), p.shot(), 0o600); err != nil {
		p.t.Error(err)
	}
}

func (p *engineTab) tap(at image.Rectangle) {
	p.click(float64(at.Min.X+at.Max.X)/2, float64(at.Min.Y+at.Max.Y)/2)
}

// next taps the button that leads on.
func (p *engineTab) next() {
	p.t.Helper()
	lines := settled(p, "a button that leads on", func(picture []byte) []image.Rectangle {
		if found := bars(picture, primary, 24); len(found) > 12 {
			return found
		}
		return nil
	})
	p.tap(lines[2].Union(lines[len(lines)-1]))
}

// settled finds something on the page that stands still.
func settled(p *engineTab, what string, find func([]byte) []image.Rectangle) (now []image.Rectangle) {
	p.t.Helper()
	err := poll(p.t, what, func() bool {
		before := now
		now = find(p.shot())
		return len(now) > 0 && slices.Equal(now, before)
	})
	if err != nil {
		p.keep()
		p.t.Fatal(err)
	}
	return now
}

// decoded reads a PNG that a driver sent.
func decoded(t testing.TB, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// clicks and presses are actions as WebDriver and BiDi both take them.
func clicks(x, y float64) []any {
	return []any{map[string]any{
		"type": "pointer", "id": "mouse", "parameters": map[string]any{"pointerType": "mouse"},
		"actions": []any{
			map[string]any{"type": "pointerMove", "x": int(x), "y": int(y)},
			map[string]any{"type": "pointerDown", "button": 0},
			map[string]any{"type": "pointerUp", "button": 0},
		},
	}}
}

func presses(key string) []any {
	return []any{map[string]any{"type": "key", "id": "keyboard", "actions": []any{
		map[string]any{"type": "keyDown", "value": key}, map[string]any{"type": "keyUp", "value": key},
	}}}
}

func (f *firefox) act(actions []any) {
	f.t.Helper()
	f.call("input.performActions", map[string]any{"context": f.context, "actions": actions})
}

func (f *firefox) click(x, y float64) { f.act(clicks(x, y)) }
func (f *firefox) press(key string)   { f.act(presses(key)) }

func (f *firefox) shot() []byte {
	f.t.Helper()
	var out struct {
		Data string `json:"data"`
	}
	if err := json.Unmarshal(f.call("browsingContext.captureScreenshot", map[string]any{"context": f.context}), &out); err != nil {
		f.t.Fatal(err)
	}
	return decoded(f.t, out.Data)
}

func (w *webkit) act(actions []any) {
	w.t.Helper()
	w.call("/actions", map[string]any{"actions": actions}, nil)
}

func (w *webkit) click(x, y float64) { w.act(clicks(x, y)) }
func (w *webkit) press(key string)   { w.act(presses(key)) }

func (w *webkit) shot() []byte {
	w.t.Helper()
	var text string
	w.get("/screenshot", &text)
	return decoded(w.t, text)
}
