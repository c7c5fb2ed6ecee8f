package screen_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// inReview opens the app on a case that a person reviews.
func inReview(t *testing.T, l sentences.Language) *app {
	t.Helper()
	a := open(t, l, ui.LightScheme, wide)
	a.picture = []byte("picture")
	a.backend.Stand(verification.InReview, verification.Mobile, verification.PortraitMissing)
	a.enter()
	return a
}

// taps presses the button of a name.
func (a *app) taps(name string) {
	a.t.Helper()
	for _, o := range a.objects() {
		if b, ok := o.(*ui.Button); ok && b.Name == name {
			test.Tap(b)
			return
		}
	}
	a.t.Fatalf("there is no button %s", name)
}

// ticks ticks the box of a name.
func (a *app) ticks(name string) {
	a.t.Helper()
	for _, o := range a.objects() {
		if c, ok := o.(*ui.Check); ok && c.Name == name {
			c.Tapped(&fyne.PointEvent{Position: fyne.NewPos(8, 8)})
			if !c.Checked {
				a.t.Fatalf("%s is not ticked", name)
			}
			return
		}
	}
	a.t.Fatalf("there is no box %s", name)
}

func TestThePhoneIsNotPressedForWhenEveryPictureIsThere(t *testing.T) {
	a := inReview(t, sentences.English)
	a.ticks("consent.review.tick")
	for i, p := range verification.AllPictures() {
		if a.important("pc.pictures.phone") != widget.HighImportance {
			t.Errorf("with %d pictures it is not the primary button", i)
		}
		a.taps("pc.pictures.choose." + string(p))
	}
	if a.important("pc.pictures.phone") == widget.HighImportance {
		t.Error("with all pictures it is the primary button")
	}
	a.shot("review-all")
}

// important is how much a button of a name stands out.
func (a *app) important(name string) widget.Importance {
	a.t.Helper()
	for _, o := range a.objects() {
		if b, ok := o.(*ui.Button); ok && b.Name == name {
			return b.Importance
		}
	}
	a.t.Fatalf("there is no button %s", name)
	return 0
}

func TestPicturesForAReviewAreChosenAndSent(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := inReview(t, l)
		for _, p := range verification.AllPictures() {
			a.sees(sentences.Picture(p))
		}
		a.taps("pc.pictures.choose.front") // does nothing yet
		if slices.Contains(a.backend.Calls, "picture front") {
			t.Fatal("it was sent without consent")
		}
		a.taps("pc.consent.read")
		a.sees("What is checked.")
		a.taps("pc.consent.close")
		a.ticks("consent.review.tick")
		a.taps("pc.pictures.choose.front")
		if !slices.Contains(a.backend.Calls, "agree") || !slices.Contains(a.backend.Calls, "picture front") {
			t.Errorf("the calls are %v", a.backend.Calls)
		}
		a.shot("review-" + string(l))
		a.taps("pc.pictures.choose.selfie")
		if n := strings.Count(strings.Join(a.backend.Calls, " "), "agree"); n != 1 {
			t.Errorf("agreed %d times", n)
		}
		a.sees(sentences.T("pc.pictures.sent"))
		a.taps("pc.pictures.back")
		a.sees(sentences.T("pc.pictures.declined"))
		a.ticks("consent.review.tick") // once more
		a.taps("pc.pictures.choose.front")
		a.sees(sentences.T("pc.pictures.sent"))
	})
}

func TestAPictureThatCannotBeUsedIsSaidAndLosesNothing(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := inReview(t, l)
		a.ticks("consent.review.tick")
		a.taps("pc.pictures.choose.back")
		refused := &problem.Problem{Code: problem.PictureInvalid, Errors: []problem.FieldError{{Field: "front", Cause: "glare"}}}
		a.backend.Fail["picture front"] = refused
		a.taps("pc.pictures.choose.front")
		a.sees(sentences.Error(refused))
		a.sees(sentences.T("pc.pictures.sent"))
	})
}

