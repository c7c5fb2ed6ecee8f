//go:build peers

package e2e_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
)

// An issuer in another language, Debian's django-oauth-toolkit: a person signs in,
// the session goes on by refresh tokens that rotate, and ends once the issuer ends
// it; another time they decline.
func TestDjangoOAuthToolkitSignsIn(t *testing.T) {
	issuer := runPeer(t, "/usr/bin/python3", "testdata/django-issuer.py", t.TempDir(), issuertest.Secret)
	address := issuer.read()
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInIssuers, entryAt(t, "corp", address, "sign_in")))
	browser := newVisitor(t, strings.TrimSuffix(address, "/o"))
	begin := func() api.IssuerStarted {
		t.Helper()
		begun, err := s.client.BeginSignIn(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: listener127})
		if err != nil {
			t.Fatal(err)
		}
		browser.open(begun.AuthorizationURL)
		return begun
	}

	begun := begin()
	browser.submit("/login", "username", "wangfang", "password", "any-of-this-test")
	browser.submit("") // its page of consent
	if browser.left == nil {
		t.Fatalf("the browser is at %s: %d %s", browser.at, browser.code, browser.raw)
	}
	session, err := s.client.FinishSignIn(t.Context(), begun.ID, answerFrom(browser.left.Query()))
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log.String())
	}
	if session.Account.Username != "wangfang" {
		t.Errorf("the account is called %q", session.Account.Username)
	}
	a := s.client.Account(client.AccountToken(session.Token))
	for range 2 {
		s.clock.Advance(6 * time.Minute)
		if err := s.app.RefreshSessions(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Get(t.Context()); err != nil {
			t.Fatalf("while the issuer agrees: %v\n%s", err, s.log.String())
		}
	}
	issuer.say("end")
	if said := issuer.read(); said != "ended" {
		t.Fatal(said)
	}
	s.clock.Advance(6 * time.Minute)
	if err := s.app.RefreshSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = a.Get(t.Context())
	mustProblem(t, err, problem.Unauthorized)

	begun = begin()
	form := url.Values{} // without its button "allow": the person says no
	for _, input := range nodes(browser.page, "input") {
		if attribute(input, "type") == "hidden" {
			form.Set(attribute(input, "name"), attribute(input, "value"))
		}
	}
	browser.post(browser.at.String(), form)
	_, err = s.client.FinishSignIn(t.Context(), begun.ID, answerFrom(browser.left.Query()))
	if p := mustProblem(t, err, problem.SignInRefused); len(p.Errors) != 1 || p.Errors[0].Cause != "declined" {
		t.Errorf("declined: %+v", p.Errors)
	}
}
