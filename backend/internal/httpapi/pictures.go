package httpapi

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// What a person hands in for a review: one picture a call, so that one which
// cannot be used leaves the others as they are.

func (s *Server) declarePictures() {
	serve(s, route{
		method: http.MethodPost, path: api.PathPicturesConsent, who: whoAccount, status: http.StatusOK, tag: "verification",
		summary: "Agree to hand in pictures for a review", codes: []problem.Code{problem.Conflict, problem.ConsentRequired},
	}, func(ctx context.Context, c *call, in api.Consent) (verification.View, error) {
		return s.Verify.AgreePictures(ctx, c.caller.verify(), c.id, agreed(in))
	})
	serve(s, route{
		method: http.MethodDelete, path: api.PathPictures, who: whoAccount, status: http.StatusOK, tag: "verification",
		summary: "Send no pictures, and take back those that were sent", codes: []problem.Code{problem.Conflict},
	}, func(ctx context.Context, c *call, _ none) (verification.View, error) {
		return s.Verify.DeclinePictures(ctx, c.caller.verify(), c.id)
	})
	s.upload(route{
		method: http.MethodPut, path: api.PathPicture, who: whoAccount, status: http.StatusOK, tag: "verification",
		summary: "Hand in one picture for a review: front, back or selfie; it takes the place of an earlier one",
	}, reflect.TypeFor[verification.View](), func(ctx context.Context, c *call, image []byte) (any, error) {
		return s.Verify.HandPicture(ctx, c.caller.verify(), c.id, verification.Picture(c.gin.Param("picture")), image)
	})
}

func (s *Server) declarePhonePictures() {
	serve(s, route{
		method: http.MethodPost, path: api.PathPhonePicturesConsent, who: whoPhone, status: http.StatusOK, tag: "phone",
		summary: "Agree to hand in pictures for a review", codes: []problem.Code{problem.Conflict, problem.ConsentRequired},
	}, func(ctx context.Context, c *call, in api.Consent) (api.PhoneView, error) {
		return s.phoneView(s.Verify.AgreePicturesOnPhone(ctx, c.caller.token, agreed(in)))
	})
	s.upload(route{
		method: http.MethodPut, path: api.PathPhonePicture, who: whoPhone, status: http.StatusOK, tag: "phone",
		summary: "Hand in one picture for a review: front, back or selfie; it takes the place of an earlier one",
	}, reflect.TypeFor[api.PhoneView](), func(ctx context.Context, c *call, image []byte) (any, error) {
		return s.phoneView(s.Verify.HandPictureOnPhone(ctx, c.caller.token, verification.Picture(c.gin.Param("picture")), image))
	})
}

// upload declares a call that takes a picture as its body.
func (s *Server) upload(r route, answers reflect.Type, hand func(context.Context, *call, []byte) (any, error)) {
	r.asks = true
	r.codes = []problem.Code{
		problem.RequestInvalid, problem.TooLarge, problem.PictureInvalid, problem.ConsentRequired, problem.Conflict, problem.RateLimited, problem.Busy,
	}
	op := s.operation(r, nil, s.api.OpenAPI().Components.Schemas.Schema(answers, true, ""))
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"image/jpeg": file, "image/png": file}}
	s.mount(r, op, func(ctx context.Context, c *call) error {
		up, err := s.uploads.enter(c.caller.scope())
		if err != nil {
			return err
		}
		defer up.leave()
		image, err := readPicture(c, up)
		if err != nil {
			return err
		}
		out, err := hand(ctx, c, image)
		if err != nil {
			return err
		}
		body, err := encode(out)
		if err != nil {
			return err
		}
		answer(c.gin, r.status, body)
		return nil
	})
}

// readPicture reads a body into memory, never to disk.
func readPicture(c *call, up *upload) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(c.gin.GetHeader("Content-Type"))
	if err != nil || kind != "image/jpeg" && kind != "image/png" {
		return nil, invalid("body", "type", "Send the picture itself, with the Content-Type image/jpeg or image/png.")
	}
	if c.gin.Request.ContentLength > api.MaxPicture {
		return nil, &http.MaxBytesError{Limit: api.MaxPicture}
	}
	image, err := io.ReadAll(up.of(http.MaxBytesReader(c.gin.Writer, c.gin.Request.Body, api.MaxPicture)))
	var large *http.MaxBytesError
	var own *refusal
	switch {
	case errors.As(err, &large), errors.As(err, &own):
		return nil, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, uploadLate()
	case err != nil:
		return nil, refuse(problem.RequestInvalid, "The body ended early; send it again.")
	case len(image) == 0:
		return nil, invalid("body", "missing", "Send the picture itself.")
	}
	return image, nil
}
