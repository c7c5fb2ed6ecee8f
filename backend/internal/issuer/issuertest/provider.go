// Package issuertest is an OpenID provider for tests: it answers as the
// specifications say, and lies in each way that a test asks for. What real
// providers do is seen with those (docs/connect.md).
package issuertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Client and secret of the one client that the provider knows.
const (
	ClientID = "realname"
	Secret   = "secret of realname/+"
)

// Provider is one issuer on loopback. Its fields may be changed between calls.
type Provider struct {
	*httptest.Server
	t testing.TB

	mu sync.Mutex
	// Subject is who signs in there; Username their name for display.
	Subject, Username string
	// Verified is the member verified_claims of userinfo; nil for none.
	Verified any
	// Metadata, Token, UserInfo, IDToken and Answer change what is answered.
	Metadata, UserInfo, IDToken func(map[string]any)
	Answer                      func(url.Values)
	// Key signs; Published are the keys that can be fetched, beside Padding bytes.
	Key       Key
	Published []Key
	Padding   int
	// Sign makes an ID token of its claims instead of Key.
	Sign func(payload []byte) string
	// Down lists paths that answer 503.
	Down map[string]bool
	// Barred lists paths before which a proxy answers 403 with a page of its own.
	Barred map[string]bool
	// Keeps says that refresh tokens stay as they are; else each is used once, and a
	// second use ends the link.
	Keeps bool
	// IgnorePKCE gives tokens for a code whatever the verifier.
	IgnorePKCE bool
	// NoRefresh gives none.
	NoRefresh bool
	// Now is the provider's clock.
	Now func() time.Time

	grants  map[string]*grant // by code, access or refresh token
	Revoked []string          // refresh tokens that were revoked
	// Asked counts the calls by path.
	Asked map[string]int
	// Spent is how long the provider's own answers took.
	Spent time.Duration
	// LastClaims and LastScope are parameters of the newest authorization.
	LastClaims, LastScope string
	// DeviceAnswer changes what the device authorization endpoint says; SlowDown has
	// the token endpoint ask for fewer questions once.
	DeviceAnswer func(map[string]any)
	SlowDown     bool
	devices      map[string]*device // by device code
}

// grant is what a code or token stands for.
type grant struct {
	subject, nonce, challenge, redirect string
	used, ended                         bool
	root                                *grant // of the first of its kind
}

// device is a request of a device; grant is nil until somebody agreed.
type device struct {
	userCode string
	grant    *grant
	declined bool
	expired  bool
}

// Key is a key pair and its id.
type Key struct {
	ID      string
	Private *ecdsa.PrivateKey
}

// NewKey draws a key.
func NewKey(t testing.TB, id string) Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return Key{id, private}
}

// New starts a provider until the end of the test.
func New(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{t: t, Subject: "sub-1", Username: "wangfang", grants: map[string]*grant{}, devices: map[string]*device{}, Asked: map[string]int{}, Down: map[string]bool{}, Now: time.Now}
	p.Key = NewKey(t, "first")
	p.Published = []Key{p.Key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", p.metadata)
	mux.HandleFunc("/keys", p.keys)
	mux.HandleFunc("/token", p.token)
	mux.HandleFunc("/userinfo", p.userinfo)
	mux.HandleFunc("/revoke", p.revoke)
	mux.HandleFunc("/device", p.device)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.Asked[r.URL.Path]++
		begun := time.Now()
		defer func() { p.Spent += time.Since(begun) }()
		if p.Down[r.URL.Path] {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		if p.Barred[r.URL.Path] {
			http.Error(w, "<html>blocked</html>", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// Set changes the provider while it may be answering.
func (p *Provider) Set(change func(*Provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// Count returns how often a path was asked.
func (p *Provider) Count(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Asked[path]
}

func (p *Provider) metadata(w http.ResponseWriter, _ *http.Request) {
	m := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/userinfo", "revocation_endpoint": p.URL + "/revoke",
		"device_authorization_endpoint":                  p.URL + "/device",
		"scopes_supported":                               []string{"openid", "profile", "offline_access"},
		"id_token_signing_alg_values_supported":          []string{"ES256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic"},
		"authorization_response_iss_parameter_supported": true, "claims_parameter_supported": true,
	}
	if p.Metadata != nil {
		p.Metadata(m)
	}
	write(w, http.StatusOK, m)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	set := jose.JSONWebKeySet{}
	for _, k := range p.Published {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Algorithm: string(jose.ES256), Use: "sig"})
	}
	write(w, http.StatusOK, map[string]any{"keys": set.Keys, "padding": strings.Repeat("x", p.Padding)})
}

// Agree answers an authorization address as a person who signs in and agrees, and
// returns the parameters with which their browser is sent to the redirect address.
func (p *Provider) Agree(address string) url.Values {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, p.URL+"/authorize?") {
		p.t.Fatalf("%s is no authorization address of %s", address, p.URL)
	}
	q := u.Query()
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		p.t.Fatalf("no such request is answered: %v", q)
	}
	p.LastClaims, p.LastScope = q.Get("claims"), q.Get("scope")
	code := random()
	p.grants[code] = &grant{subject: p.Subject, nonce: q.Get("nonce"), challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri")}
	answer := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}
	if p.Answer != nil {
		p.Answer(answer)
	}
	return answer
}

// device begins a request of a device (RFC 8628).
func (p *Provider) device(w http.ResponseWriter, r *http.Request) {
	if !known(r) {
		write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	p.LastClaims, p.LastScope = r.PostFormValue("claims"), r.PostFormValue("scope")
	code, userCode := random(), "WDJB-"+strings.ToUpper(random()[:4])
	p.devices[code] = &device{userCode: userCode}
	out := map[string]any{
		"device_code": code, "user_code": userCode, "verification_uri": p.URL + "/activate",
		"verification_uri_complete": p.URL + "/activate?user_code=" + userCode, "expires_in": 600, "interval": 5,
	}
	if p.DeviceAnswer != nil {
		p.DeviceAnswer(out)
	}
	write(w, http.StatusOK, out)
}

// AnswerDevice answers a code as whoever scanned it.
func (p *Provider) AnswerDevice(userCode string, agree bool) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.devices {
		if d.userCode == userCode {
			d.declined = !agree
			if agree {
				d.grant = &grant{subject: p.Subject}
			}
			return
		}
	}
	p.t.Fatalf("nobody was given %s", userCode)
}

// ExpireDevices ends every request that a device began.
func (p *Provider) ExpireDevices() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.devices {
		d.expired = true
	}
}

// deviceError is what the token endpoint says of a device code that brings nothing.
func (p *Provider) deviceError(code string) string {
	d := p.devices[code]
	switch {
	case d == nil:
		return "invalid_grant"
	case d.expired:
		return "expired_token"
	case d.declined:
		return "access_denied"
	case p.SlowDown:
		p.SlowDown = false
		return "slow_down"
	case d.grant == nil:
		return "authorization_pending"
	}
	return ""
}

// known reports whether a request proves that it is the client's.
func known(r *http.Request) bool {
	id, secret, ok := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	return ok && id == ClientID && secret == Secret
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if !known(r) {
		write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	if code := r.FormValue("device_code"); code != "" {
		if refused := p.deviceError(code); refused != "" {
			write(w, http.StatusBadRequest, map[string]any{"error": refused})
			return
		}
	}
	g := p.granted(r)
	if g == nil {
		write(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "private words of the provider"})
		return
	}
	access := random()
	p.grants[access] = g
	out := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 3600, "id_token": p.idToken(g)}
	if !p.NoRefresh {
		out["refresh_token"] = r.FormValue("refresh_token")
		if !p.Keeps || out["refresh_token"] == "" {
			refresh := random()
			p.grants[refresh] = &grant{subject: g.subject, root: g.first()}
			out["refresh_token"] = refresh
		}
	}
	write(w, http.StatusOK, out)
}

