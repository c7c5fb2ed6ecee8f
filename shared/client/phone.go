package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// PhoneToken proves the claim of a hand-off. It is a secret, and good for one
// case until the phone is revoked.
type PhoneToken string

// Phone makes the calls of a phone that claimed a hand-off.
type Phone struct {
	client *Client
	token  PhoneToken
}

// Phone returns the calls that a claim's token may make.
func (c *Client) Phone(token PhoneToken) *Phone { return &Phone{client: c, token: token} }

// Get returns the case as the phone may see it.
func (p *Phone) Get(ctx context.Context) (api.PhoneView, error) {
	return sendPhone[api.PhoneView](ctx, p, http.MethodGet, api.PathHandoff, nil)
}

// Watch follows the case until it is final or the phone is revoked: see
// Update.
func (p *Phone) Watch(ctx context.Context) iter.Seq[Update[api.PhoneView]] {
	return watch(ctx, p.client, source[api.PhoneView]{
		token:  string(p.token),
		events: api.PathHandoffEvents,
		poll:   api.PathHandoff,
		core:   func(v api.PhoneView) verification.View { return v.View },
	})
}

// Confirm types the number that the PC shows. A wrong one is no problem: it
// ends the hand-off, and the view's reason is number_mismatch.
func (p *Phone) Confirm(ctx context.Context, number string) (api.PhoneView, error) {
	return sendPhone[api.PhoneView](ctx, p, http.MethodPost, api.PathConfirm, api.Confirm{Number: number})
}

// ConsentText returns what the person is asked to agree to, for face or review.
func (p *Phone) ConsentText(ctx context.Context, purpose, language string) (api.ConsentText, error) {
	return p.client.ConsentText(ctx, purpose, language)
}

// Consent records that the person agreed to a text. One that is not the
// present one is refused with consent_required.
func (p *Phone) Consent(ctx context.Context, in api.Consent) (api.PhoneView, error) {
	return sendPhone[api.PhoneView](ctx, p, http.MethodPost, api.PathConsent, in)
}

// Decline says that the person on the phone does not want this.
func (p *Phone) Decline(ctx context.Context) (api.PhoneView, error) {
	return sendPhone[api.PhoneView](ctx, p, http.MethodPost, api.PathDecline, api.Empty{})
}

// AgreePictures agrees to the text of the purpose review.
func (p *Phone) AgreePictures(ctx context.Context, in api.Consent) (api.PhoneView, error) {
	return sendPhone[api.PhoneView](ctx, p, http.MethodPost, api.PathPhonePicturesConsent, in)
}

// HandPicture hands in one picture for a review, in the place of an earlier one.
// Sent is as for Evidence.
func (p *Phone) HandPicture(ctx context.Context, name verification.Picture, image []byte, sent func(done, total int64)) (api.PhoneView, error) {
	var view api.PhoneView
	c := pictureCall(strings.Replace(api.PathPhonePicture, "{picture}", string(name), 1), string(p.token), image, p.client)
	c.sent = sent
	err := p.client.do(ctx, c, &view)
	return view, err
}

// Challenge asks what the person has to do. A server from before there was light
// refuses its field, and is asked without.
func (p *Phone) Challenge(ctx context.Context, in api.ChallengeRequest) (api.Challenge, error) {
	c, err := sendPhone[api.Challenge](ctx, p, http.MethodPost, api.PathChallenge, in)
	var refused *problem.Problem
	if in.Light && errors.As(err, &refused) && refused.Code == problem.RequestInvalid {
		in.Light = false
		return p.Challenge(ctx, in)
	}
	return c, err
}

// Progress tells the PC what the phone is doing.
func (p *Phone) Progress(ctx context.Context, in api.Progress) error {
	_, err := sendPhone[api.Empty](ctx, p, http.MethodPost, api.PathProgress, in)
	return err
}

// Evidence uploads a capture: manifest is what handoff.Sign returned, frames
// are JPEGs in its order. Sent, where it is not nil, is told how many bytes
// the transport has taken; it is called from another goroutine.
func (p *Phone) Evidence(ctx context.Context, manifest []byte, frames [][]byte, sent func(done, total int64)) (api.PhoneView, error) {
	var view api.PhoneView
	body, contentType, err := evidenceBody(manifest, frames)
	if err != nil {
		return view, err
	}
	err = p.client.do(ctx, call{
		method:      http.MethodPost,
		path:        api.PathEvidence,
		token:       string(p.token),
		contentType: contentType,
		body:        body,
		timeout:     4 * p.client.timeout,
		sent:        sent,
	}, &view)
	return view, err
}

// evidenceBody lays out the multipart form: one manifest, then the frames.
func evidenceBody(manifest []byte, frames [][]byte) (body []byte, contentType string, err error) {
	var buffer bytes.Buffer
	form := multipart.NewWriter(&buffer)
	if err := writePart(form, "manifest", "manifest.json", "application/json", manifest); err != nil {
		return nil, "", err
	}
	for i, frame := range frames {
		if err := writePart(form, "frame", fmt.Sprintf("%02d.jpg", i), "image/jpeg", frame); err != nil {
			return nil, "", err
		}
	}
	if err := form.Close(); err != nil {
		return nil, "", fmt.Errorf("close evidence: %w", err)
	}
	return buffer.Bytes(), form.FormDataContentType(), nil
}

func writePart(form *multipart.Writer, name, file, contentType string, data []byte) error {
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, name, file))
	header.Set("Content-Type", contentType)
	part, err := form.CreatePart(header)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := part.Write(data); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func sendPhone[Out any](ctx context.Context, p *Phone, method, path string, in any) (Out, error) {
	return send[Out](ctx, p.client, method, path, string(p.token), in)
}
