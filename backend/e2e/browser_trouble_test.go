//go:build !race

package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// askedForAFace is a server with a case that asks for a face, by a person who has a portrait.
func askedForAFace(t *testing.T, cfg config.Config) *scene {
	t.Helper()
	s := &scene{server: start(t, cfg)}
	s.givePortrait("郑强")
	s.account = s.signIn("zhengqiang")
	v, err := s.account.Begin(t.Context(), byFace(s.person("郑强")))
	if err != nil {
		t.Fatal(err)
	}
	s.id = v.ID
	return s
}

// faceTab is a browser before the page of a case that asks for a face.
func faceTab(t *testing.T, flags ...string) *phoneTab {
	t.Helper()
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = buildPhoneWeb(t)
	s := askedForAFace(t, cfg)
	return &phoneTab{browser: openBrowser(t, flags...), scene: s}
}

// setCamera says what the browser answers to the app's question.
func (p *phoneTab) setCamera(setting string) {
	p.call("Browser.setPermission", map[string]any{
		"permission": map[string]any{"name": "camera"}, "setting": setting, "origin": p.scene.app.URL(),
	})
}

func TestCameraTroubleInABrowserSaysTheWayOn(t *testing.T) {
	p := faceTab(t, "--use-fake-device-for-media-stream")
	p.claim()
	p.agree()
	// What this machine's browser cannot be brought to is answered in its place.
	answer := func(name string) {
		p.value(`navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("as the test said", "` + name + `")); ""`)
	}
	for _, test := range []struct {
		name    string
		prepare func()
		says    string
	}{
		{"denied for good", func() { p.setCamera("denied") }, "Tap the icon beside the address"},
		{"busy", func() { answer("NotReadableError") }, "Another app or tab uses the camera"},
		{"none", func() { answer("NotFoundError") }, "The browser finds no camera"},
		{"denied", func() { p.setCamera("prompt"); answer("NotAllowedError") }, "allow it when the browser asks"},
	} {
		test.prepare()
		p.tapPrimary("ready")
		said, err := p.until(`(said => said.includes("` + test.says + `") ? said : "")(document.getElementById("alert").textContent)`)
		if err != nil {
			t.Errorf("%s: the app says %q", test.name, p.value(`document.getElementById("alert").textContent`))
		}
		p.frame()
		p.screenshot(test.name)
		if !p.scene.reaches(verification.StepCameraBlocked) {
			t.Errorf("%s: the PC is not told", test.name)
		}
		t.Log(said)
	}
	// The way on: it is allowed after all; and it stops in the middle.
	p.setCamera("granted")
	p.value(`delete navigator.mediaDevices.getUserMedia;
		const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
		navigator.mediaDevices.getUserMedia = async how => window.opened = await open(how); ""`)
	p.tapPrimary("again")
	p.stage("capturing")
	if _, err := p.until(`window.opened?.getTracks()[0].readyState == "live" ? "live" : ""`); err != nil {
		t.Fatal(err)
	}
	p.value(`window.opened.getTracks()[0].stop(); ""`)
	p.stage("ready")
	if _, err := p.until(`document.getElementById("alert").textContent.includes("The camera stopped") ? "said" : ""`); err != nil {
		t.Errorf("a camera that stops: the app says %q", p.value(`document.getElementById("alert").textContent`))
	}
}

func TestReloadInABrowserGoesOnAndAClosedTabIsLost(t *testing.T) {
	p := faceTab(t, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
	p.claim()
	reload := func(stage string) {
		t.Helper()
		p.value(`document.body.dataset.stage = "before"; ""`)
		p.call("Page.reload", nil)
		p.stage(stage)
	}
	reload("number")
	p.agree()
	reload("ready")
	p.tapPrimary("ready")
	p.stage("capturing")
	reload("ready")
	p.frame()
	p.screenshot("reloaded")
	if len(p.console) > 0 {
		t.Errorf("the browser complains: %q", p.console)
	}

	p.call("Target.createTarget", map[string]any{"url": "about:blank"}) // a browser without tabs ends
	p.call("Page.close", nil)
	for u := range p.scene.account.Watch(t.Context(), p.scene.id) {
		if u.Err != nil {
			t.Fatal(u.Err)
		}
		if h := u.View.Handoff; h != nil && !h.Online {
			break
		}
	}
	v, err := p.scene.account.Handoff(t.Context(), p.scene.id, api.NewHandoff{Replace: true})
	if err != nil || v.URL == "" {
		t.Fatalf("another phone: %v", err)
	}
	p.attach(http.MethodPut, "/json/new?about:blank")
	p.claim()
	mustView(t, p.scene.view(), nil, verification.Confirming, "")
}

func TestPhoneThatWasReplacedSaysSo(t *testing.T) {
	p := faceTab(t)
	p.claim()
	if _, err := p.scene.account.Handoff(t.Context(), p.scene.id, api.NewHandoff{Replace: true}); err != nil {
		t.Fatal(err)
	}
	p.stage("home")
	if said := p.value(`document.getElementById("alert").textContent`); !strings.Contains(said, "This hand-off has ended") {
		t.Errorf("the app says %q", said)
	}
	p.call("Page.reload", nil)
	p.stage("home")
	if said := p.value(`document.getElementById("alert").textContent`); said != "" {
		t.Errorf("after a reload it says %q", said)
	}
}

func TestTheAppInABrowserLeadsToThePlainFieldForACode(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = buildPhoneWeb(t)
	s := &scene{server: start(t, cfg)}
	p := &phoneTab{openBrowser(t), s}
	p.open(s.app.URL() + "/phone/")
	p.stage("home")
	p.key("Tab", 9) // to the first of the buttons
	p.key(" ", 32)
	if _, err := p.until(`location.pathname == "/app" && document.getElementById("typed") ? "there" : ""`); err != nil {
		p.screenshot("lost")
		t.Fatal(err)
	}
}

func TestSmallScreenScrollsByTouch(t *testing.T) {
	p := faceTab(t)
	p.claim()
	const low = 300
	p.call("Emulation.setDeviceMetricsOverride", map[string]any{
		"width": phoneWidth, "height": low, "deviceScaleFactor": 1, "mobile": true,
	})
	p.frame()
	if found := boxesOf(p.screenshot("low")); len(found) > 0 {
		t.Fatal("the boxes fit without scrolling")
	}
	// Beside the boxes: a box would take the wheel for its own text.
	for range 3 { // to the end
		p.touch("touchStart", 60, low-110)
		for y := low - 110; y > 20; y -= 12 {
			p.touch("touchMove", 60, float64(y))
		}
		p.lift()
	}
	p.typeNumber()
	p.tapPrimary("scrolled")
	p.stage("consenting")
	idle(t, p)
	p.screenshot("consent")
}
