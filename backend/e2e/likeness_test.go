//go:build !race

package e2e_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"testing"

	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/specimen"
	"realname.example/shared/verification"
)

// Chen Jing has no portrait in the registry: a reviewer sees her card, her face and
// how alike the two are, and verifies her.
func TestAPersonWithoutAPortraitIsVerifiedByWhoSawHerPictures(t *testing.T) {
	shots, _ := openRecording(t, "franck")
	portrait, err := jpeg.Decode(bytes.NewReader(shots[0]))
	if err != nil {
		t.Fatal(err)
	}
	card := asJPEG(t, specimen.Front(portrait, "CHEN JING", "110100198809010260"))
	pictures := map[verification.Picture][]byte{
		verification.CardFront: card, verification.CardBack: asJPEG(t, specimen.Back("VALID 2020.01.01-2040.01.01")),
		verification.Selfie: shots[40],
	}
	for lang, says := range map[string]string{"en": "It is a help; the decision is yours", "zh": "仅供参考，由您决定"} {
		t.Run(lang, func(t *testing.T) {
			cfg := sandboxConfig(t)
			cfg.Models = modelsFolder
			s := startReal(t, cfg)
			a := s.signIn("demo")
			v, err := s.mobile(a, s.person("陈静"))
			mustView(t, v, err, verification.FaceRequired, verification.Risk)
			s.consented(a, v.ID)
			v, err = a.View(t.Context(), v.ID)
			mustView(t, v, err, verification.InReview, verification.PortraitMissing)
			if _, err := a.AgreePictures(t.Context(), v.ID, api.Consent{Version: "review-1", Language: lang}); err != nil {
				t.Fatal(err)
			}
			_, err = a.HandPicture(t.Context(), v.ID, verification.CardFront, pictures[verification.CardBack])
			if p := mustProblem(t, err, problem.PictureInvalid); p.Errors[0].Cause != "no_face" {
				t.Errorf("the back for the front: %+v", p.Errors)
			}
			_, err = a.HandPicture(t.Context(), v.ID, verification.Selfie, asJPEG(t, image.NewGray(image.Rect(0, 0, 640, 480))))
			if p := mustProblem(t, err, problem.PictureInvalid); p.Errors[0].Cause != "no_face" {
				t.Errorf("nobody for oneself: %+v", p.Errors)
			}
			handIn(t, a, v.ID, pictures)
			c := openConsole(t, s, lang)
			c.enrol("wang", operator.Reviewer)
			c.look("reviews-with-pictures")
			c.click(`a[href$="` + string(v.ID) + `"]`)
			c.must(`[...document.images].filter((i) => i.complete && i.naturalWidth > 300).length === 3 ? "there" : ""`)
			c.says("陈静", says)
			c.look("review-with-pictures")
			c.fill("#reason", "card and person agree")
			c.click("button[value=approve]")
			v, err = a.View(t.Context(), v.ID)
			mustView(t, v, err, verification.Verified, verification.Reviewed)
			mustHide(t, "the log", s.log.String(), secretsOf(s.person("陈静")))
			item := ask[api.ReviewItem](t, s.operator(operator.Reviewer), "GET", at(api.PathAdminReview, string(v.ID)), "")
			if item.Likeness < 0.6 {
				body, _ := json.Marshal(item)
				t.Errorf("the same person is %s", body)
			}
		})
	}
}
