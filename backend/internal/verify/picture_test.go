package verify_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// reviewed brings a case of demo to review.
func (w *world) reviewed() verification.ID {
	w.Helper()
	id := w.atRisk()
	v, err := w.AskReview(w.Context(), caller("demo"), id)
	if err != nil {
		w.Fatal(err)
	}
	w.want(v, verification.InReview, verification.Risk)
	return id
}

func (w *world) agree(id verification.ID) {
	w.Helper()
	if _, err := w.AgreePictures(w.Context(), caller("demo"), id, verify.Consent{Version: "review-9", Language: "zh"}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) hand(id verification.ID, p verification.Picture) verification.View {
	w.Helper()
	v, err := w.HandPicture(w.Context(), caller("demo"), id, p, []byte("a photo of "+string(p)))
	if err != nil {
		w.Fatal(err)
	}
	return v
}

func TestAReviewHasPicturesToLookAt(t *testing.T) {
	w := newWorld(t)
	id := w.reviewed()
	if v := w.look("demo", id); v.Pictures == nil || len(v.Pictures.Wanted) != 3 || v.Pictures.Agreed {
		t.Fatalf("asked for: %+v", v.Pictures)
	}
	if _, err := w.HandPicture(t.Context(), caller("demo"), id, verification.Selfie, nil); !errors.Is(err, verify.ErrConsentRequired) {
		t.Errorf("before the consent: %v", err)
	}
	if _, err := w.AgreePictures(t.Context(), caller("demo"), id, verify.Consent{Version: "review-8"}); !errors.Is(err, verify.ErrConsentUnknown) {
		t.Errorf("to another text: %v", err)
	}
	w.agree(id)
	w.hand(id, verification.CardFront)
	w.hand(id, verification.CardBack)
	v := w.hand(id, verification.Selfie)
	if len(v.Pictures.Wanted) != 0 || !slices.Equal(v.Pictures.Sent, verification.AllPictures()) {
		t.Errorf("handed in: %+v", v.Pictures)
	}
	item, err := w.Review(t.Context(), id)
	if err != nil || len(item.Pictures) != 3 || item.Likeness != 0.75 || item.Declined {
		t.Errorf("the reviewer sees %+v, %v", item, err)
	}
	picture, err := w.ReviewPicture(t.Context(), id, verification.Selfie)
	if err != nil || string(picture) != "prepared a photo of selfie" {
		t.Errorf("the selfie is %q, %v", picture, err)
	}
	if ledger, err := w.Ledger(t.Context(), "demo"); err != nil || len(ledger.Pictures) != 3 {
		t.Errorf("the ledger has %+v, %v", ledger.Pictures, err)
	}
}

func TestPicturesAreTakenBack(t *testing.T) {
	w := newWorld(t)
	id := w.reviewed()
	w.agree(id)
	w.hand(id, verification.CardFront)
	v, err := w.DeclinePictures(t.Context(), caller("demo"), id)
	if err != nil || !v.Pictures.Declined || v.Pictures.Agreed || len(v.Pictures.Sent) != 0 {
		t.Errorf("%+v, %v", v.Pictures, err)
	}
	if _, err := w.ReviewPicture(t.Context(), id, verification.CardFront); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("the picture is still there: %v", err)
	}
	w.agree(id) // who changes their mind agrees again
	if v = w.hand(id, verification.CardFront); v.Pictures.Declined {
		t.Errorf("%+v", v.Pictures)
	}
	if _, err := w.Cancel(t.Context(), caller("demo"), id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ReviewPicture(t.Context(), id, verification.CardFront); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("after the cancellation: %v", err)
	}
}

