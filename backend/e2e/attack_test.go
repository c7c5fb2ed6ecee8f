package e2e_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// scene is a case by face whose QR code is shown.
type scene struct {
	*server
	account *client.Account
	id      verification.ID
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := start(t, sandboxConfig(t))
	s.givePortrait("郑强")
	a := s.signIn("zhengqiang")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	mustView(t, v, err, verification.FaceRequired, "")
	return &scene{server: s, account: a, id: v.ID}
}

func (s *scene) handoff() api.Handoff {
	s.t.Helper()
	h, err := s.account.Handoff(s.t.Context(), s.id, api.NewHandoff{})
	if err != nil {
		s.t.Fatalf("hand-off: %v", err)
	}
	return h
}

func (s *scene) view() verification.View {
	s.t.Helper()
	v, err := s.account.View(s.t.Context(), s.id)
	if err != nil {
		s.t.Fatalf("view: %v", err)
	}
	return v
}

func (s *scene) mustClaim() *phone {
	s.t.Helper()
	p, err := s.claim(s.handoff())
	if err != nil {
		s.t.Fatalf("claim: %v", err)
	}
	return p
}

// wrongNumber is one that the PC does not show.
func (s *scene) wrongNumber() string {
	if s.view().Handoff.Number == "10" {
		return "11"
	}
	return "10"
}

func TestAttackRelayedQR(t *testing.T) {
	t.Run("a phone that is signed in to another account is refused, and the case's record says so", func(t *testing.T) {
		s := newScene(t)
		d, _ := device(t)
		h := s.handoff()
		_, err := s.client.Claim(t.Context(), client.AccountToken(s.session("demo")), api.Claim{Ticket: ticketOf(t, h), Device: d})
		mustProblem(t, err, problem.Forbidden)
		mustView(t, s.view(), nil, verification.FaceRequired, "")
		records, err := s.account.Records(t.Context())
		if err != nil || !slices.ContainsFunc(records.Events, func(r api.Record) bool { return r.Event == "claim_forbidden" }) {
			t.Errorf("the records are %+v, %v", records.Events, err)
		}
		if _, err := s.claim(h); err != nil {
			t.Errorf("the right phone after it: %v", err)
		}
	})
	t.Run("the number stands in nothing that the phone gets", func(t *testing.T) {
		s := newScene(t)
		p := s.mustClaim()
		seen, err := p.Get(t.Context())
		if err != nil || seen.Handoff == nil || seen.Handoff.Number != "" {
			t.Errorf("the phone sees %+v, %v", seen.Handoff, err)
		}
		if s.view().Handoff.Number == "" {
			t.Error("the PC does not show the number")
		}
	})
	t.Run("a wrong number ends the hand-off, a second goes to review", func(t *testing.T) {
		s := newScene(t)
		for _, want := range []verification.Status{verification.FaceRequired, verification.InReview} {
			p := s.mustClaim()
			_, err := p.Confirm(t.Context(), s.wrongNumber())
			if err != nil {
				t.Fatal(err)
			}
			mustView(t, s.view(), nil, want, verification.NumberMismatch)
			_, err = p.Get(t.Context())
			mustProblem(t, err, problem.Unauthorized)
		}
	})
	t.Run("blanks are no number, and no wrong one", func(t *testing.T) {
		s := newScene(t)
		p := s.mustClaim()
		for _, blank := range []string{"", " ", "　", "\u00a0", "\u2003\v"} {
			_, err := p.Confirm(t.Context(), blank)
			mustProblem(t, err, problem.RequestInvalid)
		}
		if _, err := p.Confirm(t.Context(), s.view().Handoff.Number); err != nil {
			t.Errorf("the right one after them: %v", err)
		}
	})
	t.Run("no challenge and no evidence before number and consent", func(t *testing.T) {
		s := newScene(t)
		p := s.mustClaim()
		_, err := p.Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
		mustProblem(t, err, problem.ConsentRequired)
		_, err = p.Consent(t.Context(), api.Consent{Version: "face-2"})
		mustProblem(t, err, problem.Conflict) // the number comes first
		manifest, frames := capture(t, p, api.Challenge{})
		_, err = p.Evidence(t.Context(), manifest, frames, nil)
		mustProblem(t, err, problem.ConsentRequired)
		mustView(t, s.view(), nil, verification.Confirming, "")
	})
}

