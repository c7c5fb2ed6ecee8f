package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// AccountToken proves an account's session. It is a secret.
type AccountToken string

// Account makes the calls of an account that is signed in on this PC.
type Account struct {
	client *Client
	token  AccountToken
}

// Account returns the calls that a session may make.
func (c *Client) Account(token AccountToken) *Account { return &Account{client: c, token: token} }

// SignOut ends the session.
func (a *Account) SignOut(ctx context.Context) error {
	_, err := sendAs[api.Empty](ctx, a, http.MethodDelete, api.PathSession, nil)
	return err
}

// Get returns the account with its verified or open case.
func (a *Account) Get(ctx context.Context) (api.Account, error) {
	return sendAs[api.Account](ctx, a, http.MethodGet, api.PathAccount, nil)
}

// ChangePassword ends every session of the account, this one included.
func (a *Account) ChangePassword(ctx context.Context, in api.PasswordChange) error {
	_, err := sendAs[api.Empty](ctx, a, http.MethodPost, api.PathPassword, in)
	return err
}

// Options says how the account can verify itself.
func (a *Account) Options(ctx context.Context) (api.Options, error) {
	return sendAs[api.Options](ctx, a, http.MethodGet, api.PathOptions, nil)
}

// Begin opens a case. A conflict's Instance names the one that is open.
func (a *Account) Begin(ctx context.Context, in api.NewVerification) (verification.View, error) {
	return sendAs[verification.View](ctx, a, http.MethodPost, api.PathVerifications, in)
}

// View returns a case as it stands.
func (a *Account) View(ctx context.Context, id verification.ID) (verification.View, error) {
	return sendAs[verification.View](ctx, a, http.MethodGet, pathOf(api.PathVerification, id), nil)
}

// Watch follows a case until it is final: see Update.
func (a *Account) Watch(ctx context.Context, id verification.ID) iter.Seq[Update[verification.View]] {
	return watch(ctx, a.client, source[verification.View]{
		token:  string(a.token),
		events: pathOf(api.PathVerificationEvents, id),
		poll:   pathOf(api.PathVerification, id),
		core:   func(v verification.View) verification.View { return v },
	})
}

// SendCode sends the SMS code, or sends another.
func (a *Account) SendCode(ctx context.Context, id verification.ID) (verification.View, error) {
	return sendAs[verification.View](ctx, a, http.MethodPost, pathOf(api.PathCode, id), api.Empty{})
}

// CheckCode checks the SMS code and decides the case within this call.
func (a *Account) CheckCode(ctx context.Context, id verification.ID, in api.CodeCheck) (verification.View, error) {
	return sendAs[verification.View](ctx, a, http.MethodPost, pathOf(api.PathCodeCheck, id), in)
}

// Handoff returns a fresh ticket for a phone.
func (a *Account) Handoff(ctx context.Context, id verification.ID, in api.NewHandoff) (api.Handoff, error) {
	return sendAs[api.Handoff](ctx, a, http.MethodPost, pathOf(api.PathVerificationHandoff, id), in)
}

// Review asks for the review by a person. From a rejected case it opens a new
// one, whose View is returned.
func (a *Account) Review(ctx context.Context, id verification.ID) (verification.View, error) {
	return sendAs[verification.View](ctx, a, http.MethodPost, pathOf(api.PathReview, id), api.Empty{})
}

// Export returns all that is kept of the person, in clear, after the password.
func (a *Account) Export(ctx context.Context, password string) (api.Export, error) {
	return sendAs[api.Export](ctx, a, http.MethodPost, api.PathExport, api.ExportRequest{Password: password})
}

// AskMove asks for the move of an ID that verifies another account.
func (a *Account) AskMove(ctx context.Context, id verification.ID) (verification.View, error) {
	return sendAs[verification.View](ctx, a, http.MethodPost, pathOf(api.PathMove, id), api.Empty{})
}

// ObjectToMove keeps the account's ID here.
func (a *Account) ObjectToMove(ctx context.Context) error {
	_, err := sendAs[api.Empty](ctx, a, http.MethodDelete, api.PathAccountMove, nil)
	return err
}

// AgreePictures agrees to the text of the purpose review.
func (a *Account) AgreePictures(ctx context.Context, id verification.ID, in api.Consent) (verification.View, error) {
	return sendAs[verification.View](ctx, a, http.MethodPost, pathOf(api.PathPicturesConsent, id), in)
}

// HandPicture hands in one picture for a review, in the place of an earlier one.
// What is no picture is sent too: the server says why it cannot be used.
func (a *Account) HandPicture(ctx context.Context, id verification.ID, p verification.Picture, image []byte) (verification.View, error) {
	var view verification.View
	err := a.client.do(ctx, pictureCall(strings.Replace(pathOf(api.PathPicture, id), "{picture}", string(p), 1), string(a.token), image, a.client), &view)
	return view, err
}

// pictureCall is the upload of a picture.
func pictureCall(path, token string, image []byte, c *Client) call {
	kind := "image/jpeg"
	if http.DetectContentType(image) == "image/png" {
		kind = "image/png"
	}
	return call{method: http.MethodPut, path: path, token: token, contentType: kind, body: image, timeout: 4 * c.timeout}
}

// DeclinePictures says that no pictures are sent, and takes back those that were.
func (a *Account) DeclinePictures(ctx context.Context, id verification.ID) (verification.View, error) {
	return sendAs[verification.View](ctx, a, http.MethodDelete, pathOf(api.PathPictures, id), nil)
}

// Cancel ends a case.
func (a *Account) Cancel(ctx context.Context, id verification.ID) error {
	_, err := sendAs[api.Empty](ctx, a, http.MethodDelete, pathOf(api.PathVerification, id), nil)
	return err
}

// Records returns what is stored of the account and what happened.
func (a *Account) Records(ctx context.Context) (api.Records, error) {
	return sendAs[api.Records](ctx, a, http.MethodGet, api.PathRecords, nil)
}

// Revoke ends what the person agreed to tell a service.
func (a *Account) Revoke(ctx context.Context, serviceID string) error {
	path := strings.Replace(api.PathGrant, "{id}", url.PathEscape(serviceID), 1)
	_, err := sendAs[api.Empty](ctx, a, http.MethodDelete, path, nil)
	return err
}

// EraseIdentity erases the verified identity and cancels an open case.
func (a *Account) EraseIdentity(ctx context.Context) error {
	_, err := sendAs[api.Empty](ctx, a, http.MethodDelete, api.PathIdentity, nil)
	return err
}

func sendAs[Out any](ctx context.Context, a *Account, method, path string, in any) (Out, error) {
	return send[Out](ctx, a.client, method, path, string(a.token), in)
}
