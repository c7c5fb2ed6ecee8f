package e2e_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// beginFace begins by face, or fails the test.
func (s *server) beginFace(a *client.Account, p api.Person) verification.ID {
	s.t.Helper()
	v, err := a.Begin(s.t.Context(), byFace(p))
	mustView(s.t, v, err, verification.FaceRequired, "")
	return v.ID
}

// asked is what a phone is asked to do.
func (s *server) asked(p *phone) []verification.Action {
	s.t.Helper()
	ch, err := p.Challenge(s.t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
	if err != nil {
		s.t.Fatalf("challenge: %v", err)
	}
	return ch.Actions
}

// TestAttackDrawingUntilARecordingSuits is threat 24 over HTTP: no call draws
// other actions before an attempt was judged.
func TestAttackDrawingUntilARecordingSuits(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		s.givePortrait("郑强")
		a, other, p := s.signUp("attacker"), s.signUp("accomplice"), s.person("郑强")
		id := s.beginFace(a, p)
		held := s.consented(a, id)
		want := s.asked(held)
		same := func(when string, got []verification.Action) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v after %v", when, got, want)
			}
		}
		for range 3 {
			_, err := held.Evidence(t.Context(), []byte("no manifest"), [][]byte{{1}}, nil)
			mustProblem(t, err, problem.EvidenceInvalid)
			same("after a manifest that cannot be read", s.asked(held))
		}
		if _, err := a.Handoff(t.Context(), id, api.NewHandoff{Replace: true}); err != nil {
			t.Fatal(err)
		}
		same("after the phone was replaced", s.asked(s.consented(a, id)))
		for range 3 {
			if err := a.Cancel(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			id = s.beginFace(a, p)
			same("after cancel and begin", s.asked(s.consented(a, id)))
		}
		same("by another account", s.asked(s.consented(other, s.beginFace(other, p))))
		s.restart()
		s.clock.Advance(time.Hour) // both expire
		a = s.signIn("attacker")
		same("after expiry and a restart", s.asked(s.consented(a, s.beginFace(a, p))))
	})
}

// TestAttackAttemptsRenewedByCancelling is threat 25 over HTTP.
func TestAttackAttemptsRenewedByCancelling(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		s.givePortrait("郑强")
		s.judge.set(nil, nil, verification.FaceMismatch)
		a, p := s.signUp("attacker"), s.person("郑强")
		failed := 0
		var refused error
		for range 4 {
			v, err := a.Begin(t.Context(), byFace(p))
			if refused = err; err != nil {
				break
			}
			for range 4 {
				if v.Status != verification.FaceRequired {
					break
				}
				if _, err := s.scan(s.consented(a, v.ID)); err != nil {
					t.Fatal(err)
				}
				v = await(t, a, v.ID, verification.Judging)
				failed++
			}
			if err := a.Cancel(t.Context(), v.ID); err != nil && !errors.As(err, new(*problem.Problem)) {
				t.Fatal(err)
			}
		}
		told := mustProblem(t, refused, problem.TooManyAttempts)
		if failed != s.cfg.Verify.FaceAttempts || told.RetryAfter <= 23*time.Hour || told.RetryAfter > 24*time.Hour {
			t.Errorf("%d captures failed, then %v until the next", failed, told.RetryAfter)
		}
		_, err := s.signUp("accomplice").Begin(t.Context(), byFace(p))
		mustProblem(t, err, problem.TooManyAttempts)
	})
}

// TestAttackSameFramesInASecondCase is threat 31 over HTTP: the frames are signed
// anew, by another phone, for another person's case.
func TestAttackSameFramesInASecondCase(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		s.givePortrait("郑强")
		s.givePortrait("吴敏")
		a := s.signUp("first")
		first := s.consented(a, s.beginFace(a, s.person("郑强")))
		ch, err := first.Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
		if err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(3 * time.Second)
		manifest, frames := capture(t, first, ch)
		if _, err := first.Evidence(t.Context(), manifest, frames, nil); err != nil {
			t.Fatal(err)
		}
		other := s.signUp("second")
		second := s.consented(other, s.beginFace(other, s.person("吴敏")))
		if ch, err = second.Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 30}); err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(3 * time.Second)
		_, err = second.Evidence(t.Context(), signed(t, second, ch, frames), frames, nil)
		if refused := mustProblem(t, err, problem.EvidenceInvalid); refused.Errors[0].Cause != "frame_seen" {
			t.Errorf("refused for %+v", refused.Errors)
		}
		records, err := a.Records(t.Context())
		if err != nil || !slices.ContainsFunc(records.Stored, func(d api.StoredDatum) bool { return d.Kind == "frames" && d.Until != nil }) {
			t.Errorf("the ledger does not tell of the frames: %+v, %v", records.Stored, err)
		}
	})
}

// The person reads that an operator decided, never who it was.
func TestThePersonReadsOperatorAndNotTheReviewersName(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a := s.signUp("reviewed")
	id := s.beginFace(a, s.person("郑强"))
	if _, err := a.Review(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.app.Verify.Decide(t.Context(), "Chen Reviewer", id, false, "does not look alike"); err != nil {
		t.Fatal(err)
	}
	records, err := a.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parties := map[string]string{}
	for _, e := range records.Events {
		parties[e.Event] = e.Party
	}
	if parties["reviewed"] != "operator" {
		t.Errorf("the person reads %q", parties["reviewed"])
	}
}
