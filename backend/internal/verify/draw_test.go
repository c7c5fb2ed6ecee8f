package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

var wang = verify.Request{
	Method: verification.Mobile, CertificateType: "cn_id", Name: "王芳",
	Number: "110100198512240225", Mobile: "13800000002",
}

// phoneOf brings a new case of an account by face to capturing.
func (w *world) phoneOf(account string, r verify.Request) (verification.ID, string) {
	w.Helper()
	id := w.begin(account, byFace(r)).ID
	return id, w.consentedBy(account, id)
}

// consentedBy goes from face_required to capturing for an account.
func (w *world) consentedBy(account string, id verification.ID) string {
	w.Helper()
	h, err := w.Handoff(w.Context(), caller(account), id, false)
	if err != nil {
		w.Fatalf("hand-off: %v", err)
	}
	c, err := w.claim(verify.ClaimRequest{Ticket: h.Ticket})
	if err != nil {
		w.Fatalf("claim: %v", err)
	}
	if _, err := w.Confirm(w.Context(), c.Token, w.look(account, id).Handoff.Number); err != nil {
		w.Fatalf("confirm: %v", err)
	}
	if _, err := w.Consent(w.Context(), c.Token, verify.Consent{Version: "face-9"}); err != nil {
		w.Fatalf("consent: %v", err)
	}
	return c.Token
}

func (w *world) actions(token string, rate float64) []verification.Action {
	w.Helper()
	ch, err := w.Challenge(w.Context(), token, rate, false)
	if err != nil {
		w.Fatalf("challenge: %v", err)
	}
	return ch.Actions
}

func (w *world) cancel(account string, id verification.ID) {
	w.Helper()
	if _, err := w.Cancel(w.Context(), caller(account), id); err != nil {
		w.Fatalf("cancel: %v", err)
	}
}

// TestActionsAreDrawnOnceAnAttempt is threat 24: a recording that answers some
// actions is no use, since no call draws others.
func TestActionsAreDrawnOnceAnAttempt(t *testing.T) {
	for name, again := range map[string]func(w *world, id verification.ID, token string) string{
		"asked again": func(_ *world, _ verification.ID, token string) string { return token },
		"refused for its manifest": func(w *world, _ verification.ID, token string) string {
			if _, err := w.Evidence(w.Context(), token, []byte("no manifest"), nil, w.filmed(nil)); err == nil {
				w.Fatal("accepted")
			}
			return token
		},
		"refused for its quality": func(w *world, _ verification.ID, token string) string {
			w.inspect = verify.ErrFaceNotFound
			if _, err := w.upload(token, w.record(token)); err == nil {
				w.Fatal("accepted")
			}
			w.inspect = nil
			return token
		},
		"the engine is away": func(w *world, _ verification.ID, token string) string {
			w.engine = verify.ErrProviderUnavailable
			w.judge(token)
			w.engine = nil
			return token
		},
		"the phone is replaced": func(w *world, id verification.ID, _ string) string {
			if _, err := w.Handoff(w.Context(), caller("demo"), id, true); err != nil {
				w.Fatal(err)
			}
			return w.consentedBy("demo", id)
		},
		"the phone is too slow": func(w *world, id verification.ID, _ string) string {
			w.pass(5 * time.Minute)
			return w.consentedBy("demo", id)
		},
		"cancelled and begun anew": func(w *world, id verification.ID, _ string) string {
			w.cancel("demo", id)
			_, token := w.phoneOf("demo", zhang)
			return token
		},
		"expired and begun anew": func(w *world, _ verification.ID, _ string) string {
			w.pass(time.Hour)
			_, token := w.phoneOf("demo", zhang)
			return token
		},
		"cancelled and begun with another ID": func(w *world, id verification.ID, _ string) string {
			w.cancel("demo", id)
			_, token := w.phoneOf("demo", wang)
			return token
		},
		"cancelled in review": func(w *world, id verification.ID, _ string) string {
			if _, err := w.AskReview(w.Context(), caller("demo"), id); err != nil {
				w.Fatal(err)
			}
			w.pass(20 * time.Hour)
			w.cancel("demo", id)
			w.pass(20 * time.Hour)
			_, token := w.phoneOf("demo", zhang)
			return token
		},
		"erased": func(w *world, _ verification.ID, _ string) string {
			if err := w.Erase(w.Context(), caller("demo")); err != nil {
				w.Fatal(err)
			}
			_, token := w.phoneOf("demo", zhang)
			return token
		},
		"another account with the same ID": func(w *world, id verification.ID, _ string) string {
			w.cancel("demo", id)
			_, token := w.phoneOf("other", zhang)
			return token
		},
		"another account beside it": func(w *world, _ verification.ID, _ string) string {
			_, token := w.phoneOf("other", zhang)
			return token
		},
		"another account with a draw of its own": func(w *world, _ verification.ID, _ string) string {
			id, token := w.phoneOf("other", wang)
			_ = w.actions(token, 30)
			w.cancel("other", id)
			_, token = w.phoneOf("other", zhang)
			return token
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, rate := range []float64{30, 10} { // one of 96 draws is as the one before by chance, hardly one of both
				w := newWorld(t)
				id, token := w.phoneOf("demo", zhang)
				want := w.actions(token, 30)
				if got := w.actions(again(w, id, token), rate); !slices.Equal(got, want) {
					t.Fatalf("drew %v after %v", got, want)
				}
			}
		})
	}
}

