// Package app wires the backend: it opens the store, the keys and the face
// engine, joins them to the domain and the API, serves, and closes them again
// in order. It holds no rule of its own.
package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/consent"
	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/folder"
	"realname.example/backend/internal/httpapi"
	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/meter"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/provider/breaker"
	"realname.example/backend/internal/provider/fallback"
	"realname.example/backend/internal/provider/people"
	"realname.example/backend/internal/provider/sandbox"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/traces"
	"realname.example/backend/internal/verify"
	"realname.example/shared/version"
)

// Options are what tests change of a start.
type Options struct {
	// Now is the clock; time.Now where it is nil.
	Now func() time.Time
	// Judge replaces the face engine.
	Judge verify.FaceJudge
	// Logger takes the log; one that writes to standard error where it is nil.
	Logger *slog.Logger
}

// App is a backend that is open. Run serves it.
type App struct {
	Config config.Config
	// Password is that of the sandbox accounts; empty in production.
	Password string

	Store     *store.Store
	Verify    *verify.Service
	Operators *operator.Service
	accounts  *account.Service
	issuers   *issuer.Service
	sandbox   *sandbox.Sandbox
	sites     []site // none in production
	watch     watcher
	engine    *engine
	carrier   *breaker.Carrier  // nil in the sandbox
	sms       fallback.SMS      // nil in the sandbox
	comparer  *breaker.Comparer // nil where the registry has the portraits
	server    *httpapi.Server
	tls       *tls.Config
	// certificates are nil for plain HTTP.
	certificates *certificates
	url          string
	spend        *spend
	registry     *prometheus.Registry // of /metrics
	queue        queue
	listener     net.Listener
	traces       *traces.Traces // nil where they are off
	leaving      atomic.Bool    // /readyz says no, the listener is about to close
	writable     writable
	metrics      *metricsServer // nil where /metrics has no listener of its own
	folder       io.Closer      // the data folder, held; nil with PostgreSQL
	logger       *slog.Logger
	now          func() time.Time
}

// Open prepares everything and listens, so that a caller learns what is wrong
// before anything is served. Close or Run must follow.
func Open(ctx context.Context, cfg config.Config, o Options) (_ *App, err error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	a := &App{Config: cfg, logger: o.Logger, now: o.Now, registry: prometheus.NewRegistry()}
	if a.logger == nil {
		a.logger = slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level(cfg.LogLevel)}))
		slog.SetDefault(a.logger) // zitadel/oidc takes no other
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if cfg.DatabaseURL == "" {
		if a.folder, err = store.Hold(cfg.Data); err != nil {
			return nil, err
		}
	}
	if a.traces, err = traces.Open(ctx, traces.Config{
		Endpoint: cfg.TracesEndpoint, Token: cfg.TracesToken, Share: cfg.TracesShare, Version: version.Number(), Logger: a.logger,
	}); err != nil {
		return nil, err
	}
	if err := a.openStore(ctx, false); err != nil {
		return nil, err
	}
	if err := a.wire(ctx, o.Judge); err != nil {
		return nil, err
	}
	return a, a.listen(ctx)
}

// openStore reads the keys and opens the database. A first start makes both,
// but where they have to be there.
func (a *App) openStore(ctx context.Context, existing bool) error {
	if a.now == nil {
		a.now = time.Now
	}
	cfg := a.Config
	ring := func() (keys.Keys, error) { return keys.Of(cfg.Keys, cfg.Data) }
	load := ring
	if !existing && cfg.Keys.Empty() {
		load = func() (keys.Keys, error) { return keys.LoadOrCreate(cfg.Data, rand.Reader) }
	}
	secrets, err := load()
	if err != nil {
		return err
	}
	a.Store, err = store.Open(ctx, store.Config{
		URL: cfg.DatabaseURL, DirectURL: cfg.ListenDatabaseURL, AnswerWithin: databaseAnswers,
		Folder: cfg.Data, Existing: existing, Mode: string(cfg.Mode), Keys: secrets,
		Reload: ring, // after `keys rotate`
		Traces: a.traces.Provider(),
		Now:    a.now, Random: rand.Reader,
	})
	return err
}