func TestAFileThatIsTooLargeIsNotSent(t *testing.T) {
	a := inReview(t, sentences.English)
	a.picture = nil
	a.ticks("consent.review.tick")
	a.taps("pc.pictures.choose.front")
	a.sees(sentences.T("problem.too_large"))
	if slices.Contains(a.backend.Calls, "picture front") {
		t.Error("it was sent")
	}
	a.flow.DeclinePictures(context.Background())
	a.sees(sentences.T("pc.pictures.declined"))
}

func TestAPhoneIsBroughtToAReview(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := inReview(t, l)
		a.taps("pc.pictures.phone")
		a.sees(sentences.T("pc.pictures.phone.why"))
		a.shot("review-code-" + string(l))
		a.taps("pc.pictures.files")
		a.sees(sentences.T("pc.pictures.why"))
		a.taps("pc.pictures.phone")
		v := a.backend.Case
		v.Version, v.Handoff = v.Version+1, &verification.Handoff{Device: "Pixel", Number: "42"}
		a.follows(v)
		a.sees(sentences.T("pc.scan.type_number"))
		v.Version, v.Handoff = v.Version+1, &verification.Handoff{Device: "Pixel"}
		a.follows(v)
		a.sees(sentences.T("pc.pictures.on_phone", sentences.Data{"Phone": "Pixel"}))
	})
}

func TestAPhoneThatDoesNotTypeItsNumberHoldsUpNoReview(t *testing.T) {
	for name, act := range map[string]func(*app){
		"files instead": func(a *app) { a.taps("pc.pictures.files") },
		"escape":        func(a *app) { a.press(fyne.KeyEscape) },
	} {
		t.Run(name, func(t *testing.T) {
			a := claimedInReview(t, sentences.English)
			act(a)
			a.sees(sentences.T("pc.pictures.why"))
			if !a.backend.Asked.Replace || a.flow.State().View.Handoff != nil {
				t.Error("the phone still holds the case")
			}
		})
	}
	t.Run("another phone", func(t *testing.T) {
		inEach(t, func(t *testing.T, l sentences.Language) {
			a := claimedInReview(t, l)
			a.shot("review-number-" + string(l))
			a.taps("pc.scan.not_mine")
			a.sees(sentences.T("pc.pictures.phone.why"))
			if !a.backend.Asked.Replace || a.flow.State().View.Handoff != nil {
				t.Error("the phone still holds the case")
			}
		})
	})
	t.Run("cancelled", func(t *testing.T) {
		a := claimedInReview(t, sentences.English)
		a.taps("pc.cancel")
		if !slices.Contains(a.backend.Calls, "cancel") {
			t.Errorf("the calls are %v", a.backend.Calls)
		}
	})
	t.Run("refused", func(t *testing.T) {
		a := claimedInReview(t, sentences.English)
		refused := &problem.Problem{Code: problem.Busy}
		a.backend.Fail["handoff"] = refused
		a.taps("pc.pictures.files")
		a.sees(sentences.Error(refused))
		a.taps("pc.pictures.files")
		a.sees(sentences.T("pc.pictures.why"))
	})
}

// claimedInReview opens the app on a review that a phone has claimed and shows the
// number that the phone has to type.
func claimedInReview(t *testing.T, l sentences.Language) *app {
	t.Helper()
	a := inReview(t, l)
	a.taps("pc.pictures.phone")
	v := a.backend.Case
	v.Version, v.Handoff = v.Version+1, &verification.Handoff{Device: "Pixel", Number: "42"}
	a.follows(v)
	a.sees(sentences.T("pc.scan.type_number"))
	return a
}

// follows shows a view that the server sends by itself.
func (a *app) follows(v verification.View) {
	a.t.Helper()
	a.backend.Updates = []client.Update[verification.View]{{View: v, Online: true}}
	a.flow.Follow(context.Background(), v.ID)
}
