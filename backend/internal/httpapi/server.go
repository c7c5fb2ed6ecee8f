package httpapi

import (
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/consent"
	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// Deps are what the server hangs on. All are required but Sandbox and
// Providers.
type Deps struct {
	Accounts  *account.Service
	Issuers   *issuer.Service
	Verify    *verify.Service
	Operators *operator.Service
	Registry  Registry
	Joins     Joins
	Numbers   Numbers
	Checker   *operator.Checker
	// ExportKey signs exports of the trail.
	ExportKey ed25519.PrivateKey
	Watcher   Watcher
	Answers   Answers
	// Sandbox is nil in production: its routes do not exist there.
	Sandbox  Sandbox
	Services Services
	// ServiceManager and ServiceDesk are an operator's.
	ServiceManager service.Manager
	ServiceDesk    ServiceDesk
	Works          operator.Works
	// Settings are those in force.
	Settings api.AdminSettings
	// Consents are the texts that people are asked to agree to.
	Consents consent.Texts
	// Providers answer OpenID Connect under their paths.
	Providers []Mount
	// Traces makes spans of requests; nil for none.
	Traces trace.TracerProvider
	// Ready runs the checks of /readyz.
	Ready func(context.Context) []Check
	// Now is the clock; Random a source of secret bytes.
	Now    func() time.Time
	Random io.Reader
	Logger *slog.Logger
	// Metrics is the registry of /metrics.
	Metrics *prometheus.Registry
}

// Watcher tells of new versions of a case.
type Watcher interface {
	// Subscribe returns a channel that holds the newest version not yet received,
	// or 0 where news may have been lost and the case has to be read again, or -1
	// where nobody here can read it any more, until leave is called.
	Subscribe(id verification.ID) (news <-chan int64, leave func())
}

// Sandbox is what the sandbox's pages need.
type Sandbox interface {
	// Messages lists SMS, newest first; to one number, or to all for "".
	Messages(ctx context.Context, mobile string) ([]api.SandboxSMS, error)
	People(ctx context.Context) ([]api.Person, error)
	// Add returns *verify.InputError, ErrTaken or ErrPortrait for what cannot
	// be added.
	Add(ctx context.Context, p api.NewPerson) (api.Person, error)
	// Reset brings everything back to the first state.
	Reset(ctx context.Context) error
}

// Mount is a provider of OpenID Connect under a path, empty for the root.
type Mount struct {
	Path     string
	Provider Provider
}

// Provider answers its patterns, those of http.ServeMux without the path where it is
// mounted.
type Provider interface {
	http.Handler
	Patterns() []string
}

// Check is one line of /readyz.
type Check struct {
	Name string `json:"name"`
	// Error is empty where all is well. Required failures answer 503.
	Error    string `json:"error,omitempty"`
	Required bool   `json:"required"`
}

// Config is what the server is told about itself.
type Config struct {
	// Name, Mode and Version are those of api.Server; KeyHash returns its
	// KeyHash, which changes with the certificate.
	Name    string
	Mode    string
	Version string
	KeyHash func() string
	// PublicURL stands before /Q/ in a QR code. QRKeyHash is the key hash that
	// rides along, empty where none is needed.
	PublicURL string
	QRKeyHash string
	// Retention is how long the data of cases that verified nobody is kept.
	Retention time.Duration
	// PicturesLife is how long pictures of a review are kept after its decision.
	PicturesLife   time.Duration
	TrustedProxies []netip.Prefix
	// TrustedNetworks are those whose people share their addresses.
	TrustedNetworks []netip.Prefix
	// PasswordsOff says that people sign in by an issuer alone.
	PasswordsOff bool
	// ResetByEmail is true where codes for a new password go out by e-mail too.
	ResetByEmail bool
	// MetricsTokenHash is the SHA-256 of the token of /metrics; zero where only
	// this machine may read it. MetricsElsewhere is true where it has a listener
	// of its own.
	MetricsTokenHash [32]byte
	MetricsElsewhere bool
	// PhoneWeb is the folder of the phone app for browsers.
	PhoneWeb string
	// Loopback says that the listener is on loopback. Then only this machine's
	// names and Hosts, in lower case and without a port, are answered under.
	Loopback bool
	Hosts    []string
	// AnswerTimeout is how long one write of an answer may take; zero for the
	// usual time.
	AnswerTimeout time.Duration
	// DatabaseTimeout is how long a call that asks the database alone may take; zero
	// is off.
	DatabaseTimeout time.Duration
	// Lookers is how many ask the database at once after a case that they wait for;
	// zero is off.
	Lookers int
	// Streams and StreamsPerCaller cap open event streams; zero is off.
	Streams          int
	StreamsPerCaller int
	// UploadBytes caps what all uploads together hold in memory; zero is off.
	UploadBytes int64
}

// Server is the http.Handler of the backend.
type Server struct {
	Deps
	cfg     Config
	engine  *gin.Engine
	api     huma.API
	streams *streams
	turns   turns
	uploads *uploads
	// importing is held while a file of people is read and imported, which takes memory.
	importing sync.Mutex
	meters    meters
	routes    []declared
	phoneWeb  *phoneWeb
	// spec encodes the OpenAPI document when somebody first asks for it.
	spec func() ([]byte, error)
}

// New returns a Server with all routes declared.
func New(cfg Config, deps Deps) (*Server, error) {
	gin.SetMode(gin.ReleaseMode)
	s := &Server{Deps: deps, cfg: cfg, engine: gin.New(), phoneWeb: newPhoneWeb(cfg.PhoneWeb), turns: newTurns(cfg.Lookers)}
	if err := s.engine.SetTrustedProxies(nil); err != nil { // package peer reads the addresses
		return nil, err
	}
	s.engine.HandleMethodNotAllowed = true
	s.engine.UseRawPath = true // an encoded slash is none: one address, one route
	s.engine.RedirectTrailingSlash = false
	s.engine.ContextWithFallback = true
	s.meters = newMeters(deps.Metrics)
	s.streams = newStreams(cfg.Streams, cfg.StreamsPerCaller, s.meters.streams)
	s.uploads = newUploads(cfg.UploadBytes, s.meters.uploads)
	if deps.Traces != nil {
		// No trace is taken over from a caller, who would decide what is recorded.
		s.engine.Use(otelgin.Middleware("realname", otelgin.WithTracerProvider(deps.Traces), otelgin.WithPropagators(propagation.NewCompositeTextMapPropagator())))
	}
	s.engine.Use(s.deadlines, s.identify, headers, s.attend, s.guard)
	s.engine.NoRoute(func(c *gin.Context) { _ = c.Error(refuse(notFound, "There is nothing at this address.")) })
	s.engine.NoMethod(func(c *gin.Context) {
		c.Header("Allow", strings.Replace(c.Writer.Header().Get("Allow"), http.MethodGet, "GET, HEAD", 1))
		_ = c.Error(refuse(methodNotAllowed, "Use one of the methods in Allow."))
	})
	s.api = humagin.New(s.engine, openAPIConfig(cfg))
	s.declare()
	s.meters.expect(s.engine.Routes())
	s.complete()
	s.spec = sync.OnceValues(s.document)
	return s, nil
}

// headOnly marks the context of a HEAD request.
type headOnly struct{}

// ServeHTTP implements http.Handler. A HEAD is answered as its GET; net/http
// leaves the body out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.Clone(context.WithValue(r.Context(), headOnly{}, true))
		r.Method = http.MethodGet
	}
	s.engine.ServeHTTP(w, r)
}

// CloseStreams ends every open event stream with the reason shutdown, and
// refuses new ones. It must be called before http.Server.Shutdown, which waits
// for them.
func (s *Server) CloseStreams() { s.streams.close() }

// OpenAPI returns the document of the API as JSON.
func (s *Server) OpenAPI() ([]byte, error) { return s.spec() }