func TestAttackOldTickets(t *testing.T) {
	s := newScene(t)
	first := s.handoff()
	s.clock.Advance(20 * time.Second)
	second := s.handoff()
	if first.TypedCode != second.TypedCode {
		t.Error("the typed code changed before its end")
	}
	s.clock.Advance(31 * time.Second)
	_, err := s.claim(first) // its grace of 30 s is over
	mustProblem(t, err, problem.TicketExpired)
	s.clock.Advance(30 * time.Second)
	_, err = s.claim(second) // its 60 s are over
	mustProblem(t, err, problem.TicketExpired)
	if status, _ := (raw{server: s.server}).do("GET", "/Q/"+ticketOf(t, second), ""); status != problem.TicketExpired.Status() {
		t.Errorf("the page of an old code answers %d", status)
	}
	third := s.handoff()
	if _, err := s.claim(third); err != nil {
		t.Fatal(err)
	}
	_, err = s.claim(third)
	mustProblem(t, err, problem.TicketUsed)
	d, _ := device(t)
	_, err = s.client.Claim(t.Context(), "", api.Claim{TypedCode: third.TypedCode, Device: d})
	mustProblem(t, err, problem.TicketUsed)
}

func TestAttackRevokedPhone(t *testing.T) {
	s := newScene(t)
	p := s.consented(s.account, s.id)
	ch, err := p.Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.account.Handoff(t.Context(), s.id, api.NewHandoff{})
	mustProblem(t, err, problem.Conflict)
	if _, err := s.account.Handoff(t.Context(), s.id, api.NewHandoff{Replace: true}); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(3 * time.Second)
	manifest, frames := capture(t, p, ch)
	_, err = p.Evidence(t.Context(), manifest, frames, nil)
	mustProblem(t, err, problem.Unauthorized)
	mustView(t, s.view(), nil, verification.FaceRequired, "")
	if s.judge.judged != 0 {
		t.Error("the evidence was judged")
	}
}