func TestARefusedPictureChangesNothing(t *testing.T) {
	w := newWorld(t)
	id := w.reviewed()
	w.agree(id)
	before := w.hand(id, verification.CardFront)
	w.refusedPicture = &verify.PictureError{Picture: verification.CardFront, Cause: verify.PictureGlare}
	var refused *verify.PictureError
	if _, err := w.HandPicture(t.Context(), caller("demo"), id, verification.CardFront, []byte("x")); !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if after := w.look("demo", id); after.Version != before.Version {
		t.Errorf("version %d became %d", before.Version, after.Version)
	}
	if kept, err := w.ReviewPicture(t.Context(), id, verification.CardFront); err != nil || string(kept) != "prepared a photo of front" {
		t.Errorf("the one before is %q, %v", kept, err)
	}
}

// TestThatACardLeavesItsPictureIsToldOnce: a table may look like a card, and nobody is
// kept from a review by one.
func TestThatACardLeavesItsPictureIsToldOnce(t *testing.T) {
	w := newWorld(t)
	id := w.reviewed()
	w.agree(id)
	for _, p := range []verification.Picture{verification.CardFront, verification.CardBack} {
		w.refusedPicture = &verify.PictureError{Picture: p, Cause: verify.PictureCorners}
		var told *verify.PictureError
		if _, err := w.HandPicture(t.Context(), caller("demo"), id, p, []byte("x")); !errors.As(err, &told) || told.Cause != verify.PictureCorners {
			t.Fatalf("%s: got %v", p, err)
		}
		if _, err := w.ReviewPicture(t.Context(), id, p); !errors.Is(err, verify.ErrNotFound) {
			t.Errorf("%s was kept: %v", p, err)
		}
		w.hand(id, p)
		if _, err := w.ReviewPicture(t.Context(), id, p); err != nil {
			t.Errorf("%s is not there: %v", p, err)
		}
	}
	w.refusedPicture = &verify.PictureError{Picture: verification.CardFront, Cause: verify.PictureBlurred}
	if _, err := w.HandPicture(t.Context(), caller("demo"), id, verification.CardFront, []byte("x")); err == nil {
		t.Error("one that cannot be read was taken")
	}
}

func TestPicturesAreOfTheReviewAlone(t *testing.T) {
	w := newWorld(t)
	id := w.reviewed()
	w.agree(id)
	var conflict *verify.ConflictError
	if _, err := w.HandPicture(t.Context(), caller("other"), id, verification.CardFront, nil); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("another account's: %v", err)
	}
	if _, err := w.HandPicture(t.Context(), caller("demo"), id, "passport", nil); !errors.Is(err, verify.ErrRequest) {
		t.Errorf("one that nobody asks for: %v", err)
	}
	w.hand(id, verification.CardFront)
	if _, err := w.Decide(t.Context(), "wang", id, true, "seen"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.HandPicture(t.Context(), caller("demo"), id, verification.CardFront, nil); !errors.As(err, &conflict) {
		t.Errorf("after the decision: %v", err)
	}
	w.pass(7*24*time.Hour - time.Second)
	if _, err := w.ReviewPicture(t.Context(), id, verification.CardFront); err != nil {
		t.Errorf("within their life: %v", err)
	}
	w.pass(time.Second)
	if _, err := w.ReviewPicture(t.Context(), id, verification.CardFront); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("after their life: %v", err)
	}
}

func TestPicturesAreCapped(t *testing.T) {
	w := newWorld(t)
	id := w.reviewed()
	w.agree(id)
	var limit *verify.LimitError
	for range 60 {
		w.hand(id, verification.CardBack)
	}
	if _, err := w.HandPicture(t.Context(), caller("demo"), id, verification.CardBack, nil); !errors.As(err, &limit) || limit.Bucket != verify.BucketPictures {
		t.Errorf("got %v", err)
	}
}

