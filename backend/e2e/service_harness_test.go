package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/net/html"
	"golang.org/x/oauth2"

	"realname.example/backend/internal/service"
)

// person is a browser without scripts in somebody's hands.
type visitor struct {
	t    testing.TB
	http *http.Client
	// at is the address of the page, left where a site was reached that is not
	// the provider's.
	at   *url.URL
	left *url.URL
	page *html.Node
	code int
	raw  string
}

// newVisitor returns a browser that stays with one provider: what leads away is
// kept in left, and not followed.
func newVisitor(t testing.TB, home string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, http: &http.Client{Jar: jar}}
	v.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), home) {
			v.left = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}
	return v
}

func (v *visitor) open(address string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	v.send(r)
}

func (v *visitor) send(r *http.Request) {
	v.t.Helper()
	v.left = nil
	answer, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.at, v.code, v.raw = answer.Request.URL, answer.StatusCode, string(body)
	if v.page, err = html.Parse(strings.NewReader(v.raw)); err != nil {
		v.t.Fatal(err)
	}
}

// nodes lists the elements of a name.
func nodes(n *html.Node, name string) []*html.Node {
	var found []*html.Node
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == name {
			found = append(found, c)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// submit sends the form whose address ends with this, with what is filled in.
func (v *visitor) submit(ending string, filled ...string) {
	v.t.Helper()
	for _, form := range nodes(v.page, "form") {
		if !strings.HasSuffix(attribute(form, "action"), ending) {
			continue
		}
		values := url.Values{}
		for _, input := range nodes(form, "input") {
			values.Set(attribute(input, "name"), attribute(input, "value"))
		}
		for i := 0; i < len(filled); i += 2 {
			values.Set(filled[i], filled[i+1])
		}
		v.post(v.at.ResolveReference(&url.URL{Path: attribute(form, "action")}).String(), values)
		return
	}
	v.t.Fatalf("the page has no form %s: %s", ending, v.text())
}

func (v *visitor) post(address string, values url.Values) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.send(r)
}

// text is what the page says.
func (v *visitor) text() string {
	var b strings.Builder
	for _, main := range nodes(v.page, "main") {
		for c := range main.Descendants() {
			if c.Type == html.TextNode {
				b.WriteString(strings.TrimSpace(c.Data) + " ")
			}
		}
	}
	return b.String()
}

// relying is a service with go-oidc as its library.
type relying struct {
	t        testing.TB
	id       string
	secret   string
	provider *gooidc.Provider
	config   oauth2.Config
	claims   string
	verifier string
	state    string
	nonce    string
}

const serviceRedirect = "https://shop.example/back"

// addService makes a service at a server's own provider.
func (s *server) addService(d service.Draft) (service.Service, service.Secrets) {
	s.t.Helper()
	manager := service.Manager{Catalog: s.app.Store, Now: s.clock.Now, Loopback: true}
	made, secrets, err := manager.Add(s.t.Context(), d)
	if err != nil {
		s.t.Fatal(err)
	}
	return made, secrets
}

// shop is a service that may have the name and the number.
func (s *server) shop() *relying {
	s.t.Helper()
	made, secrets := s.addService(service.Draft{
		Name: "商城", Purpose: "购买处方药", Redirects: []string{serviceRedirect}, Claims: service.Claims(),
	})
	return s.relying(made, secrets.Client, serviceRedirect)
}

func (s *server) relying(made service.Service, secret, redirect string) *relying {
	s.t.Helper()
	p, err := gooidc.NewProvider(s.t.Context(), s.app.URL())
	if err != nil {
		s.t.Fatal(err)
	}
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if secret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &relying{
		t: s.t, id: made.ID, secret: secret, provider: p, verifier: oauth2.GenerateVerifier(), state: "state-of-this-browser", nonce: "nonce-of-this-request",
		config: oauth2.Config{
			ClientID: made.ID, ClientSecret: secret, RedirectURL: redirect, Endpoint: endpoint,
			Scopes: []string{gooidc.ScopeOpenID, "realname"},
		},
	}
}

// asking is a claims parameter for name and number.
const asking = `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"time":null,"evidence":[{"type":{"value":"document"},"document_details":{"type":null,"document_number":null}}]},"claims":{"name":{"essential":true}}}}}`

// address is where the service sends a browser.
func (r *relying) address(more ...oauth2.AuthCodeOption) string {
	options := append([]oauth2.AuthCodeOption{oauth2.S256ChallengeOption(r.verifier), gooidc.Nonce(r.nonce)}, more...)
	if r.claims != "" {
		options = append(options, oauth2.SetAuthURLParam("claims", r.claims))
	}
	return r.config.AuthCodeURL(r.state, options...)
}

// back is what came back to the service.
func (r *relying) back(v *visitor) url.Values {
	r.t.Helper()
	if v.left == nil || !strings.HasPrefix(v.left.String(), r.config.RedirectURL) {
		r.t.Fatalf("the browser did not come back: at %s, %d, %s", v.at, v.code, v.text())
	}
	return v.left.Query()
}

// told is what the service learns in the end.
type told struct {
	token *oauth2.Token
	id    *gooidc.IDToken
	info  map[string]any
	raw   string
}

// exchange redeems what came back, with every check that go-oidc has.
func (r *relying) exchange(v *visitor) told {
	r.t.Helper()
	back := r.back(v)
	if back.Get("state") != r.state || back.Get("error") != "" {
		r.t.Fatalf("came back with %v", back)
	}
	token, err := r.config.Exchange(r.t.Context(), back.Get("code"), oauth2.VerifierOption(r.verifier))
	if err != nil {
		r.t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := r.provider.Verifier(&gooidc.Config{ClientID: r.id}).Verify(r.t.Context(), raw)
	if err != nil {
		r.t.Fatal(err)
	}
	if id.Nonce != r.nonce || id.VerifyAccessToken(token.AccessToken) != nil {
		r.t.Fatalf("nonce %q, or at_hash, is not right", id.Nonce)
	}
	return told{token: token, id: id, info: r.userinfo(token), raw: raw}
}

func (r *relying) userinfo(token *oauth2.Token) map[string]any {
	r.t.Helper()
	info, err := r.provider.UserInfo(r.t.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		r.t.Fatal(err)
	}
	var claims map[string]any
	if err := info.Claims(&claims); err != nil {
		r.t.Fatal(err)
	}
	return claims
}

// call posts a form to an endpoint and returns status and answer.
func (r *relying) call(endpoint string, form url.Values, basic bool) (int, map[string]any) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(r.t.Context()), http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		request.SetBasicAuth(r.id, r.secret)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	var body map[string]any
	_ = json.NewDecoder(answer.Body).Decode(&body) // an empty one is as good as none
	return answer.StatusCode, body
}

// enter signs a visitor in on the page that they are at.
func (v *visitor) enter(username string) {
	v.t.Helper()
	v.submit("/sign-in", "username", username, "password", password)
}
