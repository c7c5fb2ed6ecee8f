package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"realname.example/backend/internal/account"
)

// deviceGrant is the grant type of RFC 8628.
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// Times between two questions whether the person has answered (RFC 8628, 3.2 and
// 3.5): what an issuer names is held to these.
const (
	pollUnnamed = 5 * time.Second
	pollLongest = time.Minute
	slowDown    = 5 * time.Second
)

// DeviceBeginning is where the person answers with another device, and until when.
type DeviceBeginning struct {
	ID string
	// VerificationURI is the issuer's page, at which the person types UserCode;
	// Complete leads there with the code, and is empty where the issuer gives none.
	VerificationURI string
	Complete        string
	UserCode        string
	Interval        time.Duration
	ExpiresAt       time.Time
}

// PendingError is a person who has not answered yet.
type PendingError struct {
	// Until is from when on it is worth asking again.
	Until time.Time
}

// Error implements error.
func (e *PendingError) Error() string { return "the person has not answered yet" }

// deviceAnswer is what a device authorization endpoint answers (RFC 8628, 3.2).
type deviceAnswer struct {
	DeviceCode              string `json:"device_code"`
	UserCode                string `json:"user_code"`
	VerificationURI         string `json:"verification_uri"`
	VerificationURIComplete string `json:"verification_uri_complete"`
	ExpiresIn               int64  `json:"expires_in"`
	Interval                int64  `json:"interval"`
}

// BeginDevice begins to link an account by a code that the person scans with
// another device. Who scans it agrees for the account that began it, whoever shows
// it to them: such a link is marked, and what comes of it is held against the
// person's face. Its errors are those of BeginLink but ErrRedirect; ErrUnknown
// where the entry does not allow it.
func (s *Service) BeginDevice(ctx context.Context, accountID, issuer string, from account.Origin) (DeviceBeginning, error) {
	p, err := s.provider(issuer, UseAffiliate)
	if err == nil && !p.Device {
		err = ErrUnknown
	}
	if err != nil {
		return DeviceBeginning{}, err
	}
	if err := s.deps.Accounts.CountBeginning(ctx, from); err != nil {
		return DeviceBeginning{}, err
	}
	asked := s.deps.Now()
	answer, err := p.authorizeDevice(ctx)
	if err != nil {
		return DeviceBeginning{}, s.noted(ctx, accountID, err)
	}
	a := Attempt{
		AccountID: accountID, Device: answer.DeviceCode, Interval: answer.interval(),
		ExpiresAt: asked.Add(min(time.Duration(min(answer.ExpiresIn, 1<<31))*time.Second, attemptLife)),
	}
	if err := s.keep(ctx, p, &a); err != nil {
		return DeviceBeginning{}, err
	}
	return DeviceBeginning{
		ID: a.ID, VerificationURI: answer.VerificationURI, Complete: answer.VerificationURIComplete,
		UserCode: answer.UserCode, Interval: a.Interval, ExpiresAt: a.ExpiresAt,
	}, nil
}

func (a deviceAnswer) interval() time.Duration {
	if a.Interval <= 0 {
		return pollUnnamed
	}
	return min(time.Duration(min(a.Interval, 1<<31))*time.Second, pollLongest)
}

// maxUserCode is the most characters of a code that a person can compare.
const maxUserCode = 40

func (a deviceAnswer) check(issuer string) error {
	if a.DeviceCode == "" || a.UserCode == "" || len(a.UserCode) > maxUserCode || a.ExpiresIn <= 0 {
		return errors.New("its answer about a device lacks a code or a life")
	}
	for _, address := range []string{a.VerificationURI, a.VerificationURIComplete} {
		if address == "" && a.VerificationURI != "" {
			continue // the complete one may be left out
		}
		if err := checkAddress(address, issuer); err != nil {
			return fmt.Errorf("its page for devices: %w", err)
		}
	}
	return nil
}