func TestAPhoneTakesThePicturesOfAReview(t *testing.T) {
	w := newWorld(t)
	id := w.reviewed()
	token := w.claimed(id)
	v := w.look("demo", id)
	w.want(v, verification.InReview, verification.Risk)
	var conflict *verify.ConflictError
	given := verify.Consent{Version: "review-9"}
	if _, err := w.AgreePicturesOnPhone(t.Context(), token, given); !errors.As(err, &conflict) {
		t.Errorf("before the number: %v", err)
	}
	if _, err := w.Confirm(t.Context(), token, v.Handoff.Number); err != nil {
		t.Fatal(err)
	}
	if v = w.look("demo", id); v.Handoff == nil || v.Handoff.Number != "" || v.Handoff.Step != verification.StepConsent {
		t.Errorf("the PC shows %+v", v.Handoff)
	}
	if _, err := w.AgreePicturesOnPhone(t.Context(), token, given); err != nil {
		t.Fatal(err)
	}
	if v = w.look("demo", id); v.Handoff == nil || v.Handoff.Step != verification.StepNone {
		t.Errorf("agreed, and the PC shows %+v", v.Handoff)
	}
	seen, err := w.HandPictureOnPhone(t.Context(), token, verification.Selfie, []byte("a photo"))
	if err != nil || !slices.Equal(seen.Pictures.Sent, []verification.Picture{verification.Selfie}) {
		t.Errorf("%+v, %v", seen.Pictures, err)
	}
	w.hand(id, verification.CardFront) // the PC goes on beside it
	if _, err := w.Decline(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if v = w.look("demo", id); !v.Pictures.Declined || v.Handoff != nil {
		t.Errorf("after the no: %+v %+v", v.Pictures, v.Handoff)
	}
	if _, err := w.Phone(t.Context(), token); !errors.Is(err, verify.ErrUnauthorized) {
		t.Errorf("the phone is still there: %v", err)
	}
	w.want(v, verification.InReview, verification.Risk)
}

func TestAPhoneOfAStrangerEndsNoReviewAndDeletesNothing(t *testing.T) {
	for name, act := range map[string]func(*world, string) error{
		"a wrong number": func(w *world, token string) error { _, err := w.Confirm(t.Context(), token, "7"); return err },
		"a no":           func(w *world, token string) error { _, err := w.Decline(t.Context(), token); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.reviewed()
			w.agree(id)
			w.hand(id, verification.CardFront)
			token := w.claimed(id)
			if err := act(w, token); err != nil {
				t.Fatal(err)
			}
			v := w.look("demo", id)
			w.want(v, verification.InReview, verification.Risk)
			if len(v.Pictures.Sent) != 1 || v.Handoff != nil {
				t.Errorf("%+v %+v", v.Pictures, v.Handoff)
			}
			if _, err := w.Phone(t.Context(), token); !errors.Is(err, verify.ErrUnauthorized) {
				t.Errorf("the phone is still there: %v", err)
			}
		})
	}
}

func TestAnotherPhoneTakesOverInAReview(t *testing.T) {
	w := newWorld(t)
	id := w.reviewed()
	w.agree(id)
	w.hand(id, verification.CardFront)
	token := w.claimed(id)
	h, err := w.Handoff(t.Context(), caller("demo"), id, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Phone(t.Context(), token); !errors.Is(err, verify.ErrUnauthorized) {
		t.Errorf("the first phone still reads: %v", err)
	}
	v := w.look("demo", id)
	w.want(v, verification.InReview, verification.Risk)
	if v.Handoff != nil || len(v.Pictures.Sent) != 1 {
		t.Errorf("%+v %+v", v.Handoff, v.Pictures)
	}
	if _, err := w.claim(verify.ClaimRequest{Ticket: h.Ticket}); err != nil {
		t.Errorf("the other phone: %v", err)
	}
}

func TestThePhoneOfTheScanGoesOnToThePictures(t *testing.T) {
	w := newWorld(t)
	w.mismatch = verification.PortraitMissing
	id := w.atRisk()
	token := w.consented(id)
	w.want(w.look("demo", id), verification.InReview, verification.PortraitMissing)
	if _, err := w.AgreePicturesOnPhone(t.Context(), token, verify.Consent{Version: "review-9"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.HandPictureOnPhone(t.Context(), token, verification.CardFront, []byte("a photo")); err != nil {
		t.Fatal(err)
	}
}
