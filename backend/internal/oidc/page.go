package oidc

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/text/language"

	"realname.example/backend/internal/service"
)

// Errors of People.
var (
	ErrCredentials = errors.New("username or password is wrong")
	// ErrPasswordsOff is a server whose people sign in at issuers alone.
	ErrPasswordsOff = errors.New("nobody signs in by password here")
	ErrNobody       = errors.New("nobody is signed in")
)

// WaitError is a cap on sign-ins that is reached.
type WaitError struct{ Until time.Time }

// Error implements error.
func (e *WaitError) Error() string { return "too many attempts" }

//go:embed pages/*.html
var files embed.FS

// pages are parsed once; a page that cannot be parsed stops the build's tests.
var pages = template.Must(template.ParseFS(files, "pages/*.html"))

var languages = language.NewMatcher([]language.Tag{language.English, language.Chinese})

// languageOf is zh or en, as the browser asks.
func languageOf(r *http.Request) string {
	tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	tag, _, _ := languages.Match(tags...)
	base, _ := tag.Base()
	return base.String()
}

// view is what a page shows.
type view struct {
	Nonce    string
	Language string
	Server   string
	Sandbox  bool
	// Step is signin, verify, consent, device, done or refused.
	Step string
	// Path stands before the addresses of the forms.
	Path string
	// ID is that of the request; Form keeps other sites from sending its forms.
	ID   string
	Form string
	// Service is who asks; Return is where the person goes back to.
	Service service.Service
	Return  string
	Account string
	Wants   service.Wants
	Offline bool
	// Status is how it stands with a person who is not verified. Elsewhere says
	// that they cannot become it here.
	Status    string
	Elsewhere bool
	// Device says that another device asks, which shows UserCode.
	Device   bool
	UserCode string
	// Said is what went wrong, by name.
	Said     string
	Minutes  int
	Username string
	// Target is what a form may lead to beside this provider.
	Target string
}

// Zh reports whether the page is Chinese.
func (v view) Zh() bool { return v.Language == "zh" }

// Asks reports whether a claim is asked for.
func (v view) Asks(claim string) bool { return slices.Contains(v.Wants.Claims, claim) }

// render writes a page. It runs no script; its one style carries the nonce. A
// form may lead on to the service that asks, and nowhere else.
func (p *Provider) render(w http.ResponseWriter, r *http.Request, status int, v view) {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails (Go 1.24)
	v.Nonce, v.Language = base64.StdEncoding.EncodeToString(raw), languageOf(r)
	v.Server, v.Sandbox, v.Path = p.cfg.Name(v.Language), p.cfg.Sandbox, p.cfg.Path
	v.Elsewhere = p.cfg.Elsewhere
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "page.html", v); err != nil {
		p.broken(w, r, fmt.Errorf("render page: %w", err))
		return
	}
	forms := "'self'"
	if v.Target != "" {
		forms += " " + v.Target
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+v.Nonce+
		"'; frame-ancestors 'none'; base-uri 'none'; form-action "+forms)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.Language)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader is gone where it fails
}

// refusePage says that nothing can be done here, and why.
func (p *Provider) refusePage(w http.ResponseWriter, r *http.Request, said string) {
	p.render(w, r, http.StatusBadRequest, view{Step: "refused", Said: said})
}

func (p *Provider) refuseAsker(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errAsker):
		p.refusePage(w, r, "service")
	case errors.Is(err, errRedirect):
		p.refusePage(w, r, "redirect")
	default:
		p.fail(w, r, err)
	}
}

// fail answers a person for a fault of ours.
func (p *Provider) fail(w http.ResponseWriter, r *http.Request, err error) {
	p.Logger.ErrorContext(r.Context(), "provider failed", "realm", p.cfg.Realm, "err", err)
	p.render(w, r, http.StatusServiceUnavailable, view{Step: "refused", Said: "broken"})
}

// Cookies: which browser began a request, and who is signed in there.
const (
	cookieBrowser = "realname_browser"
	cookieSession = "realname_session"
)

func (p *Provider) setCookie(w http.ResponseWriter, name, value string) {
	age := 0
	if value == "" {
		age = -1
	}
	name, path := p.cookieName(name)
	//nolint:gosec // Secure where the provider speaks TLS; on loopback it does not
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: path, HttpOnly: true, Secure: p.secure(),
		SameSite: http.SameSiteLaxMode, MaxAge: age,
	})
}

// cookieName is how a cookie is called, and for which path. Under TLS its prefix
// has the browser take it from this very host alone, and not from another one of
// the same domain; that needs the path of all, so the name tells realms apart.
func (p *Provider) cookieName(name string) (full, path string) {
	if !p.secure() {
		return name, p.cfg.Path + "/oidc/"
	}
	if p.cfg.Realm != "" {
		name += "_" + p.cfg.Realm
	}
	return "__Host-" + name, "/"
}

