package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

func TestGoodEvidenceVerifies(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	w.judge(token)
	w.want(w.look("demo", id), verification.Verified, "")
	v, err := w.Phone(t.Context(), token)
	if err != nil {
		t.Fatalf("the phone cannot read the result: %v", err)
	}
	w.want(v.View, verification.Verified, "")
}

// TestSpoiltEvidenceIsRefused is the table of docs/threats.md, 2: each costs no
// attempt, leaves the case capturing, and voids the challenge.
func TestSpoiltEvidenceIsRefused(t *testing.T) {
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	for cause, spoil := range map[string]func(*burst){
		"signature": func(b *burst) { b.key = stranger }, // re-signed by another device
		"challenge": func(b *burst) { b.manifest.Nonce = "another" },
		"frame_hash": func(b *burst) { // reordered frames under the old manifest
			b.frames[3], b.frames[4] = b.frames[4], b.frames[3]
		},
		"frame_order": func(b *burst) { // reordered times, signed
			b.manifest.Frames[3].Millis, b.manifest.Frames[4].Millis = b.manifest.Frames[4].Millis, b.manifest.Frames[3].Millis
		},
		"frame_duplicated": func(b *burst) {
			b.frames[5], b.manifest.Frames[5].SHA256 = b.frames[4], b.manifest.Frames[4].SHA256
		},
		"frame_missing": func(b *burst) { b.frames = b.frames[1:] },
		"frame_empty": func(b *burst) {
			b.frames[0], b.manifest.Frames[0].SHA256 = nil, handoff.HashFrame(nil)
		},
		"frame_count": func(b *burst) { b.frames, b.manifest.Frames = b.frames[:23], b.manifest.Frames[:23] },
		"too_fast": func(b *burst) {
			for i := range b.manifest.Frames {
				b.manifest.Frames[i].Millis = int64(i) * 20
			}
		},
		"frame_times": func(b *burst) { // recorded before it was asked for
			for i := range b.manifest.Frames {
				b.manifest.Frames[i].Millis = int64(i) * 400
			}
		},
	} {
		t.Run(cause, func(t *testing.T) {
			w := newWorld(t)
			id, token := w.capturing()
			b := w.record(token)
			spoil(b)
			_, err := w.upload(token, b)
			w.refuses(err, cause)
			v := w.look("demo", id)
			w.want(v, verification.Capturing, "")
			if v.AttemptsLeft != 5 || v.Handoff.ActionsTotal != 0 {
				t.Errorf("attempts %d, challenge of %d actions still open", v.AttemptsLeft, v.Handoff.ActionsTotal)
			}
			w.judge(token)
			w.want(w.look("demo", id), verification.Verified, "")
		})
	}
}

func TestReplayedEvidenceIsRefused(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.LivenessFailed
	id, token := w.capturing()
	b := w.record(token)
	if _, err := w.upload(token, b); err != nil {
		t.Fatal(err)
	}
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := w.upload(token, b)
	w.conflicts(err)
	again := w.consented(id)
	_, err = w.upload(again, b)
	w.refuses(err, "challenge_used")
	if _, err := w.Challenge(t.Context(), again, 30, false); err != nil {
		t.Fatal(err)
	}
	_, err = w.upload(again, b)
	w.refuses(err, "challenge")
}

func TestEvidenceFromARevokedPhoneOrAfterTheEndIsRefused(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	b := w.record(token)
	if _, err := w.Handoff(t.Context(), caller("demo"), id, true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.upload(token, b); !errors.Is(err, verify.ErrUnauthorized) {
		t.Errorf("a revoked phone: %v", err)
	}
	token = w.consented(id)
	b = w.record(token)
	w.pass(5 * time.Minute)
	if _, err := w.upload(token, b); !errors.Is(err, verify.ErrUnauthorized) {
		t.Errorf("after the end: %v", err)
	}
	w.want(w.look("demo", id), verification.FaceRequired, verification.TooSlow)
}

func TestQualityCostsNoAttempt(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	for _, cause := range []error{verify.ErrFaceNotFound, &verify.QualityError{Hint: verify.HintCloser}} {
		w.inspect = cause
		if _, err := w.upload(token, w.record(token)); !errors.Is(err, cause) {
			t.Errorf("got %v, want %v", err, cause)
		}
		v := w.look("demo", id)
		w.want(v, verification.Capturing, "")
		if v.AttemptsLeft != 5 {
			t.Errorf("%d attempts left", v.AttemptsLeft)
		}
	}
}

func TestBusyEngineKeepsTheChallenge(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	b := w.record(token)
	w.inspect = &verify.BusyError{RetryAfter: time.Second}
	if _, err := w.upload(token, b); !errors.As(err, new(*verify.BusyError)) {
		t.Fatalf("got %v", err)
	}
	w.inspect = nil
	if _, err := w.upload(token, b); err != nil {
		t.Fatalf("the same evidence again: %v", err)
	}
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.want(w.look("demo", id), verification.Verified, "")
}

func TestEngineThatFailsInJudgingCountsNothing(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	w.engine = verify.ErrProviderUnavailable
	w.judge(token)
	v := w.look("demo", id)
	w.want(v, verification.Capturing, "")
	if v.AttemptsLeft != 5 {
		t.Errorf("%d attempts left", v.AttemptsLeft)
	}
	w.engine = nil
	w.judge(token)
	w.want(w.look("demo", id), verification.Verified, "")
}

func TestFiveFailedFacesRejectAndReviewOpensANewCase(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.FaceMismatch
	id := w.atRisk()
	for left := 4; left >= 0; left-- {
		w.judge(w.consented(id))
		v := w.look("demo", id)
		if v.AttemptsLeft != left {
			t.Fatalf("%d attempts left, want %d", v.AttemptsLeft, left)
		}
		if left > 0 {
			w.want(v, verification.FaceRequired, verification.FaceMismatch)
		}
	}
	w.want(w.look("demo", id), verification.Rejected, verification.FaceMismatch)
	v, err := w.AskReview(t.Context(), caller("demo"), id)
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.InReview, verification.FaceMismatch)
	if v.ID == id {
		t.Error("a final case came to life")
	}
}

