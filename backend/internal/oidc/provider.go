package oidc

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"

	"realname.example/backend/internal/service"
)

// Config is what a provider is told about itself.
type Config struct {
	// Issuer is its address, without a slash at the end; Path is the part of it
	// after the host, empty for none.
	Issuer string
	Path   string
	// Realm keeps its services and keys apart from those of other providers.
	Realm string
	// Name returns its name as a page says it, in zh or en.
	Name func(language string) string
	// Framework is the trust framework that it verifies under.
	Framework string
	// Elsewhere says that nobody can become verified here: who is not has to choose
	// another way.
	Elsewhere bool
	// Sandbox says on every page that nothing is real.
	Sandbox bool
}

// Deps are what a Provider hangs on. All are required.
type Deps struct {
	Store  service.Store
	People People
	// From tells where a request comes from.
	From func(*http.Request) Origin
	// Count counts what an address does before anybody is signed in. It returns
	// *WaitError where a cap is reached.
	Count func(ctx context.Context, act string, from Origin) error
	Now   func() time.Time
	// MAC is a keyed hash of a value under a label.
	MAC    func(label, value string) []byte
	Logger *slog.Logger
}

// Origin is where a sign-in comes from.
type Origin struct {
	Device  string
	Network string
	// Address is what caps count the client as; Trusted ones have caps of their
	// own.
	Address string
	Trusted bool
}

// People are those whom a provider signs in.
type People interface {
	// SignIn opens a session of a browser. It returns ErrCredentials, or
	// *WaitError where a cap is reached.
	SignIn(ctx context.Context, username, password string, from Origin) (token string, err error)
	// Session returns the person of a session, or ErrNobody.
	Session(ctx context.Context, token string) (Person, error)
	// SignOut ends a session.
	SignOut(ctx context.Context, token string) error
	// Standing says whether a person is verified, and how it stands meanwhile.
	Standing(ctx context.Context, accountID string) (Standing, error)
}

// Person is somebody who is signed in.
type Person struct {
	AccountID string
	// Account is the masked username, for a page to show.
	Account string
	// SignedInAt is when the session began.
	SignedInAt time.Time
}

// Standing is how it stands with a person's verification.
type Standing struct {
	// Facts are zero until the person is verified.
	Facts service.Facts
	// Status is that of the open or last case, empty for none.
	Status string
}

// Verified reports whether the person is.
func (s Standing) Verified() bool { return !s.Facts.At.IsZero() }

// Provider is an http.Handler for what lies under its path: the document at
// /.well-known/openid-configuration and everything under /oidc/.
type Provider struct {
	Deps
	cfg Config
	mux *http.ServeMux
	// patterns are those of mux.
	patterns []string

	mu     sync.Mutex
	keys   []signingKey
	keysAt time.Time
}

// New returns a Provider.
func New(cfg Config, deps Deps) *Provider {
	deps.Store = servicesOn{deps.Store}
	p := &Provider{Deps: deps, cfg: cfg, mux: http.NewServeMux()}
	p.on("GET /.well-known/openid-configuration", http.HandlerFunc(p.discovery))
	p.on("GET /oidc/jwks", http.HandlerFunc(p.jwks))
	p.on("GET /oidc/authorize", http.HandlerFunc(p.authorize))
	p.on("POST /oidc/authorize", http.HandlerFunc(p.authorize))
	p.on("GET /oidc/requests/{id}", http.HandlerFunc(p.show))
	p.on("POST /oidc/requests/{id}/{act}", http.HandlerFunc(p.act))
	p.on("GET /oidc/device", http.HandlerFunc(p.devicePage))
	p.on("POST /oidc/device", http.HandlerFunc(p.deviceCode))
	tokens := op.RegisterServer(&server{Provider: p}, op.Endpoints{
		Token:               op.NewEndpoint(pathToken),
		Userinfo:            op.NewEndpoint(pathUserinfo),
		Revocation:          op.NewEndpoint(pathRevoke),
		DeviceAuthorization: op.NewEndpoint(pathDevice),
	}, op.WithServerCORSOptions(nil))
	for _, path := range []string{pathToken, pathRevoke} {
		p.on("POST "+path, secretsInBody(basic, tokens))
	}
	p.on("POST "+pathDevice, secretsInBody(basic, p.countStrangers(tokens)))
	p.on("GET "+pathUserinfo, secretsInBody(bearer, tokens))
	p.on("POST "+pathUserinfo, secretsInBody(bearer, tokens))
	return p
}

// on has a handler answer a pattern of http.ServeMux, below the provider's path.
func (p *Provider) on(pattern string, by http.Handler) {
	p.mux.Handle(pattern, by)
	p.patterns = append(p.patterns, pattern)
}