func (p *Provider) cookie(r *http.Request, name string) string {
	name, _ = p.cookieName(name)
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// browser is the secret by which a browser is known, which is drawn for one that
// has none yet.
func (p *Provider) browser(w http.ResponseWriter, r *http.Request) string {
	browser := p.cookie(r, cookieBrowser)
	if browser == "" {
		browser = rand.Text()
		p.setCookie(w, cookieBrowser, browser)
	}
	return browser
}

// begin keeps a request for the browser that sent it. Another browser that is
// given its address can do nothing with it.
func (p *Provider) begin(w http.ResponseWriter, r *http.Request, request service.Request) (string, error) {
	id := rand.Text()
	request.Browser = service.Hash(p.browser(w, r))
	return id, p.Store.AddRequest(r.Context(), service.Hash(id), request)
}

// waiting is a request that a page is about.
type waiting struct {
	service.Request
	id      string
	service service.Service
}

// errOther is a request that another browser began.
var errOther = errors.New("another browser began the request")

func (p *Provider) waiting(r *http.Request) (waiting, error) {
	id := r.PathValue("id")
	request, err := p.Store.Request(r.Context(), service.Hash(id), p.now())
	if err != nil {
		return waiting{}, err
	}
	if subtle.ConstantTimeCompare([]byte(request.Browser), []byte(service.Hash(p.cookie(r, cookieBrowser)))) != 1 {
		return waiting{}, errOther
	}
	s, err := p.Store.Service(r.Context(), p.cfg.Realm, request.ServiceID)
	return waiting{Request: request, id: id, service: s}, err
}

// person returns who is signed in, or ErrNobody where nobody is, or not lately
// enough for the request.
func (p *Provider) person(r *http.Request, request service.Request) (Person, error) {
	token := p.cookie(r, cookieSession)
	if token == "" {
		return Person{}, ErrNobody
	}
	person, err := p.People.Session(r.Context(), token)
	if err == nil && person.SignedInAt.Before(request.Fresh) {
		return Person{}, ErrNobody
	}
	return person, err
}

// formToken ties a form to the browser and the request that it was made for.
func (p *Provider) formToken(browser, id string) string {
	return hex.EncodeToString(p.MAC("oidc form", id+"|"+browser))
}

// formFits reports whether a form was made for its browser and the request. A
// browser that is not known has no form.
func (p *Provider) formFits(r *http.Request, id string) bool {
	browser := p.cookie(r, cookieBrowser)
	err := r.ParseForm()
	return err == nil && browser != "" &&
		subtle.ConstantTimeCompare([]byte(r.PostForm.Get("form")), []byte(p.formToken(browser, id))) == 1
}

// goneOr shows why a request cannot go on.
func (p *Provider) goneOr(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, service.ErrGone), errors.Is(err, service.ErrNotFound):
		p.refusePage(w, r, "gone")
	case errors.Is(err, errOther):
		p.refusePage(w, r, "other")
	default:
		p.fail(w, r, err)
	}
}

