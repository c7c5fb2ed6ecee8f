package flow_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// posing is a phone that agreed to hand in pictures for a review.
func posing(t *testing.T) *world {
	t.Helper()
	w := begin(t)
	w.view.Status = verification.InReview
	w.view.Handoff = &verification.Handoff{Device: "test"}
	w.view.Pictures = &verification.Pictures{Wanted: verification.AllPictures()}
	ctx := t.Context()
	w.flow.Scanned(ctx, link)
	w.flow.Trust(ctx)
	w.view.Confirmed = true
	v, _ := w.to(verification.InReview)
	w.updates <- client.Update[api.PhoneView]{View: v, Online: true}
	w.until(t, func(s flow.State) bool { return s.Stage == flow.Consenting && s.ConsentText.Version == "review-1" })
	w.flow.Consent(ctx)
	w.at(t, flow.Posing)
	return w
}

// shoots takes the picture that comes next.
func (w *world) shoots(t *testing.T) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		w.flow.Aim(t.Context())
		close(done)
	}()
	w.until(t, func(s flow.State) bool { return s.Stage == flow.Aiming })
	w.flow.Shoot()
	<-done
}

func TestThePicturesOfAReviewAreTakenOneByOne(t *testing.T) {
	w := posing(t)
	for _, want := range verification.AllPictures() {
		if s := w.flow.State(); s.Wanted() != want {
			t.Fatalf("the phone asks for %s, want %s", s.Wanted(), want)
		}
		w.shoots(t)
		w.at(t, flow.Shown)
		w.flow.Again()
		w.at(t, flow.Posing)
		w.shoots(t)
		w.flow.Send(t.Context())
	}
	w.at(t, flow.Result)
	if !slices.Equal(w.handed, []string{"front image/jpeg", "back image/jpeg", "selfie image/jpeg"}) {
		t.Errorf("handed in %v", w.handed)
	}
}

func TestAPictureThatCannotBeUsedIsTakenAgainAndOneThatDidNotArriveIsSentAgain(t *testing.T) {
	w := posing(t)
	w.answers = []error{
		&problem.Problem{Code: problem.PictureInvalid, Errors: []problem.FieldError{{Field: "front", Cause: "glare"}}},
		&client.UnreachableError{Err: errors.New("no route")},
	}
	w.shoots(t)
	w.flow.Send(t.Context())
	if s := w.at(t, flow.Posing); s.Err == nil || s.Taken != "" {
		t.Errorf("refused: %v, %d bytes", s.Err, len(s.Taken))
	}
	w.shoots(t)
	w.flow.Send(t.Context())
	if s := w.at(t, flow.Shown); s.Err == nil || s.Taken == "" {
		t.Errorf("lost on the way: %v", s.Err)
	}
	w.flow.Send(t.Context())
	if s := w.at(t, flow.Posing); s.Wanted() != verification.CardBack || s.Err != nil {
		t.Errorf("sent: %s %v", s.Wanted(), s.Err)
	}
}

func TestAFileTakesThePlaceOfTheCamera(t *testing.T) {
	w := posing(t)
	w.camera = &fake{refused: camera.DeniedForever}
	w.flow.Aim(t.Context())
	if s := w.at(t, flow.Posing); !errors.Is(s.Err, camera.ErrDeniedForever) {
		t.Errorf("the camera: %v", s.Err)
	}
	w.flow.Took([]byte("<html>"))
	if s := w.at(t, flow.Shown); s.Err != nil {
		t.Error(s.Err)
	}
	w.flow.Send(t.Context())
	if w.handed[0] != "front text/html; charset=utf-8" {
		t.Errorf("the server is not asked what is wrong with it: %v", w.handed)
	}
}

func TestStoppingTheCameraLosesNothing(t *testing.T) {
	w := posing(t)
	done := make(chan struct{})
	go func() {
		w.flow.Aim(context.WithoutCancel(t.Context()))
		close(done)
	}()
	w.until(t, func(s flow.State) bool { return s.Stage == flow.Aiming })
	if !w.flow.Back() {
		t.Error("back leaves the app")
	}
	<-done
	if s := w.at(t, flow.Posing); s.Err != nil {
		t.Error(s.Err)
	}
}

func TestTheBackgroundClosesTheCameraOfAPicture(t *testing.T) {
	w, l := posing(t), newLone()
	w.camera = l
	aim := run(func() { w.flow.Aim(t.Context()) })
	<-l.opened
	w.flow.Background()
	<-l.closed
	<-aim
	w.flow.Foreground(t.Context())
	if s := w.at(t, flow.Posing); s.Err != nil {
		t.Error(s.Err)
	}
}
