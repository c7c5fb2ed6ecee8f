package e2e_test

import (
	"strconv"
	"testing"

	"realname.example/backend/internal/operator"
	"realname.example/shared/verification"
)

// key presses a key and lets it go.
func (c *console) key(name string, code int, text string) {
	c.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		press := map[string]any{"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code}
		if kind == "keyDown" && text != "" {
			press["text"] = text
		}
		c.call("Input.dispatchKeyEvent", press)
	}
}

func (c *console) tab() { c.t.Helper(); c.key("Tab", 9, "") }

func (c *console) enter() { c.t.Helper(); c.key("Enter", 13, "\r") }

// typed types into what has the keyboard.
func (c *console) typed(text string) {
	c.t.Helper()
	c.call("Input.insertText", map[string]any{"text": text})
}

// stops is what the keyboard has to come to, in the order of the page: of a group of
// radio buttons one, and nothing that is not shown.
const stops = `window.stops = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
	.filter((e) => e.checkVisibility() && !e.disabled)
	.filter((e, i, all) => e.type !== "radio" || (all.some((o) => o.name === e.name && o.checked) ? e.checked : all.find((o) => o.name === e.name) === e))`

// focused says which of the stops has the keyboard, and what is wrong with how that
// looks: a frame of 2 pixels at least, within the window, in front of all else.
const focused = `(() => {
	const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
	const frame = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
	const inside = r.width > 0 && r.bottom > 0 && r.right > 0 && r.top < innerHeight && r.left < innerWidth;
	return window.stops.indexOf(e) + (frame ? "" : " without a frame") + (inside ? "" : " outside of the window");
})()`

// goes presses Tab through the whole page, and fails the test for each stop that is
// left out, out of order or not seen.
func (c *console) goes(page string) {
	c.t.Helper()
	all, err := strconv.Atoi(c.value(`document.activeElement.blur(); ` + stops + `; String(window.stops.length)`))
	if err != nil || all < 2 {
		c.t.Fatalf("%s has %d places for the keyboard, %v", page, all, err)
	}
	for i := range all {
		c.tab()
		if have := c.value("String(" + focused + ")"); have != strconv.Itoa(i) {
			c.t.Errorf("%s: Tab %d of %d leads to %s: %s, not to %s", page, i+1, all, have,
				c.value("document.activeElement.outerHTML.slice(0, 200)"), c.value("window.stops["+strconv.Itoa(i)+"].outerHTML.slice(0, 200)"))
			c.screenshot("keyboard")
			return
		}
	}
}

// to presses Tab until a selector has the keyboard.
func (c *console) to(selector string) {
	c.t.Helper()
	const most = 200
	for range most {
		if c.value(`document.activeElement.matches(`+strconv.Quote(selector)+`) ? "there" : ""`) != "" {
			return
		}
		c.tab()
	}
	c.t.Fatalf("%d times Tab do not lead to %s", most, selector)
}

func TestTheConsoleIsUsedByKeyboardAlone(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.operator(operator.Admin)
	account, id := s.inReview("wumin", "吴敏")
	demo := s.verified("demo", "张伟")
	c := openConsole(t, s, "en")
	secret, err := s.app.Operators.Add(t.Context(), "shell:test", "wang", "", operator.Roles())
	if err != nil {
		t.Fatal(err)
	}
	c.open("/enrol#" + secret)
	c.goes("enrol")
	c.to("#go")
	c.leave(c.enter)
	for _, page := range []string{
		"/accounts", "/people", "/services", "/numbers", "/works", "/settings", "/audit", "/health", "/reviews", "/reviews/" + string(id),
		"/accounts/" + demo,
	} {
		c.open(page)
		c.goes(page)
		c.open(page) // the keyboard begins anew
		c.value(`document.querySelectorAll("details").forEach((d) => d.open = true); "open"`)
		c.goes(page + " with all open")
	}

	// The skip link leads past the navigation.
	c.open("/reviews")
	c.tab()
	c.enter()
	c.tab()
	if at := c.value("document.activeElement.id"); at != "account" {
		t.Errorf("behind the skip link: %q", at)
	}
	// A review is found, opened and decided.
	c.typed("wumin")
	c.leave(c.enter)
	c.to(`a[href$="` + string(id) + `"]`)
	c.leave(c.enter)
	c.to("#reason")
	c.typed("seen at the counter")
	c.to("button[value=approve]")
	c.leave(c.enter)
	v, err := account.View(t.Context(), id)
	mustView(t, v, err, verification.Verified, "reviewed")
	// What an account's page hides is opened, and an act is done.
	c.open("/accounts/" + demo)
	c.to(`details:has(form[action$="end-sessions"]) summary`)
	c.enter()
	c.to("#reason-end-sessions")
	c.typed("phone lost")
	c.to(`form[action$="end-sessions"] button`)
	c.leave(c.enter)
	c.says("Signed out everywhere.")
	c.to("form[action$=signout] button")
	c.leave(c.enter)
	c.goes("signin")
	c.to("#go")
	c.leave(c.enter)
	c.says("wang")
}