// authorizeDevice asks the issuer for codes. It returns *RefusedError or
// ErrUnavailable.
func (p *provider) authorizeDevice(ctx context.Context) (deviceAnswer, error) {
	var out deviceAnswer
	d, err := p.discover(ctx)
	if err != nil {
		return out, err
	}
	endpoint := d.Endpoint().DeviceAuthURL
	if endpoint == "" {
		return out, &RefusedError{p.ID, CauseIssuer, errNoDevice}
	}
	claims, err := p.request(true)
	if err != nil {
		return out, err
	}
	form := url.Values{"client_id": {p.ClientID}, "scope": {strings.Join(p.scopes(d, true), " ")}}
	if claims != nil {
		form.Set("claims", string(claims))
	}
	answer, err := p.post(ctx, d, endpoint, form)
	if err != nil {
		return out, p.refused(CauseCode, err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return out, p.refused(CauseCode, err)
	case answer.StatusCode != http.StatusOK:
		return out, &RefusedError{p.ID, CauseCode, &statusError{answer.StatusCode}}
	}
	if err = json.Unmarshal(raw, &out); err == nil {
		err = out.check(p.Issuer)
	}
	if err != nil {
		return out, &RefusedError{p.ID, CauseCode, err}
	}
	return out, nil
}

// errNoDevice is an entry with device, of an issuer without it.
var errNoDevice = errors.New("its metadata names no device_authorization_endpoint; take device out of its entry")

// poll asks once whether the person has answered on their device, and where they
// have, who it was. One process asks at a time, and no sooner than the issuer
// likes. It returns ErrNotFound, ErrSpent, *PendingError, *RefusedError or
// ErrUnavailable.
func (s *Service) poll(ctx context.Context, accountID, id string) (*provider, person, error) {
	ctx = context.WithoutCancel(ctx) // tokens that nobody keeps would be lost
	a, due, err := s.deps.Store.PollAttempt(ctx, id, accountID, s.deps.Now())
	if err != nil {
		return nil, person{}, err
	}
	if !due.IsZero() {
		return nil, person{}, &PendingError{due}
	}
	p, err := s.provider(a.Issuer, UseAffiliate)
	if err != nil {
		return nil, person{}, err
	}
	who, err := p.deviceToken(ctx, a)
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && (answer.ErrorCode == "authorization_pending" || answer.ErrorCode == "slow_down") {
		return nil, person{}, s.pending(ctx, a, answer.ErrorCode == "slow_down")
	}
	err = p.deviceRefused(err)
	if errors.Is(err, ErrUnavailable) {
		return nil, person{}, err // it is asked again
	}
	if _, taking := s.deps.Store.TakeAttempt(ctx, id, accountID, s.deps.Now()); taking != nil {
		return nil, person{}, taking
	}
	return p, who, s.noted(ctx, accountID, err)
}

// pending puts the next question off.
func (s *Service) pending(ctx context.Context, a Attempt, slower bool) error {
	if slower {
		a.Interval += slowDown
	}
	until := s.deps.Now().Add(a.Interval)
	if err := s.deps.Store.SlowAttempt(ctx, a, until); err != nil {
		return err
	}
	return &PendingError{until}
}

// deviceToken takes a device code to the issuer. An answer of its token endpoint
// that is no token is returned as it is.
func (p *provider) deviceToken(ctx context.Context, a Attempt) (person, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return person{}, err
	}
	asked := p.now()
	token, err := p.oauth(d, "").Exchange(p.context(ctx), "",
		oauth2.SetAuthURLParam("grant_type", deviceGrant), oauth2.SetAuthURLParam("device_code", a.Device))
	if err != nil {
		return person{}, err
	}
	_, who, err := p.identify(ctx, d, token, asked)
	return who, err
}

// deviceRefused words what the token endpoint says of a device code (RFC 8628, 3.5).
func (p *provider) deviceRefused(err error) error {
	var refused *RefusedError
	var answer *oauth2.RetrieveError
	switch {
	case err == nil, errors.As(err, &refused), errors.Is(err, ErrUnavailable):
		return err
	case errors.As(err, &answer) && answer.ErrorCode == "access_denied":
		return &RefusedError{p.ID, CauseDeclined, nil}
	case errors.As(err, &answer) && answer.ErrorCode == "expired_token":
		return &RefusedError{p.ID, CauseExpired, nil}
	}
	return p.refused(CauseCode, err)
}
