package e2e_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/routers"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/store/pgtest"
	"realname.example/backend/internal/store/storetest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// postgres is the server of this package's tests.
var postgres = pgtest.Lazy{Prepare: storetest.Migrate}

// serveEnv makes the test binary a backend, so that tests can race two real
// processes.
const serveEnv = "REALNAME_TEST_SERVE"

// engineEnv gives that backend the real face engine.
const engineEnv = "REALNAME_TEST_ENGINE"

// hastyEnv gives that backend a hasty clock that began to run at a Unix time, and
// all its caps.
const hastyEnv = "REALNAME_TEST_HASTY_SINCE"

// filesEnv is how many files that backend may have open.
const filesEnv = "REALNAME_TEST_FILES"

// hasty is a clock on which a minute takes three seconds, so that what a server
// left half done when it was killed comes to its end while a test looks on.
type hasty struct{ since time.Time }

// hastiness is how fast it runs.
const hastiness = 20

func (h hasty) Now() time.Time { return h.since.Add(time.Since(h.since) * hastiness) }

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the provider's library tells each route of each server
	if database := os.Getenv(bareEnv); database != "" {
		os.Exit(ended(serveBare(database)))
	}
	if os.Getenv(serveEnv) != "" {
		os.Exit(serve())
	}
	os.Exit(postgres.Main(m))
}

// serve runs a backend until its standard input ends, and writes its address
// first.
func serve() int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if n, err := strconv.ParseUint(os.Getenv(filesEnv), 10, 64); err == nil {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	cfg, err := config.Load(nil, os.Getenv)
	if err == nil {
		var a *app.App
		options := app.Options{Logger: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
		if since, err := strconv.ParseInt(os.Getenv(hastyEnv), 10, 64); err == nil {
			options.Now = hasty{time.Unix(since, 0)}.Now
		} else {
			uncap(&cfg)
		}
		if os.Getenv(engineEnv) == "" {
			options.Judge = &judge{}
		}
		if a, err = app.Open(ctx, cfg, options); err == nil {
			fmt.Println(a.URL())
			go func() {
				_, _ = io.Copy(io.Discard, os.Stdin)
				cancel()
			}()
			err = a.Run(ctx)
		}
	}
	return ended(err)
}

// ended is the status of a process that ends with an error.
func ended(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// uncap turns off the SMS caps of a race, whose many codes go to one number.
func uncap(cfg *config.Config) {
	v := &cfg.Verify
	v.SMSInterval, v.SMSHourly, v.SMSDaily, v.SMSAll = 0, 0, 0, 0
}

// modelsFolder is where set-up puts the engine's networks.
var modelsFolder = filepath.Join("..", "..", "build", "models")

// password is that of every account in these tests.
const password = "correct-horse-battery"

// clock is the system's, moved forward by a test.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// judge is a face engine that says what a test wants.
type judge struct {
	mu      sync.Mutex
	inspect error
	err     error
	failed  verification.Reason
	judged  int
}

func (j *judge) set(inspect, err error, failed verification.Reason) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inspect, j.err, j.failed = inspect, err, failed
}

// Footage implements verify.FaceJudge; the judge is its own footage.
func (j *judge) Footage(context.Context, int, func(error)) verify.Footage { return j }

func (j *judge) Add([]byte) {}
func (j *judge) Close()     {}

func (j *judge) Inspect(context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.inspect
}

func (j *judge) Judge(context.Context, verify.Capture) (verify.Judgement, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.judged++
	return verify.Judgement{Failed: j.failed, Detail: "as the test said"}, j.err
}

// syncBuffer collects a log that many goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// server is one running backend.
type server struct {
	t      testing.TB
	cfg    config.Config
	app    *app.App
	client *client.Client
	clock  *clock
	judge  *judge
	engine verify.FaceJudge // instead of judge
	log    *syncBuffer
	stop   func()
	// elsewhere is the address of one that is another program.
	elsewhere string
	// promised is the document of its API, once a test needs it.
	promised routers.Router
	once     sync.Once
}

// sandboxConfig is a sandbox on a free port of loopback.
func sandboxConfig(t testing.TB) config.Config {
	cfg := config.Default(config.Sandbox)
	cfg.Listen, cfg.Data, cfg.SandboxPassword = "127.0.0.1:0", storetest.Folder(t), password
	cfg.Models = t.TempDir()          // an empty folder: no test here means the real engine
	cfg.DatabaseTimeout = time.Minute // a busy machine is no fault, but where a test means one
	return cfg
}

// ownPostgres is a PostgreSQL of one test, by one of pgtest's ways to start it, which
// syncs each commit.
func ownPostgres(t *testing.T, start func() (*pgtest.Server, error)) *pgtest.Server {
	t.Helper()
	postgres.Server(t) // where there is none, tests are skipped
	own, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	return own
}

// startReal is start with the real face engine.
func startReal(t testing.TB, cfg config.Config) *server {
	t.Helper()
	s := &server{t: t, cfg: cfg, clock: &clock{}, log: &syncBuffer{}}
	s.open()
	t.Cleanup(func() { s.stop() })
	return s
}

// start runs a backend until the test ends or stop is called.
func start(t testing.TB, cfg config.Config) *server {
	t.Helper()
	s := &server{t: t, cfg: cfg, clock: &clock{}, judge: &judge{}, log: &syncBuffer{}}
	s.open()
	t.Cleanup(func() { s.stop() })
	return s
}

func (s *server) open() {
	s.t.Helper()
	logger := slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	options := app.Options{Now: s.clock.Now, Logger: logger}
	if s.judge != nil {
		options.Judge = s.judge
	}
	if s.engine != nil {
		options.Judge = s.engine
	}
	a, err := app.Open(context.Background(), s.cfg, options)
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	s.app = a
	s.client = newClient(s.t, a.URL())
	s.stop = sync.OnceFunc(func() {
		s.client.Close()
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("run: %v", err)
		}
	})
}

