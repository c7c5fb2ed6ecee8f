package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// refusedUntil fails the test unless err is the cap of a bucket with this end.
func (w *world) refusedUntil(err error, b verify.Bucket, end time.Time) {
	w.Helper()
	var limit *verify.LimitError
	if !errors.As(err, &limit) || limit.Bucket != b || !limit.RetryAt.Equal(end) {
		w.Fatalf("got %v until %v, want the limit of %s until %v", err, limit, b, end)
	}
}

// anotherPhone gives the person a phone with another key.
func (w *world) anotherPhone(seed byte) {
	w.phone = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// TestFaceAttemptsAreCountedOverCases is threat 25.
func TestFaceAttemptsAreCountedOverCases(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.FaceMismatch
	id, token := w.phoneOf("demo", zhang)
	first := w.clock()
	w.judge(token)
	first = first.Add(5 * time.Second)
	for range 3 {
		w.judge(w.consentedBy("demo", id))
	}
	w.cancel("demo", id)
	w.anotherPhone(8)
	v := w.begin("demo", byFace(zhang))
	if v.AttemptsLeft != 1 {
		t.Fatalf("a new case has %d attempts", v.AttemptsLeft)
	}
	w.judge(w.consentedBy("demo", v.ID))
	v = w.look("demo", v.ID)
	w.want(v, verification.Rejected, verification.FaceMismatch)
	if v.RetryAt == nil || !v.RetryAt.Equal(first.Add(24*time.Hour)) {
		t.Errorf("again at %v, want %v", v.RetryAt, first.Add(24*time.Hour))
	}
	for _, r := range []verify.Request{byFace(zhang), zhang, byFace(wang)} {
		_, err := w.Begin(t.Context(), caller("demo"), r)
		w.refusedUntil(err, verify.BucketFacesAccount, first.Add(24*time.Hour))
	}
	_, err := w.Begin(t.Context(), caller("other"), byFace(zhang))
	w.refusedUntil(err, verify.BucketFacesID, first.Add(24*time.Hour))
	w.pass(first.Add(24 * time.Hour).Sub(w.clock()))
	if v := w.begin("demo", byFace(zhang)); v.AttemptsLeft != 1 {
		t.Errorf("%d attempts when the oldest has ended", v.AttemptsLeft)
	}
}

// TestHolderOfAnIDGoesOnWhateverStrangersFailed is threat 32.
func TestHolderOfAnIDGoesOnWhateverStrangersFailed(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.SMSHourly, c.SMSDaily = 0, 0 })
	fail := func(account string, why, told verification.Reason) {
		w.answer = verify.CarrierAnswer{Mismatch: why}
		v := w.begin(account, zhang)
		v, err := w.check(account, v.ID, w.send(account, v.ID))
		if err != nil {
			t.Fatal(err)
		}
		w.want(v, verification.Rejected, told)
		w.pass(time.Minute)
	}
	for i := range 10 {
		fail("stranger"+string(rune('a'+i)), verification.NameMismatch, verification.NameMismatch)
	}
	// A broker learns nothing more of this ID: only yes or no.
	fail("broker", verification.NameMismatch, verification.TooManyAttempts)
	w.judged.Failed = verification.FaceMismatch
	id := w.begin("stranger", byFace(zhang)).ID
	for range 5 {
		w.judge(w.consentedBy("stranger", id))
	}
	w.answer, w.judged.Failed = verify.CarrierAnswer{}, ""
	v := w.begin("holder", zhang)
	v, err := w.check("holder", v.ID, w.send("holder", v.ID))
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.Verified, "")
}

func TestHolderAtRiskWhoseAttemptsStrangersSpentIsReviewed(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.FaceMismatch
	id := w.begin("stranger", byFace(zhang)).ID
	for range 5 {
		w.judge(w.consentedBy("stranger", id))
	}
	w.answer.HolderChanged = true
	v := w.begin("holder", zhang)
	v, err := w.check("holder", v.ID, w.send("holder", v.ID))
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.InReview, verification.Risk)
}

func TestStrangersFailedChecksLeaveTheFaceToTheHolder(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.FailsPerDay = 1 })
	w.answer.Mismatch = verification.MobileMismatch
	v := w.begin("stranger", zhang)
	if _, err := w.check("stranger", v.ID, w.send("stranger", v.ID)); err != nil {
		t.Fatal(err)
	}
	w.answer.Mismatch = ""
	id, token := w.phoneOf("holder", zhang)
	w.judge(token)
	w.want(w.look("holder", id), verification.Verified, "")
}

func TestSecondWrongNumbersAndDeclinesAreAttempts(t *testing.T) {
	for name, fail := range map[string]func(w *world, token string) error{
		"wrong numbers": func(w *world, token string) error {
			_, err := w.Confirm(w.Context(), token, "00")
			return err
		},
		"declines": func(w *world, token string) error {
			_, err := w.Decline(w.Context(), token)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for left := 5; left > 0; left-- {
				v := w.begin("demo", byFace(zhang))
				if v.AttemptsLeft != left {
					t.Fatalf("%d attempts left, want %d", v.AttemptsLeft, left)
				}
				for range 2 {
					if err := fail(w, w.claimed(v.ID)); err != nil {
						t.Fatal(err)
					}
				}
				v = w.look("demo", v.ID)
				if v.Status != verification.InReview || v.AttemptsLeft != left-1 {
					t.Fatalf("%s, %d attempts left", v.Status, v.AttemptsLeft)
				}
				w.cancel("demo", v.ID)
				w.anotherPhone(byte(20 + left))
				w.pass(time.Minute)
			}
			_, err := w.Begin(t.Context(), caller("demo"), byFace(zhang))
			w.refusedUntil(err, verify.BucketFacesAccount, w.clock().Add(24*time.Hour-5*time.Minute))
			_, err = w.Begin(t.Context(), caller("other"), byFace(zhang))
			w.refusedUntil(err, verify.BucketFacesID, w.clock().Add(24*time.Hour-5*time.Minute))
		})
	}
}