// show is the page of a request: what the person has to do next.
func (p *Provider) show(w http.ResponseWriter, r *http.Request) {
	q, err := p.waiting(r)
	if err != nil {
		p.goneOr(w, r, err)
		return
	}
	person, err := p.person(r, q.Request)
	if errors.Is(err, ErrNobody) {
		p.render(w, r, http.StatusOK, p.view(r, q, view{Step: "signin"}))
		return
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.showTo(w, r, q, person)
}

// refreshEvery is how often the page of a person who is not verified yet looks
// again, in seconds.
const refreshEvery = "3"

func (p *Provider) showTo(w http.ResponseWriter, r *http.Request, q waiting, person Person) {
	standing, err := p.People.Standing(r.Context(), person.AccountID)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	wanted := wants(q.Session, q.service)
	if wanted.Any() && !standing.Verified() {
		w.Header().Set("Refresh", refreshEvery)
		p.render(w, r, http.StatusOK, p.view(r, q, view{Step: "verify", Account: person.Account, Status: standing.Status}))
		return
	}
	g, err := p.Store.Grant(r.Context(), q.service.ID, person.AccountID)
	if err != nil && !errors.Is(err, service.ErrNotFound) {
		p.fail(w, r, err)
		return
	}
	if err == nil && g.Covers(wanted) && !q.Ask && !q.service.Native() && q.Device == "" {
		p.agree(w, r, q, person)
		return
	}
	p.render(w, r, http.StatusOK, p.view(r, q, view{Step: "consent", Account: person.Account}))
}

// view fills in what every page of a request has.
func (p *Provider) view(r *http.Request, q waiting, v view) view {
	v.Service, v.Wants, v.ID, v.Form = q.service, wants(q.Session, q.service), q.id, p.formToken(p.cookie(r, cookieBrowser), q.id)
	v.Offline = slices.Contains(q.Session.Scopes, scopeOffline)
	v.Device, v.UserCode = q.Device != "", q.UserCode
	if u, err := url.Parse(q.Session.RedirectURI); err == nil && u.Host != "" {
		v.Return, v.Target = u.Hostname(), service.Origin(q.Session.RedirectURI)
		if q.service.Native() {
			v.Return = ""
		}
	}
	return v
}

// act is what a person did on the page.
func (p *Provider) act(w http.ResponseWriter, r *http.Request) {
	q, err := p.waiting(r)
	if err != nil {
		p.goneOr(w, r, err)
		return
	}
	if !p.formFits(r, q.id) {
		p.refusePage(w, r, "form")
		return
	}
	switch r.PathValue("act") {
	case "sign-in":
		p.signIn(w, r, q)
	case "sign-out":
		p.signOut(w, r, q)
	case "agree":
		p.agreeAs(w, r, q)
	case "decline":
		p.decline(w, r, q)
	default:
		p.refusePage(w, r, "form")
	}
}

// toRequest sends the browser to the page of a request.
func (p *Provider) toRequest(w http.ResponseWriter, r *http.Request, id string) {
	http.Redirect(w, r, p.at("/oidc/requests/"+url.PathEscape(id)), http.StatusSeeOther)
}

func (p *Provider) signIn(w http.ResponseWriter, r *http.Request, q waiting) {
	username := r.PostForm.Get("username")
	token, err := p.People.SignIn(r.Context(), username, r.PostForm.Get("password"), p.From(r))
	v := view{Step: "signin", Username: username}
	var wait *WaitError
	switch {
	case err == nil:
		p.setCookie(w, cookieSession, token)
		p.toRequest(w, r, q.id)
		return
	case errors.Is(err, ErrCredentials):
		v.Said = "credentials"
	case errors.Is(err, ErrPasswordsOff):
		v.Said = "passwords"
	case errors.As(err, &wait):
		v.Said, v.Minutes = "wait", p.minutes(wait)
	default:
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusUnauthorized, p.view(r, q, v))
}

func (p *Provider) signOut(w http.ResponseWriter, r *http.Request, q waiting) {
	if token := p.cookie(r, cookieSession); token != "" {
		if err := p.People.SignOut(r.Context(), token); err != nil {
			p.fail(w, r, err)
			return
		}
	}
	p.setCookie(w, cookieSession, "")
	p.toRequest(w, r, q.id)
}

// agreeAs agrees as the person who is signed in now. The page that they saw asked
// for this very request, which cannot change.
func (p *Provider) agreeAs(w http.ResponseWriter, r *http.Request, q waiting) {
	person, err := p.person(r, q.Request)
	if errors.Is(err, ErrNobody) {
		p.toRequest(w, r, q.id)
		return
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.agree(w, r, q, person)
}

func (p *Provider) agree(w http.ResponseWriter, r *http.Request, q waiting, person Person) {
	g, err := p.widened(r, q, person)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	if q.Device != "" {
		p.agreeDevice(w, r, q, person, g)
		return
	}
	code, token := p.newCode(q.Request, person, g.Subject)
	if err := p.Store.Agree(r.Context(), service.Hash(q.id), g, token); err != nil {
		p.goneOr(w, r, err)
		return
	}
	p.answer(w, r, q.Session.RedirectURI, url.Values{"code": {code}}, q.State)
}

// widened is the grant with what this request adds.
func (p *Provider) widened(r *http.Request, q waiting, person Person) (service.Grant, error) {
	g, err := p.Store.Grant(r.Context(), q.service.ID, person.AccountID)
	now := p.now()
	if errors.Is(err, service.ErrNotFound) {
		g, err = service.Grant{
			ServiceID: q.service.ID, AccountID: person.AccountID,
			Subject: service.Subject(p.MAC, q.service, person.AccountID), Since: now,
		}, nil
	}
	g = g.Widen(wants(q.Session, q.service))
	g.At = now
	return g, err
}

func (p *Provider) decline(w http.ResponseWriter, r *http.Request, q waiting) {
	if err := p.Store.EndRequest(r.Context(), service.Hash(q.id), p.now()); err != nil {
		p.goneOr(w, r, err)
		return
	}
	if q.Device != "" {
		if err := p.Store.DeclineDevice(r.Context(), q.Device); err != nil {
			p.goneOr(w, r, err)
			return
		}
		p.render(w, r, http.StatusOK, view{Step: "done", Said: "declined"})
		return
	}
	p.sendBack(w, r, q.Session.RedirectURI, q.State, &refusal{"access_denied", "the person declined"})
}