func TestActionsOfAJudgedAttemptAreDrawnAnewAndOthersWaitADay(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.LivenessFailed
	waiting := func() []verification.Action {
		got, err := w.store.Waiting(t.Context(), "demo", zhang.Number, w.clock().Add(-verify.WaitingLife))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	id, token := w.phoneOf("demo", zhang)
	w.judge(token)
	if got := waiting(); got != nil {
		t.Errorf("judged actions wait: %v", got)
	}
	want := w.actions(w.consentedBy("demo", id), 30)
	w.cancel("demo", id)
	w.pass(verify.WaitingLife - time.Second)
	if got := waiting(); !slices.Equal(got, want) {
		t.Errorf("%v wait, want %v", got, want)
	}
	w.pass(time.Second)
	if got := waiting(); got != nil {
		t.Errorf("after a day %v wait", got)
	}
}

// sameFrames signs the frames of one capture for another challenge.
func (w *world) sameFrames(token string, old *burst) *burst {
	w.Helper()
	b := w.record(token)
	b.frames = old.frames
	for i, f := range old.frames {
		b.manifest.Frames[i].SHA256 = handoff.HashFrame(f)
	}
	return b
}

// TestFrameThatComesAgainIsRefused is threat 31: signed anew, in another case,
// of another account, with one frame among fresh ones.
func TestFrameThatComesAgainIsRefused(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.LivenessFailed
	id, token := w.phoneOf("demo", zhang)
	old := w.record(token)
	if _, err := w.upload(token, old); err != nil {
		t.Fatal(err)
	}
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	token = w.consentedBy("demo", id)
	_, err := w.upload(token, w.sameFrames(token, old))
	w.refuses(err, "frame_seen")
	w.want(w.look("demo", id), verification.Capturing, "")
	_, other := w.phoneOf("other", wang)
	one := w.record(other)
	one.frames[7], one.manifest.Frames[7].SHA256 = old.frames[3], old.manifest.Frames[3].SHA256
	_, err = w.upload(other, one)
	w.refuses(err, "frame_seen")
	if n := w.audited("other", verify.EventEvidenceBad, "frame_seen"); n != 1 {
		t.Errorf("%d entries tell it", n)
	}
	if _, err := w.upload(other, w.record(other)); err != nil {
		t.Errorf("fresh frames: %v", err)
	}
	ledger, err := w.Ledger(t.Context(), "demo")
	if err != nil || ledger.Frames.Frames != len(old.frames) {
		t.Errorf("the ledger tells of %+v, %v", ledger.Frames, err)
	}
}

func TestFramesAreForgottenAfterTheirLifeAndWithAnErasure(t *testing.T) {
	for name, forget := range map[string]func(*world) error{
		"after their life": func(w *world) error {
			w.pass(verify.FrameLife + time.Hour)
			return w.Sweep(w.Context())
		},
		"with an erasure": func(w *world) error { return w.Erase(w.Context(), caller("demo")) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.prints = true
			w.judged.Failed = verification.LivenessFailed
			_, token := w.phoneOf("demo", zhang)
			old := w.record(token)
			if _, err := w.upload(token, old); err != nil {
				t.Fatal(err)
			}
			if err := w.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := forget(w); err != nil {
				t.Fatal(err)
			}
			prints, err := w.store.Prints(t.Context(), "demo", zhang.Number)
			seen, seenErr := w.store.FramesSeen(t.Context(), []string{old.manifest.Frames[0].SHA256})
			if err != nil || seenErr != nil || seen || len(prints) != 0 {
				t.Errorf("remembered: %v, %d prints, %v, %v", seen, len(prints), err, seenErr)
			}
		})
	}
}

