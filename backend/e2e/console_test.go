package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// console is an operator at the console in a browser with an authenticator.
type console struct {
	*browser
	server *server
	root   string // http://localhost:PORT/console
}

// openConsole starts a browser with a virtual authenticator, in a language.
func openConsole(t *testing.T, s *server, lang string) *console {
	t.Helper()
	b := openBrowser(t, "--lang="+lang, "--accept-lang="+lang)
	b.call("Emulation.setUserAgentOverride", map[string]any{"userAgent": "Mozilla/5.0 Chrome/130.0.0.0", "acceptLanguage": lang})
	b.call("Emulation.setTouchEmulationEnabled", map[string]any{"enabled": false})
	b.call("WebAuthn.enable", nil)
	b.call("WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{
		"protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
		"isUserVerified": true, "automaticPresenceSimulation": true,
	}})
	u, err := url.Parse(s.app.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := &console{browser: b, server: s, root: "http://localhost:" + u.Port() + "/console"}
	c.width(1280)
	return c
}

// width makes the window as wide, in CSS pixels.
func (c *console) width(pixels int) {
	c.t.Helper()
	c.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": false})
}

// open goes to a page of the console and waits until it is there.
func (c *console) open(path string) {
	c.t.Helper()
	c.leave(func() { c.call("Page.navigate", map[string]any{"url": c.root + path}) })
}

// leave does what makes the browser go to another page, and waits for that page.
func (c *console) leave(do func()) {
	c.t.Helper()
	c.value(`window.left = "no"; "x"`)
	do()
	c.must(`window.left !== "no" && document.readyState === "complete" && document.querySelector("h1") ? "there" : ""`)
}

// must waits until an expression has a text, and returns it.
func (c *console) must(expression string) string {
	c.t.Helper()
	text, err := c.until(expression)
	if err != nil {
		c.screenshot("stuck")
		c.t.Fatalf("%v; the page is %s: %s", err, c.value("location.href"), c.text())
	}
	return text
}

// text is what the page says.
func (c *console) text() string { return c.value("document.body.innerText") }

// says fails the test unless the page says each of the texts.
func (c *console) says(texts ...string) {
	c.t.Helper()
	said := c.text()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			c.screenshot("says-not")
			c.t.Errorf("%s does not say %q but: %s", c.value("location.pathname"), text, said)
		}
	}
}

// click presses what a selector finds, which leads to another page.
func (c *console) click(selector string) {
	c.t.Helper()
	quoted, err := json.Marshal(selector)
	if err != nil {
		c.t.Fatal(err)
	}
	c.must(`document.querySelector(` + string(quoted) + `) ? "there" : ""`)
	c.leave(func() { c.value(`document.querySelector(` + string(quoted) + `).click(); "x"`) })
}

// fill types into what a selector finds.
func (c *console) fill(selector, text string) {
	c.t.Helper()
	both, err := json.Marshal([]string{selector, text})
	if err != nil {
		c.t.Fatal(err)
	}
	c.must(`(([s, v]) => { const e = document.querySelector(s); if (!e) return ""; e.value = v; return "typed" })(` + string(both) + `)`)
}

// enrol makes an operator and their passkey, which signs in.
func (c *console) enrol(name string, roles ...operator.Role) {
	c.t.Helper()
	secret, err := c.server.app.Operators.Add(c.t.Context(), "shell:test", name, "", roles)
	if err != nil {
		c.t.Fatal(err)
	}
	c.open("/signin") // the same page with another fragment would not be read again
	c.open("/enrol#" + secret)
	c.click("#go")
}

// axe fails the test for each fault that axe-core finds in the page, and for each that it leaves undecided only because
// the text has one character, as 是 and 男 have.
func (c *console) axe() {
	c.t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "..", ".setup", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		c.t.Skipf("axe-core is not set up: %v", err)
	}
	// The policy of the page is for pages: what the protocol evaluates is not under it.
	c.value(string(script) + `; "loaded"`)
	found := c.must(`await axe.run().then((r) => {
		const pale = ({data}) => data?.messageKey === "shortTextContent" && data.contrastRatio < parseFloat(data.expectedContrastRatio);
		const short = r.incomplete.map((v) => ({...v, nodes: v.nodes.filter((n) => n.any.some(pale))})).filter((v) => v.nodes.length);
		return JSON.stringify([...r.violations, ...short].map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" | ")));
	})`)
	if found != "[]" {
		c.t.Errorf("axe-core on %s: %s", c.value("location.pathname"), found)
	}
}

