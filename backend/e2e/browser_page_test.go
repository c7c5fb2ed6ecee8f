//go:build !race

package e2e_test

import (
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

func TestButtonOfThePageClaimsForABrowser(t *testing.T) {
	for name, open := range map[string]func(testing.TB) page{
		"Chromium": func(t testing.TB) page { return openBrowser(t) },
		"Firefox":  func(t testing.TB) page { return openFirefox(t) },
		"WebKit":   func(t testing.TB) page { return openWebKit(t) },
	} {
		t.Run(name, func(t *testing.T) { claimsByTheButton(t, open(t)) })
	}
}

func claimsByTheButton(t *testing.T, b page) {
	t.Helper()
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = t.TempDir()
	if err := os.WriteFile(filepath.Join(cfg.PhoneWeb, "index.html"), []byte("<!doctype html><title>the phone app</title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := askedForAFace(t, cfg)
	h := s.handoff()
	b.open(h.URL)
	if _, err := b.until(`document.getElementById("go") ? "there" : ""`); err != nil {
		t.Fatal(err)
	}
	mustView(t, s.view(), nil, verification.FaceRequired, "")
	if said := b.value(`document.querySelector("figure") ? "a hint" : ""`); said != "" {
		t.Error("a browser is told to open the page in a browser")
	}
	// As browsers before 2025: WebCrypto knows no Ed25519.
	b.value(`crypto.subtle.generateKey = crypto.subtle.importKey = () => Promise.reject(new DOMException("", "NotSupportedError")); ""`)
	b.value(`document.getElementById("go").click(); ""`)
	kept, err := b.until(`document.title == "the phone app" ? sessionStorage.getItem("realname.phone") : ""`)
	if err != nil {
		t.Fatalf("%v; the page says %q", err, b.value(`document.body.innerText`))
	}
	v := s.view()
	mustView(t, v, nil, verification.Confirming, "")
	var claim struct {
		Seed    []byte `json:"seed"`
		Session struct {
			Token client.PhoneToken `json:"token"`
		} `json:"session"`
	}
	if err := json.Unmarshal([]byte(kept), &claim); err != nil || len(claim.Seed) != ed25519.SeedSize {
		t.Fatalf("handed over %s, %v", kept, err)
	}
	p := &phone{Phone: s.client.Phone(claim.Session.Token), token: claim.Session.Token, key: ed25519.NewKeyFromSeed(claim.Seed)}
	seen, err := p.Confirm(t.Context(), v.Handoff.Number)
	if err == nil {
		_, err = p.Consent(t.Context(), api.Consent{Version: seen.ConsentVersion})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.scan(p); err != nil {
		t.Fatalf("evidence signed with the browser's key: %v", err)
	}
	mustView(t, await(t, s.account, s.id, verification.Judging), nil, verification.Verified, "")

	b.open(h.URL)
	if said, err := b.until(`document.readyState == "complete" && document.title != "the phone app" ? document.body.innerText : ""`); err != nil || !strings.Contains(said, "was used") && !strings.Contains(said, "已经被使用") {
		t.Errorf("the page of a used code says %q, %v", said, err)
	}
}

// Fyne's inputs paste by a call that stands still until the person has answered the browser.
func TestAPlainFieldTakesACodeThatIsPasted(t *testing.T) {
	for name, open := range map[string]func(testing.TB) page{
		"Chromium": func(t testing.TB) page { return openBrowser(t) },
		"Firefox":  func(t testing.TB) page { return openFirefox(t) },
		"WebKit":   func(t testing.TB) page { return openWebKit(t) },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := sandboxConfig(t)
			cfg.PhoneWeb = t.TempDir()
			if err := os.WriteFile(filepath.Join(cfg.PhoneWeb, "index.html"), []byte("<!doctype html><title>the phone app</title>"), 0o600); err != nil {
				t.Fatal(err)
			}
			s := askedForAFace(t, cfg)
			h, b := s.handoff(), open(t)
			b.open(s.app.URL() + api.PathGetApp)
			if _, err := b.until(`document.getElementById("typed") ? "there" : ""`); err != nil {
				t.Fatal(err)
			}
			enter := func(text string) {
				typed, err := json.Marshal(text)
				if err != nil {
					t.Fatal(err)
				}
				b.value(`(() => {
					const field = document.getElementById("typed");
					field.focus();
					field.select();
					document.execCommand("insertText", false, ` + string(typed) + `);
					document.getElementById("go").click();
					return "";
				})()`)
			}
			for text, want := range map[string]string{
				"WRNG-WRNG": "There is no such code|没有这个代码", "https://elsewhere.example/Q/ABC": "a code of another server|另一台服务器的代码",
			} {
				enter(text)
				says, or, _ := strings.Cut(want, "|")
				if _, err := b.until(`/` + says + `|` + or + `/.test(document.getElementById("said").textContent) ? "said" : ""`); err != nil {
					t.Errorf("after %s the page says %q", text, b.value(`document.getElementById("said").textContent`))
				}
			}
			mustView(t, s.view(), nil, verification.FaceRequired, "")
			enter(" " + strings.ToLower(h.TypedCode) + "\t")
			if _, err := b.until(`document.title == "the phone app" ? sessionStorage.getItem("realname.phone") : ""`); err != nil {
				t.Fatalf("%v; the page says %q", err, b.value(`document.body.innerText`))
			}
			mustView(t, s.view(), nil, verification.Confirming, "")

			// The QR code's own text leads to its page, which says who asks, or that it was used.
			b.open(s.app.URL() + api.PathGetApp)
			if _, err := b.until(`document.getElementById("typed") ? "there" : ""`); err != nil {
				t.Fatal(err)
			}
			enter(h.URL)
			if _, err := b.until(`location.pathname.startsWith("/Q/") && document.readyState == "complete" ? "there" : ""`); err != nil {
				t.Error(err)
			}
		})
	}
}

// withoutChineseFonts makes the browsers of a test see no font of the system that has Chinese.
func withoutChineseFonts(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fonts.conf")
	err := os.WriteFile(file, []byte(`<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><selectfont><rejectfont>
<pattern><patelt name="lang"><string>zh-cn</string></patelt></pattern></rejectfont></selectfont></fontconfig>`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("FONTCONFIG_FILE", file)
}

func TestThePageShowsChineseWhereTheSystemHasNoFontForIt(t *testing.T) {
	withoutChineseFonts(t)
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = t.TempDir()
	font, err := os.ReadFile(filepath.Join("..", "..", "shared", "ui", "font", "regular_web.ttf"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"index.html": []byte("<!doctype html>"), "han.ttf": font} {
		if err := os.WriteFile(filepath.Join(cfg.PhoneWeb, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := askedForAFace(t, cfg)
	address := s.handoff().URL
	for name, open := range map[string]func(testing.TB) page{
		"Chromium": func(t testing.TB) page { return openBrowser(t) },
		"Firefox":  func(t testing.TB) page { return openFirefox(t) },
		"WebKit":   func(t testing.TB) page { return openWebKit(t) },
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			b.open(address)
			if _, err := b.until(`document.getElementById("go") ? "there" : ""`); err != nil {
				t.Fatal(err)
			}
			// Latin alone asks for no font; a Chinese family name does, whatever the page's language.
			b.value(`document.getElementById("said").textContent = "张伟"; ""`)
			if _, err := b.until(`[...document.fonts].some(f => f.family.includes("Han") && f.status == "loaded") ? "loaded" : ""`); err != nil {
				t.Fatal(err)
			}
			drawn := b.value(`(() => {
				const draw = text => {
					const c = document.createElement("canvas").getContext("2d");
					c.font = "40px " + getComputedStyle(document.body).fontFamily;
					c.fillText(text, 20, 60);
					return c.getImageData(0, 0, 80, 80).data.join();
				};
				return new Set(["张", "伟", " "].map(draw)).size + " pictures";
			})()`)
			if drawn != "3 pictures" {
				t.Errorf("two characters and nothing are %s", drawn)
			}
		})
	}
}

func TestThePageInsideOfAnotherAppSaysToOpenABrowser(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = t.TempDir()
	if err := os.WriteFile(filepath.Join(cfg.PhoneWeb, "index.html"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &scene{server: start(t, cfg)}
	s.account = s.signIn("zhengqiang")
	v, err := s.account.Begin(t.Context(), byFace(s.person("郑强")))
	if err != nil {
		t.Fatal(err)
	}
	s.id = v.ID
	address := s.handoff().URL
	for agent, hint := range map[string]bool{
		phoneAgent: false,
		phoneAgent + " MicroMessenger/8.0.50.2701(0x28003253) WeChat/arm64": true,
		phoneAgent + " V1_AND_SQ_9.0.8 QQ/9.0.8.14755":                      true,
		phoneAgent + " MQQBrowser/15.3":                                     false,
		phoneAgent + " AliApp(AP/10.5.96) AlipayClient/10.5.96":             true,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("User-Agent", agent)
		request.Header.Set("Accept-Language", "zh-CN")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(page), "在浏览器打开") != hint || !strings.Contains(string(page), `id="go"`) {
			t.Errorf("%s: hint is not %v", agent, hint)
		}
	}
}

func TestPhoneAppIsKeptByItsHash(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = t.TempDir()
	app := filepath.Join(cfg.PhoneWeb, "phone.wasm")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(app, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("the app")
	s := start(t, cfg)
	get := func(query, tag string) (int, string, http.Header) {
		return raw{server: s, header: map[string]string{"If-None-Match": tag}}.send("GET", "/phone/phone.wasm"+query, "")
	}
	const hash = "ecf6410c21e70b62" // sha256sum
	status, body, header := get("?v="+hash, "")
	if status != 200 || body != "the app" || header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%d %q %s", status, body, header.Get("Cache-Control"))
	}
	tag := header.Get("ETag")
	for _, query := range []string{"", "?v=0123456789abcdef"} {
		if status, _, header := get(query, ""); status != 200 || header.Get("Cache-Control") != "no-cache" || header.Get("ETag") != tag {
			t.Errorf("%q: %d %s %s", query, status, header.Get("Cache-Control"), header.Get("ETag"))
		}
	}
	if status, body, _ := get("", tag); status != 304 || body != "" {
		t.Errorf("what is there is sent again: %d %q", status, body)
	}
	write("a newer app")
	if status, body, header := get("?v="+hash, tag); status != 200 || body != "a newer app" || header.Get("Cache-Control") != "no-cache" {
		t.Errorf("after an update: %d %q %s", status, body, header.Get("Cache-Control"))
	}
}

func TestPhoneAppMayDoNoMoreThanItNeeds(t *testing.T) {
	folder := buildPhoneWeb(t)
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = folder
	s := start(t, cfg)
	status, page, header := raw{server: s}.send("GET", "/phone/", "")
	policy := header.Get("Content-Security-Policy")
	if status != 200 || strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "http") || strings.Contains(policy, "blob:") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("%d with the policy %s", status, policy)
	}
	if regexp.MustCompile(`<script>|<style>|style="| on[a-z]+="`).MatchString(page) {
		t.Error("the page has code or style of its own, which the policy refuses")
	}
	if len(page) > 20_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
	addresses := regexp.MustCompile(`(?:src|href|data-app)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(addresses) < 5 {
		t.Fatalf("found %v", addresses)
	}
	for _, a := range addresses {
		_, _, header := raw{server: s, header: map[string]string{"Accept-Encoding": "identity"}}.send("GET", "/phone/"+a[1], "")
		if !strings.HasSuffix(header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s does not carry the hash of its file: %s", a[1], header.Get("Cache-Control"))
		}
	}
}

func TestPageSaysWhatASelfMadeCertificateMeans(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.Listen, cfg.SandboxPublic = "0.0.0.0:0", true
	s := &scene{server: start(t, cfg)}
	pinned, err := client.New(client.Config{Server: s.app.URL(), Pin: client.Pin(s.app.KeyHash()), Device: "电脑"})
	if err != nil {
		t.Fatal(err)
	}
	s.client = pinned
	s.account = s.signIn("zhengqiang")
	v, err := s.account.Begin(t.Context(), byFace(s.person("郑强")))
	if err != nil {
		t.Fatal(err)
	}
	s.id = v.ID
	// As who goes on past the browser's warning.
	past := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	response, err := past.Get(s.app.URL() + "/Q/" + ticketOf(t, s.handoff()))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(page), "made its certificate itself") {
		t.Errorf("the page says %s, %v", page, err)
	}
}
