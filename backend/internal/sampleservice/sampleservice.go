// Package sampleservice is a site that relies on Realname, for the sandbox and as
// an example of one: it signs people in at a provider by golang.org/x/oauth2 and
// go-oidc, asks for verified claims, and shows what it was given.
package sampleservice

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/text/language"

	"realname.example/backend/internal/service"
)

// ID is how the sandbox's provider knows the service.
const ID = "sample-service"

// Draft is what the sandbox's provider is told of the service: one on the
// person's own machine, which keeps no secret and listens on any port.
func Draft() service.Draft {
	return service.Draft{
		ID: ID, Name: "示例药房 Sample Pharmacy", Purpose: "购买处方药（演示） / to sell prescription medicine (a demonstration)",
		Redirects: []string{"http://127.0.0.1" + pathBack, "http://[::1]" + pathBack}, Claims: []string{service.ClaimName}, Native: true,
	}
}

// Paths of the site.
const (
	pathSignIn = "/sign-in"
	pathBack   = "/back"
)

// asked is the claims parameter: the name under which the person is verified, how
// and since when.
const asked = `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"time":null,"evidence":[{"type":null}]},"claims":{"name":null}}}}`

type site struct {
	provider *oidc.Provider
	config   oauth2.Config
	issuer   string
}

// New returns the site at an address, such as http://127.0.0.1:8090, that relies
// on an issuer. It asks the issuer for its metadata.
func New(ctx context.Context, issuer, address string) (http.Handler, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, fmt.Errorf("%s is no provider that answers; start a backend in its sandbox there first, or name another by --server (%w)", issuer, err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams // no secret: PKCE stands for it
	s := &site{provider: provider, issuer: issuer, config: oauth2.Config{
		ClientID: ID, RedirectURL: address + pathBack, Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID, "realname"},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET "+pathSignIn, s.signIn)
	mux.HandleFunc("GET "+pathBack, s.back)
	return mux, nil
}

func (s *site) home(w http.ResponseWriter, r *http.Request) { show(w, r, http.StatusOK, view{}) }

// cookie holds state, nonce and PKCE verifier of one sign-in, so that its answer
// belongs to the browser that began it.
const cookie = "sample_sign_in"

// signInLife is how long a person has: they may verify first.
const signInLife = time.Hour

func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // plain HTTP on loopback
		Name: cookie, Value: strings.Join([]string{state, nonce, verifier}, "."), Path: pathBack,
		MaxAge: int(signInLife.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, s.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier),
		oauth2.SetAuthURLParam("claims", asked)), http.StatusSeeOther)
}

// told is what the provider says of a person.
type told struct {
	Verified bool `json:"verified"`
	Claims   struct {
		Claims struct {
			Name string `json:"name"`
		} `json:"claims"`
	} `json:"verified_claims"`
}

// errStray is an answer that is none to this browser's question.
var errStray = errors.New("the answer belongs to no sign-in of this browser")

func (s *site) back(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: cookie, Path: pathBack, MaxAge: -1, HttpOnly: true}) //nolint:gosec // it is deleted
	raw, err := s.redeem(r)
	var person told
	if err == nil {
		err = json.Unmarshal(raw, &person)
	}
	switch {
	case r.URL.Query().Get("error") == "access_denied":
		show(w, r, http.StatusOK, view{Declined: true})
	case err != nil:
		show(w, r, http.StatusBadRequest, view{Failed: err.Error()})
	default:
		show(w, r, http.StatusOK, view{Signed: true, Verified: person.Verified, Name: person.Claims.Claims.Name, Given: pretty(raw)})
	}
}

// redeem checks what came back and returns the person's userinfo.
func (s *site) redeem(r *http.Request) (json.RawMessage, error) {
	kept, err := r.Cookie(cookie)
	if err != nil {
		return nil, errStray
	}
	parts := strings.Split(kept.Value, ".")
	query := r.URL.Query()
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(parts[0])) != 1 || query.Get("iss") != s.issuer {
		return nil, errStray
	}
	token, err := s.config.Exchange(r.Context(), query.Get("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		return nil, errors.New("the provider does not take the answer")
	}
	id, _ := token.Extra("id_token").(string)
	signed, err := s.provider.Verifier(&oidc.Config{ClientID: ID}).Verify(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if signed.Nonce != parts[1] {
		return nil, errStray
	}
	info, err := s.provider.UserInfo(r.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err
	}
	if info.Subject != signed.Subject {
		return nil, errors.New("userinfo is about somebody else")
	}
	var raw json.RawMessage
	return raw, info.Claims(&raw)
}

// pretty is JSON for people.
func pretty(raw json.RawMessage) string {
	var values map[string]any
	if json.Unmarshal(raw, &values) != nil {
		return ""
	}
	text, err := json.MarshalIndent(values, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// view is what the page shows.
type view struct {
	Zh       bool
	Signed   bool
	Verified bool
	Declined bool
	// Failed says why a sign-in came to nothing.
	Failed string
	Name   string
	// Given is all that the provider said.
	Given string
}

//go:embed page.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

var languages = language.NewMatcher([]language.Tag{language.English, language.Chinese})

func show(w http.ResponseWriter, r *http.Request, status int, v view) {
	tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	tag, _, _ := languages.Match(tags...)
	base, _ := tag.Base()
	v.Zh = base.String() == "zh"
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address of an answer has its code
	w.WriteHeader(status)
	_ = page.Execute(w, v) // the reader is gone where it fails
}