func TestAttackEvidence(t *testing.T) {
	for _, attack := range []struct {
		what  string
		spoil func(s *scene, p *phone, ch *api.Challenge, m *handoff.Manifest, frames *[][]byte) (resign bool)
		cause string
	}{
		{"re-signed by another key", func(s *scene, p *phone, _ *api.Challenge, _ *handoff.Manifest, _ *[][]byte) bool {
			_, p.key = device(s.t)
			return true
		}, "signature"},
		{"reordered frames", func(_ *scene, _ *phone, _ *api.Challenge, _ *handoff.Manifest, frames *[][]byte) bool {
			(*frames)[3], (*frames)[4] = (*frames)[4], (*frames)[3]
			return false
		}, "frame_hash"},
		{"duplicated frames", func(_ *scene, _ *phone, _ *api.Challenge, m *handoff.Manifest, frames *[][]byte) bool {
			(*frames)[4], m.Frames[4].SHA256 = (*frames)[3], m.Frames[3].SHA256
			return true
		}, "frame_duplicated"},
		{"a frame of nothing", func(_ *scene, _ *phone, _ *api.Challenge, m *handoff.Manifest, frames *[][]byte) bool {
			(*frames)[4], m.Frames[4].SHA256 = nil, handoff.HashFrame(nil)
			return true
		}, "frame_empty"},
		{"an extra frame", func(_ *scene, _ *phone, _ *api.Challenge, _ *handoff.Manifest, frames *[][]byte) bool {
			*frames = append(*frames, []byte("one more"))
			return false
		}, "frame_missing"},
		{"times that go back", func(_ *scene, _ *phone, _ *api.Challenge, m *handoff.Manifest, _ *[][]byte) bool {
			m.Frames[5].Millis = m.Frames[3].Millis
			return true
		}, "frame_order"},
		{"a burst that is too fast", func(_ *scene, _ *phone, _ *api.Challenge, m *handoff.Manifest, _ *[][]byte) bool {
			for i := range m.Frames {
				m.Frames[i].Millis = int64(i) * 20
			}
			return true
		}, "too_fast"},
		{"longer than since the challenge", func(_ *scene, _ *phone, _ *api.Challenge, m *handoff.Manifest, _ *[][]byte) bool {
			for i := range m.Frames {
				m.Frames[i].Millis = int64(i) * 1500
			}
			return true
		}, "frame_times"},
		{"another challenge's nonce", func(_ *scene, _ *phone, _ *api.Challenge, m *handoff.Manifest, _ *[][]byte) bool {
			m.Nonce = base64.StdEncoding.EncodeToString(make([]byte, 16))
			return true
		}, "challenge"},
		{"an old burst, replayed", func(s *scene, p *phone, ch *api.Challenge, _ *handoff.Manifest, _ *[][]byte) bool {
			if _, err := p.Challenge(s.t.Context(), api.ChallengeRequest{FramesPerSecond: 30}); err != nil { // the one before is void
				s.t.Fatal(err)
			}
			return true
		}, "challenge"},
	} {
		t.Run(attack.what, func(t *testing.T) {
			s := newScene(t)
			p := s.consented(s.account, s.id)
			ch, err := p.Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
			if err != nil {
				t.Fatal(err)
			}
			s.clock.Advance(3 * time.Second)
			manifest, frames := capture(t, p, ch)
			m, err := handoff.Open(publicOf(p.key), manifest)
			if err != nil {
				t.Fatal(err)
			}
			if attack.spoil(s, p, &ch, &m, &frames) {
				if manifest, err = handoff.Sign(p.key, m); err != nil {
					t.Fatal(err)
				}
			}
			_, err = p.Evidence(t.Context(), manifest, frames, nil)
			refused := mustProblem(t, err, problem.EvidenceInvalid)
			if len(refused.Errors) != 1 || refused.Errors[0].Cause != attack.cause {
				t.Errorf("the cause is %+v, want %s", refused.Errors, attack.cause)
			}
			v := s.view()
			mustView(t, v, nil, verification.Capturing, "")
			if v.AttemptsLeft != 5 || s.judge.judged != 0 {
				t.Errorf("%d attempts are left, %d were judged", v.AttemptsLeft, s.judge.judged)
			}
		})
	}
}

func TestAttackEvidenceAfterItsTime(t *testing.T) {
	s := newScene(t)
	p := s.consented(s.account, s.id)
	ch, err := p.Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
	if err != nil {
		t.Fatal(err)
	}
	manifest, frames := capture(t, p, ch)
	s.clock.Advance(s.cfg.Verify.CapturingLife + time.Second)
	_, err = p.Evidence(t.Context(), manifest, frames, nil)
	var refused *problem.Problem
	if !errors.As(err, &refused) || refused.Code != problem.Unauthorized && refused.Code != problem.Conflict {
		t.Errorf("got %v", err)
	}
	mustView(t, s.view(), nil, verification.FaceRequired, verification.TooSlow)
}

func TestPersonWhoDeclinesTheFaceIsReviewed(t *testing.T) {
	s := newScene(t)
	for _, want := range []verification.Status{verification.FaceRequired, verification.InReview} {
		p := s.mustClaim()
		if _, err := p.Decline(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustView(t, s.view(), nil, want, verification.Declined)
	}
	s.clock.Advance(s.cfg.Verify.ReviewLife + time.Second)
	mustView(t, s.view(), nil, verification.Expired, "")
}
