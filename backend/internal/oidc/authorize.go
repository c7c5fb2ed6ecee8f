package oidc

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"realname.example/backend/internal/service"
)

// Lives of what the provider hands out.
const (
	requestLife = time.Hour // the person may have to verify first
	codeLife    = time.Minute
	accessLife  = 10 * time.Minute
	refreshLife = 30 * 24 * time.Hour
	idLife      = 10 * time.Minute
)

// refusal is what is sent back to a service (RFC 6749, 4.1.2.1).
type refusal struct{ code, description string }

// Error implements error.
func (r *refusal) Error() string { return r.code + ": " + r.description }

// authorize reads what a service asks and begins a request, which the pages
// carry on.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.refusePage(w, r, "form")
		return
	}
	s, redirect, err := p.asker(r)
	if err != nil {
		p.refuseAsker(w, r, err)
		return
	}
	request, err := p.readRequest(r.Form, s)
	if err != nil {
		p.sendBack(w, r, redirect, r.Form.Get("state"), err)
		return
	}
	request.Session.RedirectURI = redirect
	if slices.Contains(strings.Fields(r.Form.Get("prompt")), "none") {
		p.silent(w, r, s, request)
		return
	}
	if !p.counted(w, r, countAuthorize) {
		return
	}
	id, err := p.begin(w, r, request)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.toRequest(w, r, id)
}

// Errors about who asks. Nothing is sent to an address that is not the
// service's.
var (
	errAsker    = errors.New("unknown service")
	errRedirect = errors.New("unknown redirect address")
)

// asker returns the service of a request and the address to answer at.
func (p *Provider) asker(r *http.Request) (service.Service, string, error) {
	s, err := p.Store.Service(r.Context(), p.cfg.Realm, r.Form.Get("client_id"))
	if errors.Is(err, service.ErrNotFound) {
		return s, "", errAsker
	}
	if err != nil {
		return s, "", err
	}
	redirect := r.Form.Get("redirect_uri")
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(r.Form[name]) != 1 {
			return s, "", errRedirect
		}
	}
	if !slices.ContainsFunc(s.Redirects, func(known string) bool { return leadsTo(s, known, redirect) }) {
		return s, "", errRedirect
	}
	return s, redirect, nil
}

// leadsTo reports whether an address is one that the service has. Of an app on
// the person's own device the port is free, on the same loopback address
// (RFC 8252, 7.3).
func leadsTo(s service.Service, known, asked string) bool {
	if known == asked {
		return true
	}
	a, err := url.Parse(asked)
	k, knownErr := url.Parse(known)
	if err != nil || knownErr != nil || !s.Native() || !service.Loopback(k) || !service.Loopback(a) {
		return false
	}
	if _, err := strconv.ParseUint(a.Port(), 10, 16); err != nil || a.User != nil || a.Fragment != "" || strings.Contains(asked, "#") {
		return false
	}
	return a.Hostname() == k.Hostname() && a.EscapedPath() == k.EscapedPath() && a.RawQuery == k.RawQuery
}

// readRequest checks the parameters. It returns *refusal.
func (p *Provider) readRequest(form url.Values, s service.Service) (service.Request, error) {
	for name, values := range form {
		if len(values) > 1 {
			return service.Request{}, &refusal{"invalid_request", name + " stands twice"}
		}
	}
	for _, check := range []func(url.Values) error{checkResponse, checkChallenge, checkPrompt} {
		if err := check(form); err != nil {
			return service.Request{}, err
		}
	}
	scopes, err := readScopes(form.Get("scope"))
	if err != nil {
		return service.Request{}, err
	}
	asked, err := service.ParseAsked(form.Get("claims"))
	if err != nil {
		return service.Request{}, &refusal{"invalid_request", "claims is no JSON object"}
	}
	fresh, err := p.freshness(form)
	if err != nil {
		return service.Request{}, err
	}
	return service.Request{
		ServiceID: s.ID, State: form.Get("state"), ExpiresAt: p.now().Add(requestLife), Fresh: fresh,
		Ask: slices.Contains(strings.Fields(form.Get("prompt")), "consent"),
		Session: service.Session{
			Scopes: scopes, Asked: asked, Nonce: form.Get("nonce"), Challenge: form.Get("code_challenge"),
		},
	}, nil
}

// checkResponse takes the code, in the query: nothing else is offered.
func checkResponse(form url.Values) error {
	switch {
	case form.Has("request"):
		return &refusal{"request_not_supported", "send the parameters themselves"}
	case form.Has("request_uri"):
		return &refusal{"request_uri_not_supported", "send the parameters themselves"}
	case form.Get("response_type") == "":
		return &refusal{"invalid_request", "response_type is missing"}
	case form.Get("response_type") != "code":
		return &refusal{"unsupported_response_type", "response_type must be code"}
	case form.Has("response_mode") && form.Get("response_mode") != "query":
		return &refusal{"invalid_request", "response_mode must be query"}
	}
	return nil
}