func (g *grant) first() *grant {
	if g.root == nil {
		return g
	}
	return g.root
}

// granted checks what a token is asked for with.
func (p *Provider) granted(r *http.Request) *grant {
	switch r.FormValue("grant_type") {
	case "authorization_code":
		g := p.grants[r.FormValue("code")]
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		proven := p.IgnorePKCE || g != nil && base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
		if g == nil || g.used || g.challenge == "" || g.redirect != r.FormValue("redirect_uri") || !proven {
			return nil
		}
		g.used = true
		return g
	case "urn:ietf:params:oauth:grant-type:device_code":
		code := r.FormValue("device_code")
		g := p.devices[code].grant
		delete(p.devices, code)
		return g
	case "refresh_token":
		g := p.grants[r.FormValue("refresh_token")]
		if g == nil || g.first().ended {
			return nil
		}
		if g.used && !p.Keeps {
			g.first().ended = true // a second use ends them all
			return nil
		}
		g.used = true
		g.nonce = ""
		return g
	}
	return nil
}

func (p *Provider) idToken(g *grant) string {
	now := p.Now()
	claims := map[string]any{
		"iss": p.URL, "sub": g.subject, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "preferred_username": p.Username,
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	if p.IDToken != nil {
		p.IDToken(claims)
	}
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	if p.Sign != nil {
		return p.Sign(payload)
	}
	return SignES256(p.t, p.Key, payload)
}

// SignES256 signs a token by a key.
func SignES256(t testing.TB, k Key, payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.Private, KeyID: k.ID}}, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return text
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	g := p.grants[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if g == nil || g.first().ended {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	out := map[string]any{"sub": g.subject}
	if p.Verified != nil {
		out["verified_claims"] = p.Verified
	}
	if p.UserInfo != nil {
		p.UserInfo(out)
	}
	write(w, http.StatusOK, out)
}

func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) {
	token := r.FormValue("token")
	if g := p.grants[token]; g != nil {
		g.first().ended = true
		p.Revoked = append(p.Revoked, token)
	}
	w.WriteHeader(http.StatusOK)
}

// End ends every grant of a person, as an administrator of the issuer does.
func (p *Provider) End(subject string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, g := range p.grants {
		if g.subject == subject {
			g.first().ended = true
		}
	}
}

// Revocations returns how many refresh tokens were revoked.
func (p *Provider) Revocations() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.Revoked)
}

// Tokens lists every code and token that was given out.
func (p *Provider) Tokens() iter.Seq[string] {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Values(slices.Collect(maps.Keys(p.grants)))
}

// Person returns verified claims of a person under a trust framework.
func Person(framework, name, number string, at time.Time) map[string]any {
	return map[string]any{
		"verification": map[string]any{
			"trust_framework": framework, "time": at.UTC().Format(time.RFC3339),
			"evidence": []any{map[string]any{"type": "document", "document_details": map[string]any{"type": "idcard", "document_number": number}}},
		},
		"claims": map[string]any{"name": name},
	}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func random() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