func TestPhoneThatSpentItsAttemptsClaimsNothing(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.FaceMismatch
	people := []verify.Request{zhang, wang}
	for i := range 5 {
		id, token := w.phoneOf("account"+string(rune('a'+i)), people[i%2])
		if v := w.look("account"+string(rune('a'+i)), id); v.AttemptsLeft != 5-i {
			t.Errorf("attempt %d: %d left on this phone", i, v.AttemptsLeft)
		}
		w.judge(token)
	}
	other := zhang
	other.Name, other.Number = "杨䮌", "110100197902180139"
	v := w.begin("demo", byFace(other))
	_, err := w.claim(verify.ClaimRequest{Ticket: w.ticket(v.ID).Ticket})
	w.refusedUntil(err, verify.BucketFacesPhone, w.clock().Add(24*time.Hour-20*time.Second))
	w.anotherPhone(8)
	if _, err := w.claim(verify.ClaimRequest{Ticket: w.ticket(v.ID).Ticket}); err != nil {
		t.Errorf("another phone: %v", err)
	}
}

// refuse is an operator's no.
func (w *world) refuse(id verification.ID) {
	w.Helper()
	if _, err := w.Decide(w.Context(), "op", id, false, "no"); err != nil {
		w.Fatal(err)
	}
}

func TestReviewIsAskedForAgainOnlyWithSomethingNewAndTwiceAtMost(t *testing.T) {
	w := newWorld(t)
	ask := func(id verification.ID, want bool) {
		t.Helper()
		if v := w.look("demo", id); v.Reviewable != want {
			t.Fatalf("the view says %v", v.Reviewable)
		}
		_, err := w.AskReview(t.Context(), caller("demo"), id)
		if !want {
			w.conflicts(err)
			w.cancel("demo", id)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		w.refuse(id)
	}
	ask(w.begin("demo", byFace(zhang)).ID, true)
	ask(w.begin("demo", byFace(zhang)).ID, false) // nothing new
	id := w.begin("demo", byFace(zhang)).ID
	for range 2 { // nor is another no
		if _, err := w.Decline(t.Context(), w.claimed(id)); err != nil {
			t.Fatal(err)
		}
	}
	w.want(w.look("demo", id), verification.Rejected, verification.Declined)
	ask(w.begin("demo", byFace(wang)).ID, true) // another statement
	w.judged.Failed = verification.LivenessFailed
	id, token := w.phoneOf("demo", zhang)
	w.judge(token) // another capture
	ask(id, true)
	id, token = w.phoneOf("demo", zhang)
	w.judge(token)
	ask(id, false) // a third time
	if v := w.begin("other", byFace(wang)); !v.Reviewable {
		t.Error("another account asks for its first")
	}
}

func TestReviewOfARejectedFaceIsAskedForOnce(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.FaceAttempts = 1 })
	w.judged.Failed = verification.FaceMismatch
	id, token := w.phoneOf("demo", zhang)
	w.judge(token)
	if v := w.look("demo", id); !v.Reviewable || v.RetryAt == nil {
		t.Fatalf("reviewable %v, again at %v", v.Reviewable, v.RetryAt)
	}
	v, err := w.AskReview(t.Context(), caller("demo"), id)
	if err != nil {
		t.Fatal(err)
	}
	w.refuse(v.ID)
	for _, id := range []verification.ID{id, v.ID} {
		if w.look("demo", id).Reviewable {
			t.Errorf("case %s may be reviewed again", id)
		}
		_, err := w.AskReview(t.Context(), caller("demo"), id)
		w.conflicts(err)
	}
}

// TestManyAccountsCannotCaptureForOneIDAtOnce: no verdict counts before they all
// have sent.
func TestManyAccountsCannotCaptureForOneIDAtOnce(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.FaceAttempts = 2 })
	w.judging = make(chan struct{})
	w.judged.Failed = verification.FaceMismatch
	taken := 0
	for i := range 10 {
		w.anotherPhone(byte(30 + i))
		account := "sybil" + string(rune('a'+i))
		_, token := w.phoneOf(account, zhang)
		_, err := w.upload(token, w.record(token))
		var limit *verify.LimitError
		switch {
		case err == nil:
			taken++
		case !errors.As(err, &limit) || limit.Bucket != verify.BucketCapturesID:
			t.Fatal(err)
		}
	}
	close(w.judging)
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if taken != 6 {
		t.Errorf("%d captures of one ID were taken at once", taken)
	}
}

func TestCancelledReviewSaysWhenTheNextCaseMayBegin(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.FaceAttempts = 1 })
	v := w.begin("demo", byFace(zhang))
	for range 2 {
		if _, err := w.Decline(t.Context(), w.claimed(v.ID)); err != nil {
			t.Fatal(err)
		}
	}
	w.want(w.look("demo", v.ID), verification.InReview, verification.Declined)
	w.cancel("demo", v.ID)
	if v = w.look("demo", v.ID); v.RetryAt == nil || *v.RetryIn != 24*60*60 {
		t.Errorf("again at %v", v.RetryAt)
	}
}
