package e2e_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"realname.example/backend/internal/sampleservice"
)

// sampleSite starts the sandbox's sample service beside a server.
func (s *server) sampleSite() string {
	s.t.Helper()
	site := httptest.NewUnstartedServer(nil)
	address := "http://" + site.Listener.Addr().String()
	var err error
	if site.Config.Handler, err = sampleservice.New(s.t.Context(), s.app.URL(), address); err != nil {
		s.t.Fatal(err)
	}
	site.Start()
	s.t.Cleanup(site.Close)
	return address
}

const anywhere = "http://127.0.0.1:"

func TestTheSampleServiceGreetsAVerifiedPerson(t *testing.T) {
	s := start(t, sandboxConfig(t))
	site := s.sampleSite()
	browser := newVisitor(t, anywhere)
	for _, after := range []string{"from the start", "after a restart", "after a reset"} {
		browser.open(site + "/sign-in")
		if strings.Contains(browser.text(), "Password") {
			browser.enter("zhaolei")
		}
		if !strings.Contains(browser.text(), "Sample Pharmacy") || strings.Contains(browser.text(), "Your ID number") {
			t.Fatalf("%s: the provider asks %s", after, browser.text())
		}
		browser.submit("/agree")
		for _, words := range []string{"Hello, 赵磊!", "You are verified", `"trust_framework": "cn_real_name"`} {
			if !strings.Contains(browser.text(), words) {
				t.Errorf("%s: the site does not say %q: %s", after, words, browser.text())
			}
		}
		if strings.Contains(browser.text(), "110100199101090175") {
			t.Error("the site was told a number that it did not ask for")
		}
		switch after {
		case "from the start":
			s.restart()
			site = s.sampleSite() // the server has another port
		case "after a restart":
			if err := s.client.ResetSandbox(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestTheSampleServiceTakesNoAnswerThatItsBrowserDidNotAskFor(t *testing.T) {
	s := start(t, sandboxConfig(t))
	site := s.sampleSite()
	browser := newVisitor(t, s.app.URL())
	browser.http.Jar = nil // another browser is brought the answer
	browser.open(site + "/back?code=c&state=s&iss=" + s.app.URL())
	if browser.code != 400 || !strings.Contains(browser.text(), "Sign in again") {
		t.Errorf("a stray answer: %d %s", browser.code, browser.text())
	}
	declining := newVisitor(t, anywhere)
	declining.open(site + "/sign-in")
	declining.enter("zhaolei")
	declining.submit("/decline")
	if !strings.Contains(declining.text(), "this site was told nothing") {
		t.Errorf("after a no the site says %s", declining.text())
	}
}
