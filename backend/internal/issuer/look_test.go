package issuer_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/issuer/issuertest"
)

// held is a network whose calls wait, once there is something to wait for.
type held struct{ asked, release chan struct{} }

func (h *held) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.asked != nil && strings.HasSuffix(r.URL.Path, "openid-configuration") {
		h.asked <- struct{}{}
		<-h.release
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestAnIssuerThatIsBeingAskedIsAsItWas shows that a look neither waits nor forgets.
func TestAnIssuerThatIsBeingAskedIsAsItWas(t *testing.T) {
	p, network := issuertest.New(t), &held{}
	now := time.Date(2026, 11, 30, 11, 0, 0, 0, time.UTC)
	s := issuer.New(issuer.Settings{Issuers: []issuer.Config{{ID: "corp", Issuer: p.URL}}},
		issuer.Deps{Now: func() time.Time { return now }, Transport: network})
	expect := func(when string, want issuer.State) {
		t.Helper()
		if got := s.All()[0].State; got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	expect("before the first question", issuer.StateNotAsked)
	s.Probe(t.Context())
	expect("after it", issuer.StateAnswers)
	network.asked, network.release = make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	now = now.Add(2 * time.Hour)
	go func() { defer close(done); s.Probe(t.Context()) }()
	<-network.asked
	expect("while it is asked again", issuer.StateAnswers)
	p.Set(func(p *issuertest.Provider) { p.Down = map[string]bool{"/.well-known/openid-configuration": true} })
	close(network.release)
	<-done
	expect("once it is away", issuer.StateAway)
}