// restart stops the backend and opens it again over the same data.
func (s *server) restart() {
	s.t.Helper()
	s.stop()
	s.open()
}

func newClient(t testing.TB, url string) *client.Client {
	t.Helper()
	return newNamedClient(t, url, "测试电脑")
}

func newNamedClient(t testing.TB, url, device string) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Server: url, Device: device})
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	return c
}

// signIn returns the calls of a sandbox account.
func (s *server) signIn(username string) *client.Account {
	s.t.Helper()
	session, err := s.client.SignIn(s.t.Context(), api.Credentials{Username: username, Password: password})
	if err != nil {
		s.t.Fatalf("sign in: %v", err)
	}
	return s.client.Account(client.AccountToken(session.Token))
}

// signUp makes a fresh account.
func (s *server) signUp(username string) *client.Account {
	s.t.Helper()
	return signUp(s.t, s.client, username)
}

func signUp(t testing.TB, c *client.Client, username string) *client.Account {
	t.Helper()
	session, err := c.CreateAccount(t.Context(), api.Credentials{Username: username, Password: password})
	if err != nil {
		t.Fatalf("sign up: %v", err)
	}
	return c.Account(client.AccountToken(session.Token))
}

// person finds a row of the sandbox registry by name.
func (s *server) person(name string) api.Person {
	s.t.Helper()
	people, err := s.client.SandboxPeople(s.t.Context())
	if err != nil {
		s.t.Fatalf("people: %v", err)
	}
	for _, p := range people {
		if p.Name == name {
			return p
		}
	}
	s.t.Fatalf("the registry has no %s", name)
	return api.Person{}
}

// byMobile is a request by the mobile path.
func byMobile(p api.Person) api.NewVerification {
	return api.NewVerification{Method: verification.Mobile, Identity: &api.Identity{
		CertificateType: cmp.Or(p.CertificateType, "cn_id"), Name: p.Name, Number: p.Number, Mobile: p.Mobile,
	}}
}

// byFace is a request by the face path.
func byFace(p api.Person) api.NewVerification {
	r := byMobile(p)
	r.Method, r.Identity.Mobile = verification.Face, ""
	return r
}

// lastCode returns the newest code that went to a number.
func lastCode(t testing.TB, c *client.Client, mobile string) string {
	t.Helper()
	messages, err := c.SandboxSMS(t.Context(), mobile)
	if err != nil || len(messages) == 0 {
		t.Fatalf("no message to %s: %v", mobile, err)
	}
	return messages[0].Code
}

// mobile plays the mobile path to the answer of the code.
func (s *server) mobile(a *client.Account, p api.Person) (verification.View, error) {
	s.t.Helper()
	v, err := a.Begin(s.t.Context(), byMobile(p))
	if err != nil {
		return v, err
	}
	if v, err = a.SendCode(s.t.Context(), v.ID); err != nil {
		return v, err
	}
	return a.CheckCode(s.t.Context(), v.ID, api.CodeCheck{Code: lastCode(s.t, s.client, p.Mobile)})
}

// mustView fails the test unless a call brought a view with this status and
// reason.
func mustView(t testing.TB, v verification.View, err error, status verification.Status, reason verification.Reason) verification.View {
	t.Helper()
	if err != nil {
		t.Fatalf("got %v, want %s %s", err, status, reason)
	}
	if v.Status != status || v.Reason != reason {
		t.Fatalf("got %s %s, want %s %s", v.Status, v.Reason, status, reason)
	}
	return v
}

// mustProblem fails the test unless a call was refused with this code.
func mustProblem(t testing.TB, err error, code problem.Code) *problem.Problem {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) || p.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	if p.Status != code.Status() || p.Title == "" || p.Type != problem.TypeURI(code) {
		t.Fatalf("the problem is not whole: %+v", p)
	}
	return p
}