// dark has the browser ask for dark pages, or no more.
func (c *console) dark(on bool) {
	c.t.Helper()
	value := "light"
	if on {
		value = "dark"
	}
	c.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": value}}})
}

// look checks a page as every page has to be: axe-core finds nothing, light or dark,
// 360 pixels hold it, and a picture of each is kept.
func (c *console) look(name string) {
	c.t.Helper()
	c.screenshot(name)
	c.axe()
	c.dark(true)
	c.screenshot(name + "-dark")
	c.axe()
	c.dark(false)
	c.width(360)
	if c.value(`String(document.documentElement.scrollWidth > 360)`) != "false" {
		c.t.Errorf("%s is wider than 360 pixels: %s", name, c.value("String(document.documentElement.scrollWidth)"))
	}
	c.screenshot(name + "-360")
	c.width(1280)
	if len(c.console) > 0 {
		c.t.Errorf("the browser complains on %s: %v", name, c.console)
		c.console = nil
	}
}

// languages of the console, with a sentence of its first page.
var languages = map[string]string{"en": "Sign in with a passkey", "zh": "用通行密钥登录"}

func TestOperatorSignsInByPasskeyAndReviews(t *testing.T) {
	for lang, says := range languages {
		t.Run(lang, func(t *testing.T) {
			s := start(t, sandboxConfig(t))
			account, id := s.inReview("demo", "张伟")
			c := openConsole(t, s, lang)
			c.open("/reviews")
			c.says(says)
			c.look("signin")
			c.open("/enrol#nothing")
			c.look("enrol")
			c.enrol("wang", operator.Reviewer)
			c.says("wang", "de***o")
			c.look("reviews")
			c.fill("#account", "nobody")
			c.click(".find button")
			c.value(`document.querySelector("#account").value = "demo"; "typed"`)
			c.click(".find button")
			c.says("de***o")
			if at := c.value("location.href"); strings.Contains(at, "demo") {
				t.Errorf("the user name is in the address: %s", at)
			}
			c.click(`a[href$="` + string(id) + `"]`)
			c.says("张伟", "110100199003070111", "demo")
			c.look("review")
			c.fill("#reason", "the card was shown at the counter")
			c.click("button[value=approve]")
			v, err := account.View(t.Context(), id)
			mustView(t, v, err, verification.Verified, "reviewed")
			c.look("reviews-none")
			c.click("form[action$=signout] button")
			c.open("/reviews")
			c.says(says)
			c.click("#go")
			c.says("wang")
			if err := s.app.Operators.Remove(t.Context(), "shell:test", "wang"); err != nil {
				t.Fatal(err)
			}
			c.open("/reviews")
			c.says(says)
		})
	}
}

func TestAnEnrolmentAddressWorksOnce(t *testing.T) {
	s := start(t, sandboxConfig(t))
	secret, err := s.app.Operators.Add(t.Context(), "shell:test", "wang", "", []operator.Role{operator.Auditor})
	if err != nil {
		t.Fatal(err)
	}
	c := openConsole(t, s, "en")
	c.open("/enrol#" + secret)
	c.click("#go")
	c.open("/signin")
	c.open("/enrol#" + secret)
	c.value(`document.querySelector("#go").click(); "x"`)
	c.must(`document.querySelector("#problem-used:not([hidden])") ? "said" : ""`)
	c.says("was used already")
	c.console = nil // the refusal is one for the browser too
}

// entrance is a session of the console without a browser.
func (s *server) entrance(name string, roles ...operator.Role) (cookie, form string) {
	s.t.Helper()
	ctx := s.t.Context()
	if _, err := s.app.Operators.Add(ctx, "shell:test", name, "", roles); err != nil {
		s.t.Fatal(err)
	}
	token := "session of " + name
	now := s.clock.Now()
	n := operator.Session{Hash: hashed(token), Name: name, MadeAt: now, SeenAt: now}
	entry := operator.Entry{At: now, Operator: name, Act: operator.ActSignedIn, Subject: name}
	if err := s.app.Store.AddOperatorSession(ctx, n, entry); err != nil {
		s.t.Fatal(err)
	}
	return "console=" + url.QueryEscape(token), operator.FormOf(token)
}