// challengeLength is that of a SHA-256 in base 64.
const challengeLength = 43

func checkChallenge(form url.Values) error {
	challenge := form.Get("code_challenge")
	raw, err := base64.RawURLEncoding.DecodeString(challenge)
	switch {
	case form.Get("code_challenge_method") != "S256":
		return &refusal{"invalid_request", "code_challenge_method must be S256"}
	case err != nil || len(challenge) != challengeLength || len(raw) == 0:
		return &refusal{"invalid_request", "code_challenge is missing or no SHA-256"}
	}
	return nil
}

func checkPrompt(form url.Values) error {
	prompts := strings.Fields(form.Get("prompt"))
	for _, prompt := range prompts {
		if !slices.Contains([]string{"none", "login", "consent", "select_account"}, prompt) {
			return &refusal{"invalid_request", "prompt is not known"}
		}
	}
	if len(prompts) > 1 && slices.Contains(prompts, "none") {
		return &refusal{"invalid_request", "prompt=none stands alone"}
	}
	return nil
}

// readScopes leaves out what is not known here.
func readScopes(text string) ([]string, error) {
	var scopes []string
	for _, known := range []string{scopeOpenID, scopeRealname, scopeOffline} {
		if slices.Contains(strings.Fields(text), known) {
			scopes = append(scopes, known)
		}
	}
	if !slices.Contains(scopes, scopeOpenID) {
		return nil, &refusal{"invalid_scope", "scope must have openid"}
	}
	return scopes, nil
}

// freshness is the moment that a sign-in must not be before.
func (p *Provider) freshness(form url.Values) (time.Time, error) {
	prompts := strings.Fields(form.Get("prompt"))
	if slices.Contains(prompts, "login") || slices.Contains(prompts, "select_account") {
		return p.now(), nil
	}
	if !form.Has("max_age") {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseUint(form.Get("max_age"), 10, 31)
	if err != nil {
		return time.Time{}, &refusal{"invalid_request", "max_age is no number of seconds"}
	}
	return p.now().Add(-time.Duration(seconds) * time.Second), nil
}

// wants is what a person has to agree to.
func wants(session service.Session, s service.Service) service.Wants {
	w := session.Asked.Wants(s)
	w.Status = w.Status || slices.Contains(session.Scopes, scopeRealname)
	return w
}

// sendBack tells the service why nothing comes of its request.
func (p *Provider) sendBack(w http.ResponseWriter, r *http.Request, redirect, state string, err error) {
	var why *refusal
	if !errors.As(err, &why) {
		p.fail(w, r, err)
		return
	}
	p.answer(w, r, redirect, url.Values{"error": {why.code}, "error_description": {why.description}}, state)
}

// answer sends the browser back to the service. Iss says who answers (RFC 9207),
// so that a service with several providers cannot be led to take one for
// another.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, redirect string, values url.Values, state string) {
	u, err := url.Parse(redirect)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	query := u.Query()
	for name := range values {
		query.Set(name, values.Get(name))
	}
	if state != "" {
		query.Set("state", state)
	}
	query.Set("iss", p.cfg.Issuer)
	u.RawQuery = query.Encode()
	//nolint:gosec // G710: the address is one of the service's own (asker)
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// silent answers prompt=none: at once, or with what is missing.
func (p *Provider) silent(w http.ResponseWriter, r *http.Request, s service.Service, request service.Request) {
	person, err := p.person(r, request)
	if errors.Is(err, ErrNobody) {
		p.sendBack(w, r, request.Session.RedirectURI, request.State, &refusal{"login_required", "nobody is signed in"})
		return
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	g, err := p.Store.Grant(r.Context(), s.ID, person.AccountID)
	if err != nil && !errors.Is(err, service.ErrNotFound) {
		p.fail(w, r, err)
		return
	}
	if err != nil || !g.Covers(wants(request.Session, s)) || s.Native() {
		p.sendBack(w, r, request.Session.RedirectURI, request.State, &refusal{"consent_required", "the person has to be asked"})
		return
	}
	code, token := p.newCode(request, person, g.Subject)
	if err := p.Store.AddToken(r.Context(), token); err != nil {
		p.fail(w, r, err)
		return
	}
	p.answer(w, r, request.Session.RedirectURI, url.Values{"code": {code}}, request.State)
}

// newCode draws a code, which begins a family of tokens.
func (p *Provider) newCode(request service.Request, person Person, subject string) (string, service.Token) {
	code := rand.Text()
	session := request.Session
	session.Subject, session.SignedInAt = subject, person.SignedInAt
	return code, service.Token{
		Kind: service.KindCode, Hash: service.Hash(code), ServiceID: request.ServiceID, AccountID: person.AccountID,
		Family: rand.Text(), ExpiresAt: p.now().Add(codeLife), Session: session,
	}
}