// Patterns lists what the provider answers, each a method and a path below its own;
// {x} stands for one segment.
func (p *Provider) Patterns() []string { return p.patterns }

// Paths of what programs call.
const (
	pathToken    = "/oidc/token"
	pathRevoke   = "/oidc/revoke"
	pathUserinfo = "/oidc/userinfo"
	pathDevice   = "/oidc/device_authorization"
)

// maxForm is the largest form that is read.
const maxForm = 64 << 10

// ServeHTTP implements http.Handler.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	http.StripPrefix(p.cfg.Path, p.mux).ServeHTTP(w, r)
}

// at returns an address of the provider.
func (p *Provider) at(path string) string { return p.cfg.Issuer + path }

// secure reports whether the provider is reached by https.
func (p *Provider) secure() bool { return strings.HasPrefix(p.cfg.Issuer, "https://") }

// now is the time as it is kept.
func (p *Provider) now() time.Time { return p.Now().UTC().Truncate(time.Microsecond) }

// What is counted of strangers, each by its address: requests that are stored until
// they end, and guesses.
const (
	countAuthorize = "oidc-authorize"
	countDevice    = "oidc-device"
	countUserCode  = "oidc-user-code"
)

// countStrangers counts requests of devices by services that need not prove
// themselves.
func (p *Provider) countStrangers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _, proven := r.BasicAuth()
		if err := r.ParseForm(); err == nil && !proven && !r.PostForm.Has("client_assertion") {
			err := p.Count(r.Context(), countDevice, p.From(r))
			var wait *WaitError
			switch {
			case errors.As(err, &wait):
				w.Header().Set("Retry-After", strconv.Itoa(max(1, int(wait.Until.Sub(p.now()).Seconds()))))
				writeError(w, http.StatusTooManyRequests, map[string]string{"error": "slow_down", "error_description": "too many requests from this address"})
				return
			case err != nil:
				p.broken(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// counted counts what a person's browser asks for. Where it may not, it says so on
// a page.
func (p *Provider) counted(w http.ResponseWriter, r *http.Request, act string) bool {
	err := p.Count(r.Context(), act, p.From(r))
	var wait *WaitError
	switch {
	case errors.As(err, &wait):
		p.render(w, r, http.StatusTooManyRequests, view{Step: "refused", Said: "wait", Minutes: p.minutes(wait)})
	case err != nil:
		p.fail(w, r, err)
	}
	return err == nil
}

// minutes is how long to wait, in whole minutes, one at least.
func (p *Provider) minutes(wait *WaitError) int {
	return max(1, int(wait.Until.Sub(p.now()).Minutes()+1))
}

// secretsInBody refuses what stands in the address, which logs and histories
// keep: codes, tokens and secrets belong in the body or a header. It says with
// 401 how to prove oneself (RFC 6749, 5.2).
func secretsInBody(scheme string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			writeError(w, http.StatusBadRequest, map[string]string{
				"error": "invalid_request", "error_description": "parameters belong in the body",
			})
			return
		}
		answer := challenge{w, challengeTo(scheme, r)}
		if scheme == basic && namesNoClient(r) {
			writeError(answer, http.StatusUnauthorized, map[string]string{
				"error": "invalid_client", "error_description": "the request names no client",
			})
			return
		}
		next.ServeHTTP(answer, r)
	})
}

// namesNoClient reports whether neither a header nor the form says which client asks. A
// form that cannot be read is none of this.
func namesNoClient(r *http.Request) bool {
	return r.Header.Get("Authorization") == "" && r.ParseForm() == nil &&
		r.PostForm.Get("client_id") == "" && r.PostForm.Get("client_assertion") == ""
}

// invalidToken is what userinfo answers to a token that opens nothing (RFC 6750, 3.1).
const invalidToken = "invalid_token"

// challengeTo is the WWW-Authenticate of a 401; of a token that was sent it says that
// the token is at fault.
func challengeTo(scheme string, r *http.Request) string {
	to := scheme + ` realm="oidc"`
	if scheme == bearer && hasToken(r) {
		to += `, error="` + invalidToken + `"`
	}
	return to
}

// hasToken reports whether a token was sent in a header or in a form (RFC 6750, 2).
func hasToken(r *http.Request) bool {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(kind, bearer) && token != "" {
		return true
	}
	return r.ParseForm() == nil && r.PostForm.Get("access_token") != ""
}

// challenge adds to a 401 how to prove oneself.
type challenge struct {
	http.ResponseWriter
	authenticate string
}

// WriteHeader implements http.ResponseWriter.
func (c challenge) WriteHeader(status int) {
	if status == http.StatusUnauthorized && c.Header().Get("WWW-Authenticate") == "" {
		c.Header().Set("WWW-Authenticate", c.authenticate)
	}
	c.ResponseWriter.WriteHeader(status)
}