// at is a caller with a cookie who sends forms.
func (s *server) at(cookie string) raw {
	return raw{server: s, header: map[string]string{"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}}
}

func TestAFormOfAnotherSessionDoesNothing(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a, id := s.inReview("demo", "张伟")
	cookie, form := s.entrance("wang", operator.Reviewer)
	_, other := s.entrance("li", operator.Reviewer)
	path := "/console/reviews/" + string(id) + "/decide"
	for _, sent := range []string{"", "nonsense", other} {
		status, page := s.at(cookie).do("POST", path, "decision=approve&reason=because&form="+sent)
		if status != 403 || !strings.Contains(page, "not of your present session") {
			t.Errorf("with %q: %d %s", sent, status, page)
		}
	}
	if status, page := s.at(cookie).do("POST", path, "decision=approve&reason=+&form="+form); status != 422 || !strings.Contains(page, "Say why") {
		t.Errorf("without a reason: %d %s", status, page)
	}
	for _, decision := range []string{"", "decision=&", "decision=maybe&", "decision=Approve&"} {
		if status, page := s.at(cookie).do("POST", path, decision+"reason=because&form="+form); status != 422 || !strings.Contains(page, "nothing was decided") {
			t.Errorf("with %q: %d %s", decision, status, page)
		}
	}
	v, err := a.View(t.Context(), id)
	mustView(t, v, err, verification.InReview, "")
	if status, page := s.at(cookie).do("POST", path, "decision=approve&reason=because&form="+form); status != 303 {
		t.Errorf("the session's own: %d %s", status, page)
	}
	if status, page := s.at(cookie).do("POST", path, "decision=approve&reason=because&form="+form); status != 409 || !strings.Contains(page, "decided or changed meanwhile") {
		t.Errorf("sent again: %d %s", status, page)
	}
}

func TestAReviewIsFoundByAFormAndTheSearchIsAnAct(t *testing.T) {
	s := start(t, sandboxConfig(t))
	_, id := s.inReview("demo", "张伟")
	cookie, form := s.entrance("wang", operator.Reviewer)
	find := func(account string) (int, string) {
		return s.at(cookie).do("POST", "/console/reviews", "account="+account+"&form="+form)
	}
	if status, page := find("demo"); status != 200 || !strings.Contains(page, string(id)) {
		t.Errorf("of demo: %d %s", status, page)
	}
	if status, page := find("nobody"); status != 200 || strings.Contains(page, string(id)) {
		t.Errorf("of nobody: %d %s", status, page)
	}
	if status, _ := find(""); status != 422 {
		t.Errorf("without a name: %d", status)
	}
	if status, page := s.at(cookie).do("GET", "/console/reviews?account=nobody", ""); status != 200 || !strings.Contains(page, string(id)) {
		t.Errorf("an address names nobody: %d %s", status, page)
	}
	acts, err := s.app.Store.Trail(t.Context(), operator.TrailQuery{Operator: "wang", Limit: 50})
	searched := 0
	for _, e := range acts {
		if e.Event == string(operator.ActSearched) {
			searched++
		}
	}
	if err != nil || searched != 2 {
		t.Errorf("searched %d times, %v: %+v", searched, err, acts)
	}
}

// Who was vouched for by a site has no mobile number here, but an address to ask at.
func TestAReviewerIsShownTheAddressThatASiteGave(t *testing.T) {
	s := start(t, sandboxConfig(t))
	_, id := s.inReview("demo", "张伟")
	const address = "zhang@example.org"
	_, err := s.app.Store.Update(t.Context(), id, func(c *verify.Case) (verify.Effects, error) {
		c.Identity.Email = identity.NewPII(address)
		return verify.Effects{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cookie, _ := s.entrance("wang", operator.Reviewer)
	if _, page := s.at(cookie).do("GET", "/console/reviews/"+string(id), ""); !strings.Contains(page, address) {
		t.Errorf("the review has no address: %s", page)
	}
	if _, page := s.at(cookie).do("GET", "/console/reviews", ""); strings.Contains(page, address) {
		t.Error("the list has it")
	}
	if _, list := s.operator(operator.Reviewer).do("GET", api.PathAdminReviews, ""); strings.Contains(list, address) {
		t.Error("the list of the API has it")
	}
}

func TestASessionOfTheConsoleEndsByTime(t *testing.T) {
	s := start(t, sandboxConfig(t))
	cookie, _ := s.entrance("wang", operator.Reviewer)
	status := func() int {
		code, _ := s.at(cookie).do("GET", "/console/reviews", "")
		return code
	}
	for range 3 {
		s.clock.Advance(operator.IdleLife - time.Minute)
		if have := status(); have != 200 {
			t.Fatalf("in use: %d", have)
		}
	}
	s.clock.Advance(operator.IdleLife)
	if have := status(); have != 303 {
		t.Errorf("idle: %d", have)
	}
	cookie, _ = s.entrance("li", operator.Reviewer)
	for until := s.clock.Now().Add(operator.SessionLife); s.clock.Now().Before(until); {
		s.clock.Advance(operator.IdleLife - time.Minute)
		_ = status()
	}
	if have := status(); have != 303 {
		t.Errorf("after half a day: %d", have)
	}
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func TestEachPageOfTheConsoleIsWholeInBothLanguages(t *testing.T) {
	for lang := range languages {
		t.Run(lang, func(t *testing.T) {
			s := start(t, sandboxConfig(t))
			s.verified("demo", "张伟")
			s.operator(operator.Admin)
			p := s.person("张伟")
			c := openConsole(t, s, lang)
			c.enrol("wang", operator.Roles()...)
			for _, section := range []string{"accounts", "people", "numbers", "works", "settings", "audit", "health", "reviews"} {
				c.open("/" + section)
				c.look(section)
			}
			c.open("/people")
			c.fill("#value", p.Number)
			c.click(".find button")
			c.says("demo", "张*", "110***********0111")
			c.look("people-found")
			c.click(`td a[href^="/console/people/"]`)
			c.says("张*")
			c.look("person")
			c.open("/accounts")
			c.fill("#value", "demo")
			c.click(".find button")
			c.says("demo", "张*", "138****0001")
			c.value(`document.querySelectorAll("details").forEach((d) => d.open = true); "open"`)
			c.look("account")
			c.fill("#reason-reveal", "the person asked for it")
			c.click("form[action$=reveal] button")
			c.says(p.Name, p.Number, p.Mobile)
			c.look("revealed")
			c.open("/accounts")
			c.fill("#value", "demo")
			c.click(".find button")
			c.value(`document.querySelector("#type-join").value = "tw_permit"; "chosen"`)
			c.fill("#number-join", "87654321")
			c.fill("#reason-join", "both documents shown")
			c.click("form[action$=join] button")
			c.says("wang", "both documents shown")
			c.fill("#reason-release", "phone lost")
			c.click("form[action$=release] button")
			c.says("wang", "phone lost")
			c.look("account-asked")
			c.fill("#reason-release", "phone lost")
			c.click("form[action$=release] button")
			c.console = nil // the refusal is one for the browser too
			c.look("problem")
			c.console = nil
			c.open("/audit")
			c.click("form[action$=verify] button")
			c.open("/audit")
			c.look("audit-verified")
		})
	}
}

// An act takes POST alone: who signs in again, or changes the language, is led to
// the page that its form stands on.
func TestSignInAndLanguageLeadToAPageThatIsThere(t *testing.T) {
	s := start(t, sandboxConfig(t))
	id := s.verified("demo", "张伟")
	cookie, form := s.entrance("wang", operator.Roles()...)
	account := "/console/accounts/" + id
	for _, test := range []struct{ method, path, next string }{
		{"POST", account + "/reveal", account},
		{"GET", "/console/audit?case=abc&lang=zh&done=x", "/console/audit?case=abc"},
		{"POST", "/console/people", "/console/people"},
		{"POST", "/console/people/import", "/console/people/import"},
	} {
		status, _, header := s.at("console=gone").send(test.method, test.path, "reason=x")
		if want := "/console/signin?next=" + url.QueryEscape(test.next); status != 303 || header.Get("Location") != want {
			t.Errorf("%s %s: %d to %s, want %s", test.method, test.path, status, header.Get("Location"), want)
		}
	}
	_, page := s.at(cookie).do("POST", account+"/reveal", "reason=asked&form="+form)
	if want := `href="` + account + `?lang=zh"`; !strings.Contains(page, want) {
		t.Errorf("the page that was revealed does not lead to %s", want)
	}
	_, page = s.at(cookie).do("GET", "/console/audit?operator=wang", "")
	if want := `href="/console/audit?lang=zh&amp;operator=wang"`; !strings.Contains(page, want) {
		t.Errorf("the language drops the search: no %s", want)
	}
	for _, bad := range []string{"//evil.example", "/console/..\\x", "https://evil.example/console", "/console#x"} {
		if _, page := s.at("").do("GET", "/console/signin?next="+url.QueryEscape(bad), ""); !strings.Contains(page, `data-next="/console"`) {
			t.Errorf("%s is led to", bad)
		}
	}
}
