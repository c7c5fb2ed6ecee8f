package e2e_test

import (
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// between fails where the seconds are not those to an end at some moment from
// before to now.
func (s *server) between(what string, end time.Time, seconds int64, before time.Time) {
	s.t.Helper()
	now := s.clock.Now()
	most, least := verification.SecondsUntil(end, before), verification.SecondsUntil(end, now)
	if seconds < least || seconds > most || most == 0 {
		s.t.Errorf("%s ends in %d s, not in %d to %d", what, seconds, least, most)
	}
}

// TestEveryEndHasItsSecondsBesideIt goes through all answers that name an end.
func TestEveryEndHasItsSecondsBesideIt(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.givePortrait("吴敏")
	a := s.signUp("ends")
	open := func(v verification.View, before time.Time) {
		t.Helper()
		if v.ExpiresAt == nil || v.ExpiresIn == nil {
			t.Fatalf("%s has no end", v.Status)
		}
		s.between(string(v.Status), *v.ExpiresAt, *v.ExpiresIn, before)
	}

	before := s.clock.Now()
	v, err := a.Begin(t.Context(), byMobile(s.person("吴敏")))
	v = mustView(t, v, err, verification.CodeRequired, "")
	open(v, before)
	before = s.clock.Now()
	v, err = a.SendCode(t.Context(), v.ID)
	v = mustView(t, v, err, verification.CodeRequired, "")
	s.between("the code", v.Code.ExpiresAt, v.Code.ExpiresIn, before)
	s.between("the wait for another", v.Code.ResendAt, v.Code.ResendIn, before)
	s.clock.Advance(10 * time.Second)
	before = s.clock.Now()
	v, err = a.View(t.Context(), v.ID)
	v = mustView(t, v, err, verification.CodeRequired, "")
	open(v, before)
	s.between("the code", v.Code.ExpiresAt, v.Code.ExpiresIn, before)
	s.between("the wait for another", v.Code.ResendAt, v.Code.ResendIn, before)

	v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: lastCode(t, s.client, s.person("吴敏").Mobile)})
	v = mustView(t, v, err, verification.FaceRequired, verification.Risk)
	before = s.clock.Now()
	h, err := a.Handoff(t.Context(), v.ID, api.NewHandoff{})
	if err != nil {
		t.Fatal(err)
	}
	s.between("the ticket", h.ExpiresAt, h.ExpiresIn, before)
	s.between("the typed code", h.TypedCodeExpiresAt, h.TypedCodeExpiresIn, before)

	p := s.consented(a, v.ID)
	before = s.clock.Now()
	ch, err := p.Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 10})
	if err != nil {
		t.Fatal(err)
	}
	s.between("the challenge", ch.ExpiresAt, ch.ExpiresIn, before)
	phone, err := p.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	open(phone.View, before)

	if err := a.Cancel(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	v, err = a.View(t.Context(), v.ID)
	if v = mustView(t, v, err, verification.Cancelled, ""); v.ExpiresAt != nil || v.ExpiresIn != nil {
		t.Errorf("a final view has an end: %v, %v", v.ExpiresAt, v.ExpiresIn)
	}
}
