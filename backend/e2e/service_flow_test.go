package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAServiceIsToldWhatItsPersonAgreedTo(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	shop.claims = asking
	browser := newVisitor(t, s.app.URL())
	browser.open(shop.address())
	browser.enter("zhaolei")
	for _, sentence := range []string{"Your name", "Your ID number", "购买处方药", "shop.example", "zh***i"} {
		if !strings.Contains(browser.text(), sentence) {
			t.Errorf("the page does not say %q: %s", sentence, browser.text())
		}
	}
	browser.submit("/agree")
	if iss := shop.back(browser).Get("iss"); iss != s.app.URL() {
		t.Errorf("iss is %q", iss)
	}
	learned := shop.exchange(browser)
	text, err := json.Marshal(learned.info["verified_claims"])
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"赵磊", "110100199101090175", "cn_real_name"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s is missing in %s", part, text)
		}
	}
	if learned.info["verified"] != true || learned.info["method"] != "mobile" || learned.info["sub"] != learned.id.Subject {
		t.Errorf("told %v", learned.info)
	}
	if strings.Contains(learned.raw, "verified_claims") {
		t.Error("the ID token has claims that were asked for at userinfo")
	}
}

func TestTheNextSignInAsksNothingThatWasAgreedTo(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	browser := newVisitor(t, s.app.URL())
	browser.open(shop.address())
	browser.enter("zhaolei")
	browser.submit("/agree")
	first := shop.exchange(browser)
	browser.open(shop.address())
	if second := shop.exchange(browser); second.id.Subject != first.id.Subject {
		t.Error("the same person has two subjects")
	}
	shop.claims = asking // more than before
	browser.open(shop.address())
	if !strings.Contains(browser.text(), "Your ID number") {
		t.Errorf("more was asked for without a word: %s", browser.text())
	}
}

func TestWhoIsNotVerifiedYetGoesOnByThemselvesAfterwards(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	shop.claims = asking
	browser := newVisitor(t, s.app.URL())
	browser.open(shop.address())
	browser.enter("demo")
	page := browser.at.String()
	if !strings.Contains(browser.text(), "Verify yourself first") || !strings.Contains(browser.text(), "not begun") {
		t.Fatalf("the page says %s", browser.text())
	}
	pc, who := s.signIn("demo"), s.person("张伟")
	v, err := pc.Begin(t.Context(), byMobile(who))
	if err != nil {
		t.Fatal(err)
	}
	browser.open(page)
	if !strings.Contains(browser.text(), "the app waits for the code") {
		t.Errorf("the page says %s", browser.text())
	}
	if err := pc.Cancel(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.mobile(pc, who); err != nil {
		t.Fatal(err)
	}
	browser.open(page)
	browser.submit("/agree")
	if text, _ := json.Marshal(shop.exchange(browser).info); !strings.Contains(string(text), "张伟") {
		t.Errorf("told %s", text)
	}
}

func TestWhoDeclinesSendsTheServiceNothing(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	browser := newVisitor(t, s.app.URL())
	browser.open(shop.address())
	browser.enter("zhaolei")
	browser.submit("/decline")
	back := shop.back(browser)
	if back.Get("error") != "access_denied" || back.Get("code") != "" || back.Get("state") != shop.state || back.Get("iss") == "" {
		t.Errorf("came back with %v", back)
	}
}

func TestPagesSpeakChineseAndRunNothing(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	browser := newVisitor(t, s.app.URL())
	browser.open(shop.address())
	if len(nodes(browser.page, "script")) != 0 || strings.Contains(browser.raw, "onclick") {
		t.Error("the page runs a script")
	}
	if !strings.Contains(browser.text(), "Sign in") {
		t.Errorf("the page says %s", browser.text())
	}
}