func TestLateVerdictIsDropped(t *testing.T) {
	w := newWorld(t)
	w.judging = make(chan struct{})
	id, token := w.capturing()
	if _, err := w.upload(token, w.record(token)); err != nil {
		t.Fatal(err)
	}
	w.want(w.look("demo", id), verification.Judging, "")
	if _, err := w.Cancel(t.Context(), caller("demo"), id); err != nil {
		t.Fatal(err)
	}
	close(w.judging)
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.want(w.look("demo", id), verification.Cancelled, "")
	if _, err := w.store.Bound(t.Context(), "demo"); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("a cancelled case bound an identity: %v", err)
	}
}

func TestFaceCannotBindABoundID(t *testing.T) {
	w := newWorld(t)
	v := w.begin("other", zhang)
	if _, err := w.check("other", v.ID, w.send("other", v.ID)); err != nil {
		t.Fatal(err)
	}
	mine := w.begin("demo", byFace(zhang))
	w.judge(w.consented(mine.ID))
	w.want(w.look("demo", mine.ID), verification.Rejected, verification.IdentityAlreadyBound)
}

func TestServerThatDiesLosesAndCountsNothing(t *testing.T) {
	w := newWorld(t)
	w.judging = make(chan struct{})
	id, token := w.capturing()
	if _, err := w.upload(token, w.record(token)); err != nil {
		t.Fatal(err)
	}
	if err := w.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := w.look("demo", id)
	w.want(v, verification.Capturing, "")
	if v.AttemptsLeft != 5 {
		t.Errorf("%d attempts left", v.AttemptsLeft)
	}
	close(w.judging)
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.want(w.look("demo", id), verification.Capturing, "") // the dead server's verdict is nobody's
	w.judge(token)
	w.want(w.look("demo", id), verification.Verified, "")
}

func TestChallengeHasATurnAndBlinksOnlyForFastCameras(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.FaceAttempts = 1000 })
	w.judged.Failed = verification.LivenessFailed
	id := w.atRisk()
	drawn := map[string]bool{}
	for range 15 { // a judged attempt each
		token := w.consented(id)
		slow, err := w.Challenge(t.Context(), token, 10, false)
		if err != nil {
			t.Fatal(err)
		}
		if len(slow.Actions) != 3 || !slices.ContainsFunc(slow.Actions, verification.Action.Turn) || slices.Contains(slow.Actions, verification.Blink) {
			t.Fatalf("drew %v", slow.Actions)
		}
		drawn[string(slow.Actions[0])+string(slow.Actions[1])+string(slow.Actions[2])] = true
		w.judge(token)
	}
	if len(drawn) < 6 {
		t.Errorf("only %d different challenges in 15", len(drawn))
	}
}

func TestEachChallengeIsDrawnAsOftenAsAnother(t *testing.T) {
	w := newWorld(t)
	for rate, ways := range map[float64]int{10: 54, 30: 96} { // of 5 or 6 actions 3 in order, without those that have no turn
		drawn := map[[3]verification.Action]int{}
		for range 100 * ways {
			actions, err := verify.DrawActions(w.Service, rate)
			if err != nil {
				t.Fatal(err)
			}
			drawn[[3]verification.Action(actions)]++
		}
		if len(drawn) != ways {
			t.Errorf("%d different challenges at %.0f pictures a second, not %d", len(drawn), rate, ways)
		}
		for actions, times := range drawn {
			if !slices.ContainsFunc(actions[:], verification.Action.Turn) || rate < 15 && slices.Contains(actions[:], verification.Blink) {
				t.Errorf("drew %v at %.0f pictures a second", actions, rate)
			}
			if times < 35 || times > 165 { // 6.5 standard deviations
				t.Errorf("drew %v %d times in %d", actions, times, 100*ways)
			}
		}
	}
}

func TestPhoneCannotAskUntilAChallengeSuits(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.ChallengesPerCapture = 3 })
	_, token := w.capturing()
	first, err := w.Challenge(t.Context(), token, 30, false)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Challenge(t.Context(), token, 30, false)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first.Actions, again.Actions) || first.Nonce == again.Nonce {
		t.Error("asking again must keep the actions and change the nonce")
	}
	if _, err := w.Challenge(t.Context(), token, 30, false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Challenge(t.Context(), token, 30, false); !errors.As(err, new(*verify.LimitError)) {
		t.Errorf("a fourth: %v", err)
	}
}

func TestWeakChallengesAreTold(t *testing.T) {
	for name, change := range map[string]func(*verify.Config){
		"no turn":     func(c *verify.Config) { c.FaceActions = []verification.Action{"nod", "blink", "open_mouth"} },
		"two actions": func(c *verify.Config) { c.FaceActions = []verification.Action{"turn_left", "nod"} },
		"count":       func(c *verify.Config) { c.FaceActionCount = 2 },
	} {
		cfg := verify.DefaultConfig()
		if cfg.CheckChallenge() != nil {
			t.Fatal("the default is refused")
		}
		if change(&cfg); cfg.CheckChallenge() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