// TestMostOfACaptureTellsThatItWasSeen: prints that are near count for the same
// ID or account, and only where most of the capture has them.
func TestMostOfACaptureTellsThatItWasSeen(t *testing.T) {
	w := newWorld(t)
	w.prints = true
	w.judged.Failed = verification.LivenessFailed
	looks := func(token string, look func(i int) byte) *burst {
		b := w.record(token)
		for i := range b.frames {
			b.frames[i] = append([]byte{look(i)}, b.frames[i]...)
			b.manifest.Frames[i].SHA256 = handoff.HashFrame(b.frames[i])
		}
		return b
	}
	id, token := w.phoneOf("demo", zhang)
	if _, err := w.upload(token, looks(token, func(int) byte { return 0xff })); err != nil {
		t.Fatal(err)
	}
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.cancel("demo", id)
	_, other := w.phoneOf("other", zhang)
	_, err := w.upload(other, looks(other, func(int) byte { return 0xff }))
	w.refuses(err, "frame_seen")
	_, err = w.upload(other, looks(other, func(i int) byte { // a quarter is new
		if i%4 == 0 {
			return 0x00
		}
		return 0xff
	}))
	w.refuses(err, "frame_seen")
	_, stranger := w.phoneOf("stranger", wang)
	if _, err := w.upload(stranger, looks(stranger, func(int) byte { return 0xff })); err != nil {
		t.Errorf("another person before a wall of that colour: %v", err)
	}
	if _, err = w.upload(other, looks(other, func(i int) byte { // half is new: the same chair
		return byte(i % 2 * 0xff)
	})); err != nil {
		t.Errorf("a true second try: %v", err)
	}
}

// audited counts an account's entries of an event whose detail holds a text.
func (w *world) audited(account string, e verify.Event, detail string) int {
	w.Helper()
	entries, err := w.store.Entries(w.Context(), account)
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, entry := range entries {
		if entry.Event == e && strings.Contains(entry.Detail, detail) {
			n++
		}
	}
	return n
}

func TestFourthRefusedUploadCountsAsAnAttempt(t *testing.T) {
	w := newWorld(t)
	id, token := w.phoneOf("demo", zhang)
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	for i, left := range []int{5, 5, 5, 4, 3, 2, 1, 0} {
		b := w.record(token)
		b.key = stranger
		_, err := w.upload(token, b)
		w.refuses(err, "signature")
		v := w.look("demo", id)
		if v.AttemptsLeft != left {
			t.Fatalf("%d attempts left after %d refused uploads, want %d", v.AttemptsLeft, i+1, left)
		}
	}
	v := w.look("demo", id)
	w.want(v, verification.Rejected, verification.TooManyAttempts)
	if !v.Reviewable || v.RetryAt == nil || !v.RetryAt.Equal(w.clock().Add(24*time.Hour-20*time.Second)) || *v.RetryIn != 86380 {
		t.Errorf("reviewable %v, again at %v, in %v s", v.Reviewable, v.RetryAt, v.RetryIn)
	}
	if n := w.audited("demo", verify.EventEvidenceBad, "signature"); n != 8 {
		t.Errorf("%d refusals are audited", n)
	}
	if n := w.audited("demo", verify.EventChallenged, "drawn: ") + w.audited("demo", verify.EventChallenged, "kept: "); n != 8 {
		t.Errorf("%d draws are audited", n)
	}
	if n := w.audited("demo", verify.EventChallenged, "drawn: "); n != 1 {
		t.Errorf("%d were fresh", n)
	}
}
