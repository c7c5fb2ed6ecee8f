package issuer

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// metadata is what we read of an issuer's discovery document beside what go-oidc
// does.
type metadata struct {
	JWKS        string   `json:"jwks_uri"`
	Revocation  string   `json:"revocation_endpoint"`
	Scopes      []string `json:"scopes_supported"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	// SaysIssuer is true where every answer of the authorization endpoint names
	// the issuer (RFC 9207).
	SaysIssuer bool     `json:"authorization_response_iss_parameter_supported"`
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
}

// Lives of what is remembered of an issuer's metadata.
const (
	metadataLife = time.Hour
	awayLife     = 5 * time.Second // an issuer that was away is not asked anew for so long
)

// provider is one issuer and what is known of it.
type provider struct {
	Config
	client *http.Client
	now    func() time.Time
	email  bool // an address that it has verified as an affiliate is of use

	last atomic.Value // State by the newest discovery, to be read while the next runs

	mu       sync.Mutex
	known    *discovered
	failed   error // of the newest discovery
	failedAt time.Time
}

// discovered is what an issuer said of itself.
type discovered struct {
	*oidc.Provider
	metadata
	keys *oidc.RemoteKeySet
	at   time.Time
}

// discover returns the metadata of the issuer: that of the last hour, else what
// it says now; while it is away, what it said before. One call asks, others wait
// for it.
func (p *provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.known != nil && now.Sub(p.known.at) < metadataLife {
		return p.known, nil
	}
	if p.failed != nil && now.Sub(p.failedAt) < awayLife {
		return p.remembered(p.failed)
	}
	found, err := p.ask(ctx)
	if err != nil && ctx.Err() != nil { // the caller left; the issuer may be well
		return p.remembered(err)
	}
	p.failed, p.failedAt = err, now
	p.last.Store(stateOf(err))
	if err != nil {
		return p.remembered(err)
	}
	if p.known != nil && p.known.JWKS == found.JWKS {
		found.keys = p.known.keys // with what they have in store
	}
	p.known = found
	return found, nil
}

func (p *provider) remembered(err error) (*discovered, error) {
	if p.known != nil && errors.Is(err, ErrUnavailable) {
		return p.known, nil
	}
	return nil, err
}

func (p *provider) ask(ctx context.Context) (*discovered, error) {
	found, err := oidc.NewProvider(p.context(ctx), p.Issuer)
	var mismatch *oidc.IssuerMismatchError
	switch {
	case errors.As(err, &mismatch):
		return nil, &RefusedError{p.ID, CauseIssuer, fmt.Errorf("its metadata says that it is %q; write that into the entry if it is right", mismatch.Discovered)}
	case err != nil:
		return nil, fmt.Errorf("%w: its metadata cannot be read: %w", ErrUnavailable, brief(err))
	}
	d := &discovered{Provider: found, at: p.now()}
	if err := found.Claims(&d.metadata); err != nil {
		return nil, fmt.Errorf("%w: its metadata cannot be read: %w", ErrUnavailable, err)
	}
	if err := d.check(p.Issuer); err != nil {
		return nil, &RefusedError{p.ID, CauseIssuer, err}
	}
	d.keys = oidc.NewRemoteKeySet(p.context(context.WithoutCancel(ctx)), d.JWKS)
	return d, nil
}

// check refuses endpoints to which a secret would go in clear.
func (d *discovered) check(issuer string) error {
	endpoint := d.Endpoint()
	for name, address := range map[string]string{
		"authorization_endpoint": endpoint.AuthURL, "token_endpoint": endpoint.TokenURL, "jwks_uri": d.JWKS,
		"userinfo_endpoint": d.UserInfoEndpoint(), "revocation_endpoint": d.Revocation,
		"device_authorization_endpoint": endpoint.DeviceAuthURL,
	} {
		required := name == "authorization_endpoint" || name == "token_endpoint" || name == "jwks_uri"
		if address == "" && !required {
			continue
		}
		if err := checkAddress(address, issuer); err != nil {
			return fmt.Errorf("its metadata: %s: %w", name, err)
		}
	}
	return nil
}

// context carries the client of this issuer to the libraries.
func (p *provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// oauth is the issuer's client at its endpoints. The way in which it says who it
// is comes from the metadata: to try both would send a code twice.
func (p *provider) oauth(d *discovered, redirect string) *oauth2.Config {
	endpoint := d.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	post := len(d.AuthMethods) > 0 && !slices.Contains(d.AuthMethods, "client_secret_basic")
	if p.Secret.Empty() || post {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.Secret.Reveal(), Endpoint: endpoint,
		RedirectURL: redirect,
	}
}

const scopeEmail = "email"

// scopes are openid and those of the entry, else what the issuer offers of what
// we have a use for: for a link, or for a sign-in.
func (p *provider) scopes(d *discovered, link bool) []string {
	all := []string{oidc.ScopeOpenID}
	wanted := p.Scopes
	if len(wanted) == 0 {
		useful := []string{oidc.ScopeProfile, oidc.ScopeOfflineAccess}
		if p.email || !link {
			useful = append(useful, scopeEmail)
		}
		for _, s := range useful {
			if slices.Contains(d.Scopes, s) {
				wanted = append(wanted, s)
			}
		}
	}
	for _, s := range wanted {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// address is where the person answers the attempt.
func (p *provider) address(d *discovered, a Attempt, claims json.RawMessage) string {
	config := p.oauth(d, a.RedirectURI)
	config.Scopes = p.scopes(d, a.AccountID != "")
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(a.Verifier), oidc.Nonce(a.Nonce)}
	if slices.Contains(config.Scopes, oidc.ScopeOfflineAccess) {
		// OpenID Connect Core 11: without it the scope is ignored.
		options = append(options, oauth2.SetAuthURLParam("prompt", "consent"))
	}
	if claims != nil {
		options = append(options, oauth2.SetAuthURLParam("claims", string(claims)))
	}
	return config.AuthCodeURL(a.State, options...)
}

// Tokens are what an issuer gave for a code or a refresh token.
type Tokens struct {
	Access string
	// Until is when Access ends; zero where the issuer does not say.
	Until   time.Time
	Refresh string // empty where there is none
}

// person is who an issuer says has answered.
type person struct {
	subject string
	// username is for display; empty where the issuer says none.
	username string
	// email is the verified address that the ID token has; empty for none there.
	email  string
	tokens Tokens
}

// exchange takes the code of an attempt to the issuer and returns who answered.
// It returns *RefusedError or ErrUnavailable.
func (p *provider) exchange(ctx context.Context, a Attempt, code string) (person, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return person{}, err
	}
	asked := p.now()
	token, err := p.oauth(d, a.RedirectURI).Exchange(p.context(ctx), code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return person{}, p.refused(CauseCode, err)
	}
	id, who, err := p.identify(ctx, d, token, asked)
	if err != nil {
		return person{}, err
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) != 1 {
		return person{}, &RefusedError{p.ID, CauseNonce, nil}
	}
	return who, nil
}

// identify returns who the tokens are of, by the ID token that has to be there.
func (p *provider) identify(ctx context.Context, d *discovered, token *oauth2.Token, asked time.Time) (*oidc.IDToken, person, error) {
	raw, _ := token.Extra("id_token").(string)
	id, err := p.verify(ctx, d, raw, asked)
	if err != nil {
		return nil, person{}, err
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return nil, person{}, &RefusedError{p.ID, CauseToken, err}
		}
	}
	return id, person{subject: id.Subject, username: usernameOf(id), email: emailIn(id), tokens: p.tokens(token, asked)}, nil
}

// tokens counts an access token's life from when it was asked for, by our clock.
func (p *provider) tokens(t *oauth2.Token, asked time.Time) Tokens {
	out := Tokens{Access: t.AccessToken, Refresh: t.RefreshToken}
	if t.ExpiresIn > 0 {
		out.Until = asked.Add(time.Duration(min(t.ExpiresIn, 1<<31)) * time.Second)
	}
	return out
}

// refused words an error of the token endpoint. What the issuer wrote stays out of
// it: nobody knows what stands there.
func (p *provider) refused(cause Cause, err error) error {
	if unavailable := away(err); errors.Is(unavailable, ErrUnavailable) {
		return unavailable
	}
	return &RefusedError{p.ID, cause, brief(err)}
}

// brief is an error without the body that the libraries put into its text.
func brief(err error) error {
	var answer *oauth2.RetrieveError
	var status *statusError
	var transport interface{ Timeout() bool }
	switch {
	case errors.As(err, &answer) && answer.ErrorCode != "":
		return fmt.Errorf("the issuer answers %.64q", answer.ErrorCode)
	case errors.As(err, &answer):
		return &statusError{answer.Response.StatusCode}
	case errors.As(err, &status), errors.As(err, &transport), errors.Is(err, errLarge):
		return err
	}
	return errors.New("its answer is no such document")
}

// verify checks an ID token: signature, algorithm, issuer and audience by go-oidc,
// the rest here.
func (p *provider) verify(ctx context.Context, d *discovered, raw string, now time.Time) (*oidc.IDToken, error) {
	if raw == "" {
		return nil, &RefusedError{p.ID, CauseToken, errors.New("there is no ID token")}
	}
	keys := &keySet{remote: d.keys}
	verifier := oidc.NewVerifier(p.Issuer, keys, &oidc.Config{
		ClientID: p.ClientID, SupportedSigningAlgs: algorithms(d.Algorithms),
		SkipExpiryCheck: true, // checkTimes does it, with one leeway for all
	})
	id, err := verifier.Verify(ctx, raw)
	switch {
	case keys.away != nil:
		return nil, fmt.Errorf("%w: its keys cannot be read: %w", ErrUnavailable, brief(keys.away))
	case err != nil:
		return nil, &RefusedError{p.ID, CauseToken, err}
	}
	if err := p.checkParty(id); err != nil {
		return nil, &RefusedError{p.ID, CauseAudience, err}
	}
	if err := checkTimes(id, now); err != nil {
		return nil, &RefusedError{p.ID, CauseTime, err}
	}
	if id.Subject == "" || len(id.Subject) > maxSubject {
		return nil, &RefusedError{p.ID, CauseSubject, errors.New("the ID token names nobody")}
	}
	return id, nil
}

// maxSubject is the most characters that a subject has (OpenID Connect Core 2).
const maxSubject = 255

// keySet tells keys that cannot be read from a signature that is wrong: go-oidc
// says both in the words of one error.
type keySet struct {
	remote *oidc.RemoteKeySet
	away   error
}

// VerifySignature implements oidc.KeySet.
func (k *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, jwt)
	if cause := errors.Unwrap(err); cause != nil { // only a failed fetch is wrapped
		k.away = cause
	}
	return payload, err
}

// algorithms are those of the issuer that go-oidc checks: all of them are by key
// pairs. One that lists none means RS256, as the specification says.
func algorithms(listed []string) []string {
	known := []string{
		oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
	}
	if len(listed) == 0 {
		return []string{oidc.RS256}
	}
	return slices.DeleteFunc(known, func(a string) bool { return !slices.Contains(listed, a) })
}

// leeway is how far an issuer's clock and ours may be apart; freshLife how old a
// token may be that was made for a code a moment ago.
const (
	leeway    = time.Minute
	freshLife = 10 * time.Minute
)

// checkTimes holds exp, iat and nbf to one leeway. go-oidc gives exp none, nbf
// five minutes, and never looks at iat.
func checkTimes(id *oidc.IDToken, now time.Time) error {
	var more struct {
		NotBefore float64 `json:"nbf"`
	}
	if err := id.Claims(&more); err != nil {
		return errors.New("its claims cannot be read")
	}
	late := now.Add(-leeway)
	switch {
	case id.Expiry.Before(late):
		return errors.New("it has expired")
	case id.IssuedAt.Unix() <= 0 || id.IssuedAt.After(now.Add(leeway)):
		return errors.New("it was made in the future, or does not say when")
	case id.IssuedAt.Before(late.Add(-freshLife)):
		return errors.New("it was made long ago")
	case more.NotBefore > float64(now.Add(leeway).Unix()):
		return errors.New("it is not valid yet")
	}
	return nil
}

// checkParty holds aud and azp to OpenID Connect Core 3.1.3.7: where others are
// meant too, azp has to say that the token was made for us; and where there is an
// azp, it is us.
func (p *provider) checkParty(id *oidc.IDToken) error {
	var more struct {
		Party string `json:"azp"`
	}
	if err := id.Claims(&more); err != nil {
		return errors.New("its claims cannot be read")
	}
	switch {
	case more.Party != "" && more.Party != p.ClientID:
		return errors.New("azp is another party")
	case more.Party == "" && len(id.Audience) > 1:
		return errors.New("it is for several parties, and no azp says that it was made for us")
	}
	return nil
}
