package e2e_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/specimen"
	"realname.example/shared/verification"
)

// asJPEG is a picture as a camera writes it.
func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 88}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// handIn agrees and hands in pictures.
func handIn(t *testing.T, a *client.Account, id verification.ID, all map[verification.Picture][]byte) verification.View {
	t.Helper()
	if _, err := a.AgreePictures(t.Context(), id, api.Consent{Version: "review-1", Language: "zh"}); err != nil {
		t.Fatal(err)
	}
	var v verification.View
	for _, p := range verification.AllPictures() {
		if all[p] == nil {
			continue
		}
		var err error
		if v, err = a.HandPicture(t.Context(), id, p, all[p]); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
	}
	return v
}

func TestAReviewersLookAtPicturesIsMarkedAndAudited(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a, id := s.inReview("demo", "张伟")
		front := asJPEG(t, specimen.Front(nil, "ZHANG WEI"))
		v := handIn(t, a, id, map[verification.Picture][]byte{verification.CardFront: front})
		if len(v.Pictures.Sent) != 1 || len(v.Pictures.Wanted) != 2 {
			t.Errorf("%+v", v.Pictures)
		}
		cookie, form := s.entrance("wang", operator.Reviewer)
		path := "/console/reviews/" + string(id)
		status, shown, header := s.at(cookie).send("GET", path+"/pictures/front", "")
		img, err := jpeg.Decode(strings.NewReader(shown))
		if status != http.StatusOK || err != nil || img.Bounds().Dx() != specimen.Width || header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %v", status, err, header)
		}
		kept, err := s.app.Store.Picture(t.Context(), id, verification.CardFront)
		if err != nil || bytes.Equal(kept, []byte(shown)) || bytes.Equal(kept, front) {
			t.Errorf("the reviewer gets it as it is kept, or it is kept as it came: %v", err)
		}
		if status, _ := s.at(cookie).do("GET", path+"/pictures/selfie", ""); status != http.StatusNotFound {
			t.Errorf("one that nobody sent: %d", status)
		}
		auditor, _ := s.entrance("li", operator.Auditor)
		if status, _ := s.at(auditor).do("GET", path+"/pictures/front", ""); status != http.StatusForbidden {
			t.Errorf("an auditor: %d", status)
		}
		trail := ask[api.AuditPage](t, s.operator(operator.Auditor), "GET", api.PathAdminAudit+"?operator=wang", "")
		if trail.Lines[0].Event != string(operator.ActPicturesOpened) || trail.Lines[0].Subject != string(id) || trail.Lines[0].Detail != "front" {
			t.Errorf("the trail has %+v", trail.Lines[0])
		}
		if status, page := s.at(cookie).do("POST", path+"/decide", "decision=approve&reason=seen&form="+form); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, page)
		}
		records, err := a.Records(t.Context())
		if err != nil || !hasPicture(records, 7*24*time.Hour, s.clock.Now()) {
			t.Errorf("my data has %+v, %v", records.Stored, err)
		}
		if err := a.EraseIdentity(t.Context()); err != nil {
			t.Fatal(err)
		}
		if status, _ := s.at(cookie).do("GET", path+"/pictures/front", ""); status != http.StatusNotFound {
			t.Errorf("after the erasure: %d", status)
		}
	})
}

// hasPicture reports whether records name a picture that goes after a life.
func hasPicture(r api.Records, life time.Duration, now time.Time) bool {
	for _, d := range r.Stored {
		if d.Kind == "picture" && d.Value == "front" && d.Until != nil && d.Until.After(now.Add(life-time.Minute)) && d.Until.Before(now.Add(life)) {
			return true
		}
	}
	return false
}