// databaseAnswers is how long the database may take for a statement: whoever
// calls is told within five seconds that it does not.
const databaseAnswers = 4 * time.Second

func level(name string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return l
}

// wire joins the domain, the accounts and the sandbox.
func (a *App) wire(ctx context.Context, faces verify.FaceJudge) (err error) {
	if faces == nil {
		a.engine = openEngine(ctx, a.faceConfig(ctx), a.logger, a.registry)
		faces = judge{a.engine}
	}
	if err := a.wireDomain(faces); err != nil { //nolint:contextcheck // a gateway makes a request that it never sends
		return err
	}
	a.accounts, err = account.New(account.Config{
		SessionLife: a.Config.SessionLife, PerAccount: a.Config.SignInsPerAccount,
		PerAddress: a.Config.SignInsPerAddress, SignUpsPerAddress: a.Config.SignUpsPerAddress,
		TrustedPerAddress: a.Config.TrustedSignIns, TrustedSignUps: a.Config.TrustedSignUps,
	}, account.Deps{
		Store: a.Store, Throttle: throttle{a.Store}, EndHandoffs: a.Verify.EndHandoffs, Recovery: recovery{a.Verify}, MAC: a.Store.MAC, Now: a.now, Random: rand.Reader,
	})
	if err != nil {
		return err
	}
	if a.Config.IsSandbox() {
		if err := a.prepareSandbox(ctx); err != nil {
			return err
		}
	}
	if a.Config.DatabaseURL == "" { // one process owns the file: nobody else is at anything
		return a.Verify.Recover(ctx)
	}
	return nil
}

// faceConfig is the engine's, and says in the log what the match means.
func (a *App) faceConfig(ctx context.Context) face.Config {
	match := cmp.Or(a.Config.MatchThreshold, face.DefaultThresholds.Match)
	rates := face.RatesAt(match)
	a.logger.InfoContext(ctx, "match threshold of the face engine", "threshold", match, "measured_at", rates.Threshold,
		"strangers_accepted", rates.StrangersAccepted, "own_faces_refused", rates.OwnRefused)
	return face.Config{Models: a.Config.Models, Thresholds: face.Thresholds{Match: match}, Printer: a.printer()}
}

// printer makes the prints by which frames that come again are told.
func (a *App) printer() *look.Printer {
	return look.NewPrinter([32]byte(a.Store.MAC("frame prints", "")))
}

// wireDomain joins the domain to its ports.
func (a *App) wireDomain(faces verify.FaceJudge) error {
	a.watch = newWatcher(store.Writable(cmp.Or(a.Config.ListenDatabaseURL, a.Config.DatabaseURL)), a.Store.Versions, a.logger)
	meters := meter.New(a.registry, a.Store)
	deps := verify.Deps{
		Store: meters.Store(a.Store), Portraits: people.Provider{Registry: a.Store}, Face: meters.Faces(faces), Pictures: pictures{a.engine, a.logger},
		Publisher: a.watch, Consent: consent.For(a.Config.Portraits).Current, Now: a.now, Random: rand.Reader, MAC: a.Store.MAC, Logger: a.logger,
	}
	if a.Config.IsSandbox() {
		a.sandbox = &sandbox.Sandbox{
			Store: a.Store, AccountID: a.accountID, Recordings: a.recordings(), Now: a.now, Logger: a.logger,
			CheckPortrait: judge{a.engine}.Portrait,
		}
		// The sandbox has no breaker: a fictional person who does not answer must not
		// take the carrier away from the others.
		deps.Carrier = meters.Carrier(config.ProviderSandbox, people.Provider{Registry: a.Store})
		deps.SMS, deps.Affiliates = meters.SMS(config.ProviderSandbox, a.sandbox), affiliates{a}
	} else {
		var err error
		if a.sms, err = a.newSMS(meters); err != nil {
			return err
		}
		a.carrier = breaker.NewCarrier(meters.Carrier(a.Config.Carrier, a.newCarrier()))
		deps.Carrier, deps.SMS, deps.Affiliates = a.carrier, a.sms, affiliates{a}
		if faces := a.newComparer(); faces != nil {
			a.comparer = breaker.NewComparer(meters.Comparer(a.Config.Portraits, faces))
			deps.Comparer = a.comparer
		}
		if a.sms.Tracks() {
			deps.Receipts = a.sms
		}
	}
	if a.Config.Mails() {
		mails, err := a.newMail()
		if err != nil {
			return err
		}
		deps.Mail = meters.Mail(mails)
	}
	if a.engine != nil {
		deps.Frames = searcher{engine: a.engine, key: a.printer()}
	}
	a.Verify = verify.New(a.Config.Verify, deps)
	return nil
}

