package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/verify"
)

// errAway is a provider that does not answer.
var errAway = verify.ErrProviderUnavailable

// raw makes HTTP calls as they are, for what a well-behaved client never sends.
type raw struct {
	server *server
	token  string
	header map[string]string
}

// operator is a raw caller with the key of an operator, "tester" with every role
// or "tester-ROLE" with one.
func (s *server) operator(role ...operator.Role) raw {
	s.t.Helper()
	name, roles := "tester", operator.Roles()
	if len(role) > 0 {
		name, roles = "tester-"+string(role[0]), role
	}
	_, err := s.app.Operators.Add(s.t.Context(), "shell:test", name, "", roles)
	if err != nil && !errors.Is(err, operator.ErrNameUsed) {
		s.t.Fatalf("add operator: %v", err)
	}
	token, _, err := s.app.Operators.NewKey(s.t.Context(), "shell:test", name, nil, operator.KeyLife)
	if err != nil {
		s.t.Fatalf("make a key: %v", err)
	}
	return raw{server: s, token: token}
}

// do sends a body and returns status and body of the answer.
func (r raw) do(method, path, body string) (int, string) {
	status, answer, _ := r.send(method, path, body)
	return status, answer
}

func (r raw) send(method, path, body string) (int, string, http.Header) {
	t := r.server.t
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = bytes.NewReader([]byte(body))
	}
	request, err := http.NewRequestWithContext(t.Context(), method, r.server.app.URL()+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if r.token != "" {
		request.Header.Set("Authorization", "Bearer "+r.token)
	}
	for name, value := range r.header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	r.server.once.Do(func() { r.server.promised = promises(t, r.server.app.URL()) })
	keeps(t, r.server.promised, request, response, answer)
	return response.StatusCode, string(answer), response.Header
}

// givePortrait puts a picture beside a row of the registry, as set-up does
// with those of the recordings. The scripted judge does not look at it.
func (s *server) givePortrait(name string) {
	s.t.Helper()
	ctx := context.Background()
	person, err := s.app.Store.ByNumber(ctx, s.person(name).Number)
	if err == nil {
		person.Portrait = []byte("a picture")
		err = s.app.Store.Import(ctx, registry.Each(person))
	}
	if err != nil {
		s.t.Fatalf("give portrait: %v", err)
	}
}