func TestWhatIsNoPictureHasItsOwnRefusalAndLosesNothing(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a, id := s.inReview("demo", "张伟")
	front := asJPEG(t, specimen.Front(nil, "ZHANG WEI"))
	handIn(t, a, id, map[verification.Picture][]byte{verification.CardFront: front})
	large := asJPEG(t, image.NewGray(image.Rect(0, 0, 8192, 6144)))
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, specimen.Back("A PNG")); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file  []byte
		cause string
	}{
		"a photo of 50 MP":        {large, "pixels"},
		"a PDF":                   {[]byte("%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj"), "format"},
		"an HTML page named .jpg": {[]byte("<!doctype html><script>alert(1)</script>"), "format"},
		"a GIF":                   {[]byte("GIF89a\x01\x00\x01\x00"), "format"},
		"a JPEG that ends early":  {front[:len(front)/2], "damaged"},
		"a thumbnail":             {asJPEG(t, image.NewGray(image.Rect(0, 0, 20, 20))), "small"},
		"one byte":                {[]byte{0xff}, "format"},
		"a PNG":                   {drawn.Bytes(), ""},
	} {
		_, err := a.HandPicture(t.Context(), id, verification.CardBack, test.file)
		if test.cause == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		p := mustProblem(t, err, problem.PictureInvalid)
		if p.Errors[0].Field != "back" || p.Errors[0].Cause != test.cause {
			t.Errorf("%s: %+v", name, p.Errors)
		}
	}
	_, err := a.HandPicture(t.Context(), id, verification.CardBack, make([]byte, api.MaxPicture+1))
	mustProblem(t, err, problem.TooLarge)
	_, err = a.HandPicture(t.Context(), id, verification.CardBack, nil)
	mustProblem(t, err, problem.RequestInvalid)
	v, err := a.View(t.Context(), id)
	if mustView(t, v, err, verification.InReview, ""); len(v.Pictures.Sent) != 2 {
		t.Errorf("what was sent before: %+v", v.Pictures)
	}
	plain := raw{server: s, token: s.session("demo"), header: map[string]string{"Content-Type": "text/html"}}
	path := strings.Replace(at(api.PathPicture, string(id)), "{picture}", "back", 1)
	if status, body := plain.do("PUT", path, "<p>"); status != http.StatusBadRequest {
		t.Errorf("%d %s", status, body)
	}
}

// A place in a photo's metadata says where somebody lives.
func TestNothingButPixelsOfAPictureIsKept(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a, id := s.inReview("demo", "张伟")
	photo := asJPEG(t, specimen.Back("WITH A NOTE"))
	note := []byte("N 39.9042 E 116.4074")
	comment := append([]byte{0xff, 0xfe, 0, byte(len(note) + 2)}, note...)
	handIn(t, a, id, map[verification.Picture][]byte{verification.CardBack: append(append(photo[:2:2], comment...), photo[2:]...)})
	kept, err := s.app.Store.Picture(t.Context(), id, verification.CardBack)
	if err != nil || bytes.Contains(kept, note) {
		t.Errorf("the place is kept too: %v", err)
	}
}

func TestAPhoneHandsInPicturesForAReview(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a, id := s.inReview("demo", "张伟")
		h, err := a.Handoff(t.Context(), id, api.NewHandoff{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.claim(h)
		if err != nil {
			t.Fatal(err)
		}
		v, err := a.View(t.Context(), id)
		mustView(t, v, err, verification.InReview, "")
		if seen, err := p.Confirm(t.Context(), v.Handoff.Number); err != nil || !seen.Confirmed {
			t.Fatalf("%+v %v", seen, err)
		}
		text, err := p.ConsentText(t.Context(), "review", "zh")
		if err != nil || !strings.Contains(text.Text, "7 天") {
			t.Errorf("%+v, %v", text, err)
		}
		if _, err := p.AgreePictures(t.Context(), api.Consent{Version: text.Version, Language: text.Language}); err != nil {
			t.Fatal(err)
		}
		var done int64
		seen, err := p.HandPicture(t.Context(), verification.CardBack, asJPEG(t, specimen.Back("BY PHONE")), func(n, _ int64) { done = n })
		if err != nil || len(seen.Pictures.Sent) != 1 || done == 0 {
			t.Errorf("%+v, %d bytes, %v", seen.Pictures, done, err)
		}
		_, err = p.HandPicture(t.Context(), verification.Selfie, []byte("%PDF-1.7"), nil)
		mustProblem(t, err, problem.PictureInvalid)
	})
}