func (a *App) prepareSandbox(ctx context.Context) (err error) {
	a.Password, err = secretLine(a.Config.SandboxPassword, a.Config.Data, sandboxPasswordFile, freshPassword)
	if err != nil {
		return err
	}
	a.sandbox.Accounts, a.sandbox.Password = a.accounts, a.Password
	return errors.Join(a.sandbox.Prepare(ctx), a.seedService(ctx))
}

func (a *App) accountID(ctx context.Context, username string) (string, error) {
	found, err := a.Store.AccountByUsername(ctx, username)
	return found.ID, err
}

// Close frees what Open opened.
func (a *App) Close() error {
	var errs []error
	if a.listener != nil {
		if err := a.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if a.metrics != nil {
		errs = append(errs, a.metrics.Close())
	}
	errs = append(errs, a.engine.close())
	if a.Store != nil {
		errs = append(errs, a.Store.Close())
		a.Store = nil
	}
	if a.folder != nil {
		errs = append(errs, a.folder.Close())
		a.folder = nil
	}
	a.closeTraces()
	return errors.Join(errs...)
}

// closeTraces sends what is left. A collector that is away is no fault of the server's.
func (a *App) closeTraces() {
	if err := a.traces.Close(); err != nil {
		a.logger.Warn("the last traces were not sent", "err", err)
	}
	a.traces = nil
}

// sweep publishes what has ended by time.
func (a *App) sweep(ctx context.Context) {
	a.every(ctx, a.Config.SweepEvery, "sweep failed", a.Verify.Sweep)
}

// seal links the audit chains, beside the verifications.
func (a *App) seal(ctx context.Context) {
	a.every(ctx, tidyEvery, "audit chains were not sealed", func(ctx context.Context) error {
		_, err := a.Store.Seal(ctx)
		return err
	})
}

func (a *App) every(ctx context.Context, period time.Duration, complaint string, do func(context.Context) error) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := do(ctx); err != nil && ctx.Err() == nil {
				a.logger.ErrorContext(ctx, complaint, "err", err)
			}
		}
	}
}

// ready checks what /readyz reports.
func (a *App) ready(ctx context.Context) []httpapi.Check {
	database := a.Store.Ping(ctx)
	if database == nil {
		database = a.writable.check(ctx, a.now(), a.Store.Write)
	}
	check := func(name string, required bool, err error) httpapi.Check {
		c := httpapi.Check{Name: name, Required: required}
		if err != nil {
			c.Error = err.Error()
		}
		return c
	}
	parts := []httpapi.Check{
		check("database", true, database),
		check("stopping", true, stopping(a.leaving.Load())),
		check("carrier", false, away(a.carrier != nil && a.carrier.Open())),
		check("sms", false, away(a.sms != nil && a.sms.Open())),
		check("face", false, a.engine.ready()),
	}
	if a.comparer != nil {
		parts = append(parts, check("portraits", false, away(a.comparer.Open())))
	}
	return parts
}

// away is what a provider with an open breaker says.
func away(open bool) error {
	if open {
		return verify.ErrProviderUnavailable
	}
	return nil
}

// recordings is the folder of set-up with the portraits of the sandbox: the
// configured one, else it is looked for where the models are, which set-up puts
// beside it.
func (a *App) recordings() fsFolder {
	if a.Config.Recordings != "" {
		return fsFolder(a.Config.Recordings)
	}
	const name = "recordings"
	var before []string
	if a.Config.Models != "" {
		before = append(before, filepath.Join(filepath.Dir(filepath.Clean(a.Config.Models)), name))
	}
	path, _ := folder.Find(name, before...)
	return fsFolder(path)
}
