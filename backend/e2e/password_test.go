package e2e_test

import (
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/problem"
)

func TestAPasswordSignsInHoweverItsCharactersAreComposed(t *testing.T) {
	s := start(t, sandboxConfig(t))
	ctx := t.Context()
	if _, err := s.client.CreateAccount(ctx, api.Credentials{Username: "rene", Password: "caf\u00e9 au lait"}); err != nil {
		t.Fatal(err)
	}
	session, err := s.client.SignIn(ctx, api.Credentials{Username: "rene", Password: "cafe\u0301 au lait"})
	if err != nil {
		t.Fatalf("typed in the other form: %v", err)
	}
	change := raw{server: s, token: session.Token}
	if status, body := change.do("POST", api.PathPassword, `{"old":"cafe\u0301 au lait","new":"the\u0301 au lait"}`); status != 204 {
		t.Fatalf("change: %d %s", status, body)
	}
	if _, err := s.client.SignIn(ctx, api.Credentials{Username: "rene", Password: "th\u00e9 au lait"}); err != nil {
		t.Errorf("after the change: %v", err)
	}
}

func TestWeakPasswordsAreRefusedWhereverOneIsChosen(t *testing.T) {
	s := start(t, sandboxConfig(t))
	token := s.session("demo")
	for typed, cause := range map[string]string{
		"password123": "common", "demo-account": "username", "          ": "blank", "short": "too_short",
	} {
		_, err := s.client.CreateAccount(t.Context(), api.Credentials{Username: "demo-account", Password: typed})
		if p := mustProblem(t, err, problem.RequestInvalid); len(p.Errors) != 1 || p.Errors[0].Field != "password" || p.Errors[0].Cause != cause {
			t.Errorf("sign-up with %q: %+v", typed, p.Errors)
		}
		if cause == "username" {
			continue
		}
		status, body := (raw{server: s, token: token}).do("POST", api.PathPassword, `{"old":"`+password+`","new":"`+typed+`"}`)
		if status != problem.RequestInvalid.Status() {
			t.Errorf("change to %q: %d %s", typed, status, body)
		}
	}
}

func TestAnEncodedSlashIsNoSlash(t *testing.T) {
	s := start(t, sandboxConfig(t))
	token := map[string]string{"Authorization": "Bearer " + s.session("demo")}
	for path, want := range map[string]int{
		"/v1/account": 200, "/v1%2faccount": 404, "/v1%2Faccount": 404, "/%76%31/account": 404, "/v1/./account": 404, "//v1/account": 404, "/v1/account/": 404,
	} {
		if got := s.ask("GET", path, "", token, ""); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}