// phone is a phone that claimed a hand-off.
type phone struct {
	*client.Phone
	token client.PhoneToken
	key   ed25519.PrivateKey
	ask   api.Ask
}

// ticketOf returns the ticket of a hand-off's URL.
func ticketOf(t testing.TB, h api.Handoff) string {
	t.Helper()
	text, err := handoff.Parse(h.URL)
	if err != nil {
		t.Fatalf("the QR text %s: %v", h.URL, err)
	}
	return text.Ticket
}

// device makes a phone's introduction and its key.
func device(t testing.TB) (api.Device, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return api.Device{Name: "测试手机", PublicKey: base64.StdEncoding.EncodeToString(public)}, private
}

// claim takes a hand-off by its QR code.
func (s *server) claim(h api.Handoff) (*phone, error) {
	s.t.Helper()
	d, key := device(s.t)
	claimed, err := s.client.Claim(s.t.Context(), "", api.Claim{Ticket: ticketOf(s.t, h), Device: d})
	if err != nil {
		return nil, err
	}
	token := client.PhoneToken(claimed.Token)
	return &phone{Phone: s.client.Phone(token), token: token, key: key, ask: claimed.Ask}, nil
}

// consented plays from the QR code to the consent: the number is read on the
// PC and typed on the phone.
func (s *server) consented(a *client.Account, id verification.ID) *phone {
	s.t.Helper()
	ctx := s.t.Context()
	h, err := a.Handoff(ctx, id, api.NewHandoff{})
	if err != nil {
		s.t.Fatalf("hand-off: %v", err)
	}
	p, err := s.claim(h)
	if err != nil {
		s.t.Fatalf("claim: %v", err)
	}
	v, err := a.View(ctx, id)
	mustView(s.t, v, err, verification.Confirming, "")
	seen, err := p.Confirm(ctx, v.Handoff.Number)
	if err != nil || !seen.Confirmed {
		s.t.Fatalf("confirm: %v %+v", err, seen)
	}
	if _, err = p.Consent(ctx, api.Consent{Version: seen.ConsentVersion}); err != nil {
		s.t.Fatalf("consent: %v", err)
	}
	return p
}

// capture makes frames for a challenge; the scripted judge looks at none.
func capture(t testing.TB, p *phone, ch api.Challenge) (manifest []byte, frames [][]byte) {
	t.Helper()
	for range handoff.MinFrames {
		frame := make([]byte, 200)
		_, _ = rand.Read(frame)
		frames = append(frames, frame)
	}
	return signed(t, p, ch, frames), frames
}

// signed is the manifest of frames, ten a second, by the phone's key.
func signed(t testing.TB, p *phone, ch api.Challenge, frames [][]byte) []byte {
	t.Helper()
	m := handoff.Manifest{Challenge: ch.ID, Nonce: ch.Nonce}
	for i, frame := range frames {
		m.Frames = append(m.Frames, handoff.ManifestFrame{SHA256: handoff.HashFrame(frame), Millis: int64(i) * 100})
	}
	manifest, err := handoff.Sign(p.key, m)
	if err != nil {
		t.Fatal(err)
	}
	return manifest
}

// scan asks for a challenge and sends a capture as long as it takes a person.
func (s *server) scan(p *phone) (api.PhoneView, error) {
	s.t.Helper()
	ch, err := p.Challenge(s.t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
	if err != nil {
		return api.PhoneView{}, err
	}
	s.clock.Advance(3 * time.Second)
	manifest, frames := capture(s.t, p, ch)
	return p.Evidence(s.t.Context(), manifest, frames, nil)
}

// await watches a case until it has left a status.
func await(t testing.TB, a *client.Account, id verification.ID, leaves verification.Status) verification.View {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a real verdict under the race detector, on a busy machine
	defer cancel()
	for u := range a.Watch(ctx, id) {
		if u.Err != nil {
			t.Fatalf("watch: %v", u.Err)
		}
		if u.Online && u.View.Status != leaves {
			return u.View
		}
	}
	t.Fatalf("the case stayed %s", leaves)
	return verification.View{}
}

// onBoth runs a test over SQLite and over PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, cfg config.Config)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sandboxConfig(t)) })
	t.Run("postgres", func(t *testing.T) {
		cfg := sandboxConfig(t)
		cfg.DatabaseURL = postgres.URL(t)
		test(t, cfg)
	})
}

// secretsOf lists what must stand in no log and no dump.
func secretsOf(people ...api.Person) []string {
	var out []string
	for _, p := range people {
		out = append(out, p.Name, p.Number, p.Mobile)
	}
	return out
}

// mustHide fails the test where a text holds one of the secrets.
func mustHide(t testing.TB, where, text string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		if s != "" && strings.Contains(text, s) {
			t.Errorf("%s holds %q", where, s)
		}
	}
}

// publicOf is the public half of a phone's key.
func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }
