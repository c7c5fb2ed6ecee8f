//go:build !race

package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/shared/verification"
)

// Colours of the phone app's light theme (shared/ui).
var (
	primary = color.RGBA{R: 0x1f, G: 0x5f, B: 0xd0}
	border  = color.RGBA{R: 0xc3, G: 0xcb, B: 0xd6}
)

// buildPhoneWeb builds the phone app for browsers as packaging does, and
// returns its folder.
func buildPhoneWeb(t testing.TB) string {
	t.Helper()
	root := filepath.Join("..", "..")
	if out, err := exec.CommandContext(t.Context(), "make", "-C", root, "build-web").CombinedOutput(); err != nil {
		t.Fatalf("build the phone app: %v\n%s", err, out)
	}
	return filepath.Join(root, "build", "web")
}

// phoneTab is the phone's part in a browser.
type phoneTab struct {
	*browser
	scene *scene
}

// stage waits until the app draws one of some stages.
func (p *phoneTab) stage(names ...string) string {
	p.t.Helper()
	list := ""
	for _, name := range names {
		list += fmt.Sprintf("%q,", name)
	}
	now, err := p.until(`[` + list + `].includes(document.body.dataset.stage) ? document.body.dataset.stage : ""`)
	if err != nil {
		p.screenshot("lost")
		p.t.Fatalf("%v; the app is at %q and the page says %q; %v", err, p.value(`document.body.dataset.stage`), p.value(`document.body.innerText`), p.console)
	}
	return now
}

// idle waits until no call of the app is under way: the text to agree to is there.
func idle(t testing.TB, p page) {
	t.Helper()
	if _, err := p.until(`document.body.dataset.busy == "false" ? "idle" : ""`); err != nil {
		t.Fatal(err)
	}
}

// bars finds horizontal stretches of a colour of at least some pixels.
func bars(picture []byte, want color.RGBA, least int) []image.Rectangle {
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil
	}
	near := func(x, y int) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		far := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return d > 16 || d < -16 }
		return !far(r, want.R) && !far(g, want.G) && !far(b, want.B)
	}
	var found []image.Rectangle
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x, from := b.Min.X, -1; x <= b.Max.X; x++ {
			switch on := x < b.Max.X && near(x, y); {
			case on && from < 0:
				from = x
			case !on && from >= 0:
				if x-from >= least {
					found = append(found, image.Rect(from, y, x, y+1))
				}
				from = -1
			}
		}
	}
	return found
}

// tapPrimary taps the one button of the screen that leads on, once it can be
// tapped.
func (p *phoneTab) tapPrimary(shot string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		if found := bars(p.screenshot(shot), primary, 24); len(found) > 12 {
			middle := found[2]
			bottom := found[len(found)-1].Max.Y
			p.tap(float64(middle.Min.X+middle.Max.X)/2, float64(middle.Min.Y+bottom)/2)
			return
		}
		p.shots--
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.screenshot("lost")
			p.t.Fatalf("no button leads on at %s", shot)
		}
	}
}

// frame waits for the browser's next two frames.
func (p *phoneTab) frame() {
	p.value(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done("drawn"))))`)
}

// boxesOf finds the boxes for the number: an upper edge, and a lower one right
// below it. A single line of that colour may be the shadow of what scrolls.
func boxesOf(picture []byte) []image.Rectangle {
	var boxes []image.Rectangle
	edges := bars(picture, border, 40)
	for _, upper := range edges {
		for _, lower := range edges {
			high := lower.Max.Y - upper.Min.Y
			if upper.Min.X == lower.Min.X && upper.Max.X == lower.Max.X && upper.Dx() < 100 && high > 24 && high < 60 {
				boxes = append(boxes, upper.Union(lower))
			}
		}
	}
	return boxes
}

// typeNumber types what the PC shows into the two boxes by a phone's keyboard,
// which brings texts and no keys.
func (p *phoneTab) typeNumber() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	var boxes []image.Rectangle
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		before := boxes
		boxes = boxesOf(p.screenshot("number"))
		if len(boxes) > 1 && slices.Equal(boxes, before) { // nothing moves any more
			break
		}
		p.shots--
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatal("no boxes for the number")
		}
	}
	// One tap has to do, also right after a swipe.
	p.tap(float64(boxes[0].Min.X+boxes[0].Max.X)/2, float64(boxes[0].Min.Y+boxes[0].Max.Y)/2)
	for mode := ""; mode != "numeric"; mode = p.value(`document.activeElement.id == "dummyEntry" ? document.activeElement.inputMode : ""`) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatal("a tap on a box does not open the keyboard")
		}
	}
	for _, digit := range p.scene.view().Handoff.Number {
		p.call("Input.insertText", map[string]any{"text": string(digit)})
		p.frame()
	}
}

// claim opens the page behind the QR code and taps its button.
func (p *phoneTab) claim() {
	p.t.Helper()
	p.call("Page.navigate", map[string]any{"url": p.scene.handoff().URL})
	if _, err := p.until(`document.readyState == "complete" && document.getElementById("go") ? "there" : ""`); err != nil {
		p.t.Fatal(err)
	}
	p.screenshot("page")
	p.value(`document.getElementById("go").scrollIntoView(); ""`)
	var x, y float64
	if _, err := fmt.Sscan(p.value(`(r => (r.x + r.width / 2) + " " + (r.y + r.height / 2))(document.getElementById("go").getBoundingClientRect())`), &x, &y); err != nil {
		p.t.Fatal(err)
	}
	p.tap(x, y)
	p.stage("number")
}

// agree plays from the number to the start of the camera.
func (p *phoneTab) agree() {
	p.t.Helper()
	p.typeNumber()
	p.tapPrimary("typed")
	p.stage("consenting")
	idle(p.t, p)
	p.screenshot("consent")
	p.key("Tab", 9)
	p.key(" ", 32)
	p.tapPrimary("ticked")
	p.stage("ready")
}

// key presses a key of a keyboard.
func (p *phoneTab) key(name string, code int) {
	for _, kind := range []string{"rawKeyDown", "keyUp"} {
		p.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": name, "windowsVirtualKeyCode": code})
	}
	p.frame()
}

// act makes the person of a film do what the PC says that the phone asks for.
func (s *scene) act(ctx context.Context, f *film) {
	last := ""
	for u := range s.account.Watch(ctx, s.id) {
		h := u.View.Handoff
		if h == nil {
			continue
		}
		if now := fmt.Sprint(h.Step, h.Action, h.ActionsDone); now != last {
			last = now
			if h.Step == verification.StepAction {
				select {
				case f.ask <- h.Action:
				case <-ctx.Done():
				}
			}
		}
	}
}

// filmScene is a case that asks for a face, with the real face engine, for the
// person of franck.mp4.
func filmScene(t *testing.T, f *film) *scene {
	t.Helper()
	cfg := sandboxConfig(t)
	cfg.PhoneWeb, cfg.Recordings = buildPhoneWeb(t), recordingsFolder
	cfg.Models = filepath.Join("..", "..", "build", "models")
	cfg.Verify.FaceActions = nil
	for _, a := range verification.Actions() {
		// A browser on a machine without a GPU is too slow for a blink.
		if a != verification.Blink && len(f.passages[string(a)]) > 0 {
			cfg.Verify.FaceActions = append(cfg.Verify.FaceActions, a)
		}
	}
	cfg.Verify.FaceAttempts = 10 // the person of a recording does not try harder the second time
	cfg.Verify.FaceActionCount = min(cfg.Verify.FaceActionCount, len(cfg.Verify.FaceActions))
	s := &scene{server: startReal(t, cfg)}
	s.account = s.signIn("wumin")
	v, err := s.mobile(s.account, s.person("吴敏"))
	mustView(t, v, err, verification.FaceRequired, verification.Risk)
	s.id = v.ID
	return s
}

// reaches waits for a step of the phone, and reports false where the capture
// ends without it.
func (s *scene) reaches(step verification.Step) bool {
	for u := range s.account.Watch(s.t.Context(), s.id) {
		h := u.View.Handoff
		if u.Err != nil || h == nil || u.View.Status != verification.Capturing || h.Step == verification.StepSending {
			return false
		}
		if h.Step == step {
			return true
		}
	}
	return false
}

// forgetFrames lets the film be shown again. A person moves anew for a second
// try, a film shows what was judged already, and is refused for it.
func (s *server) forgetFrames() {
	s.t.Helper()
	for _, table := range []string{"frames", "frame_prints"} {
		if _, err := s.app.Store.Pool().ExecContext(s.t.Context(), "DELETE FROM "+table); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestPersonIsVerifiedThroughABrowser(t *testing.T) {
	f := openFilm(t, "franck")
	s := filmScene(t, f)
	p := &phoneTab{browser: openBrowser(t, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
		"--use-file-for-fake-video-capture="+f.path), scene: s}
	go s.act(t.Context(), f)
	for retakes := 0; ; {
		p.claim()
		p.agree()
		for now := "ready"; now == "ready"; retakes++ {
			if retakes > 20 {
				t.Fatal("too many retakes")
			}
			p.tapPrimary("ready")
			p.stage("capturing")
			if s.reaches(verification.StepAction) {
				p.screenshot("capturing")
			}
			p.stage("sending", "judging", "ready", "result")
			p.screenshot("after")
			now = p.stage("ready", "result")
			p.frame()
			p.screenshot(now)
			t.Logf("%s; the PC says %+v", now, s.view())
		}
		if v := await(t, s.account, s.id, verification.Judging); v.Status != verification.FaceRequired {
			mustView(t, v, nil, verification.Verified, "")
			break
		}
		s.forgetFrames()
	}
	// A browser tells of each retake that the server asked for: on a busy machine frames come too far apart.
	complaints := slices.DeleteFunc(p.console, func(line string) bool {
		return strings.Contains(line, "/v1/handoff/evidence") && strings.Contains(line, "status of 422")
	})
	if len(complaints) > 0 {
		t.Errorf("the browser complains: %q", complaints)
	}
}
