package e2e_test

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/backend/internal/provider/tencent/tencenttest"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/pgtest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// faultsEnv says how often the server is killed, over each database, and how often
// a database crashes: few times beside all other tests, 200 by "make faults".
const faultsEnv = "REALNAME_FAULTS"

// wreck is a backend in production with faults that happen while people verify,
// the providers that it asks, and what these were asked.
type wreck struct {
	t       *testing.T
	cfg     config.Config
	clock   hasty
	address string
	env     []string
	cloud   provider
	// answered is told of every call's answer, where somebody counts.
	answered func(*http.Response, error)
	issuer   *issuertest.Provider
	linking  sync.Mutex // the issuer has one person at a time
	people   atomic.Int64

	mu       sync.Mutex
	up       chan struct{} // closed while the server runs
	fuse     int64         // requests until the fault; none is to come where it is negative
	fault    func()
	carrier  map[string]int    // calls by ID number
	ended    map[string]int    // flows by method and status
	told     []verification.ID // of cases whose person read that they are verified
	finishes bool
}

func newWreck(t *testing.T, database string) *wreck {
	t.Helper()
	w := &wreck{
		t: t, clock: hasty{time.Now().Truncate(time.Second)}, cloud: newTencent(t), issuer: issuertest.New(t), up: make(chan struct{}), fuse: -1,
		carrier: map[string]int{}, ended: map[string]int{},
	}
	w.cloud.Now = w.clock.Now
	w.issuer.Set(func(p *issuertest.Provider) {
		p.Now = w.clock.Now
		p.Keeps = true // a killed server may not have kept the newer token
		p.UserInfo = func(out map[string]any) {
			who := numbered(out["sub"].(string))
			out["verified_claims"] = issuertest.Person("cn_real_name", who.Name, who.Number, w.clock.Now().Add(-time.Hour))
		}
	})
	w.cloud.Script(w.cloud.check, w.checkNumber)
	w.cfg = withIssuers(t, config.Default(config.Production), config.SignInPassword, entry(t, "shop", w.issuer, "affiliate"))
	w.cfg.Data, w.cfg.DatabaseURL = t.TempDir(), database
	w.address = freeAddress(t)
	w.env = []string{
		"REALNAME_MODE=production", "REALNAME_LISTEN=" + w.address, "REALNAME_DATA=" + w.cfg.Data, "REALNAME_DATABASE_URL=" + database,
		"REALNAME_PORTRAITS=registry", "REALNAME_MODELS=" + t.TempDir(), "REALNAME_ISSUERS=" + w.cfg.Issuers,
		"REALNAME_SIGN_UPS_PER_ADDRESS=5000", "REALNAME_SIGN_INS_PER_ADDRESS=5000", "REALNAME_SMS_ADDRESS=2500",
		hastyEnv + "=" + strconv.FormatInt(w.clock.since.Unix(), 10),
	}
	for name, value := range w.cloud.env {
		w.env = append(w.env, name+"="+value)
	}
	return w
}

// freeAddress is one of loopback that the server takes again after each kill.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// checkNumber is a carrier for whom everybody's number is their own.
func (w *wreck) checkNumber(out http.ResponseWriter, r *http.Request) {
	var asked struct{ IdCard string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	w.carrier[asked.IdCard]++
	w.mu.Unlock()
	_, _ = io.WriteString(out, tencenttest.Result("0", ""))
}

// numbered is the person of a number, each with an ID and a mobile of their own.
func numbered(n string) api.Person {
	i, err := strconv.Atoi(n)
	if err != nil {
		panic(err)
	}
	digits := fmt.Sprintf("11010119900307%03d", i)
	if i > 999 {
		digits = fmt.Sprintf("11010119910307%03d", i-1000)
	}
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} // GB 11643
	sum := 0
	for at, weight := range weights {
		sum += int(digits[at]-'0') * weight
	}
	return api.Person{Name: "王芳", Number: digits + "10X98765432"[sum%11:sum%11+1], Mobile: fmt.Sprintf("1390000%04d", i)}
}

// light has a fault happen at some moment of one of the next calls.
func (w *wreck) light(fault func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.fuse = fault, 1+rand.Int64N(40)
}

// RoundTrip implements http.RoundTripper for everybody's calls.
func (w *wreck) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	if w.fuse > 0 {
		if w.fuse--; w.fuse == 0 {
			time.AfterFunc(rand.N(30*time.Millisecond), w.fault)
		}
	}
	w.mu.Unlock()
	answer, err := http.DefaultTransport.RoundTrip(r)
	if w.answered != nil {
		w.answered(answer, err)
	}
	return answer, err
}

// run starts the server. It returns once the server was killed, where kill is
// set, and else at once what stops it.
func (w *wreck) run(kill bool) (stop func()) {
	w.t.Helper()
	url, cmd, stop := spawn(w.t, w.env...)
	if url != "http://"+w.address {
		w.t.Fatalf("the server runs at %s", url)
	}
	w.mu.Lock()
	w.fuse = -1
	close(w.up)
	w.mu.Unlock()
	if !kill {
		return stop
	}
	w.light(func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	w.mu.Lock()
	w.up = make(chan struct{})
	w.mu.Unlock()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return nil
}

// running waits until a server runs.
func (w *wreck) running(ctx context.Context) {
	w.mu.Lock()
	up := w.up
	w.mu.Unlock()
	select {
	case <-up:
	case <-ctx.Done():
	}
}

// person is somebody under way: what their PC and phone know outlives the
// server.
type person struct {
	*wreck
	n       string
	who     api.Person
	method  verification.Method
	client  *client.Client
	account *client.Account
	phone   *phone
	last    verification.ID // the case that was looked at
}

// verifyMany has one person after another verify until the wreck ends.
func (w *wreck) verifyMany(ctx context.Context, method verification.Method) {
	for ctx.Err() == nil && !w.over() {
		n := strconv.FormatInt(w.people.Add(1), 10)
		c, err := client.New(client.Config{Server: "http://" + w.address, Device: "测试电脑", Transport: w})
		if err != nil {
			w.t.Error(err)
			return
		}
		p := &person{wreck: w, n: n, who: numbered(n), method: method, client: c}
		for !p.done(ctx) {
			w.running(ctx)
		}
	}
}

func (w *wreck) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.finishes
}

// done takes the next step that the server's state asks for, and reports whether
// the person has come to an end.
func (p *person) done(ctx context.Context) bool {
	status, err := p.next(ctx)
	var away *client.UnreachableError
	var refused *problem.Problem
	switch {
	case ctx.Err() != nil:
		p.t.Errorf("%s %s did not come to an end", p.method, p.n)
		return true
	case errors.As(err, &away):
		p.wait(ctx, time.Second)
		return false
	case errors.As(err, &refused) && resumable(refused.Code):
		p.wait(ctx, refused.RetryAfter)
		return false
	case err != nil:
		p.t.Errorf("%s %s: %v", p.method, p.n, err)
		return true
	case !status.Final() && status != verification.InReview:
		return false
	}
	p.mu.Lock()
	p.ended[string(p.method)+" "+string(status)]++
	if status == verification.Verified {
		p.told = append(p.told, p.last)
	}
	p.mu.Unlock()
	return true
}

// resumable reports whether a problem is one that looking again answers: what
// was done twice, since its first answer was lost, or by a phone that is no
// longer the one, or too late by the hasty clock.
func resumable(code problem.Code) bool {
	switch code {
	case problem.Busy, problem.RateLimited, problem.Conflict, problem.CodeExpired, problem.TicketExpired, problem.TicketUsed,
		problem.EvidenceInvalid, problem.AlreadyVerified, problem.IssuerUnavailable, problem.SignInRefused:
		return true
	default:
		return false
	}
}

// wait lets a time of the server's clock pass.
func (w *wreck) wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d / hastiness):
	case <-ctx.Done():
	}
}

// next looks where the person stands and does what comes next.
func (p *person) next(ctx context.Context) (verification.Status, error) {
	if p.account == nil {
		return "", p.signIn(ctx)
	}
	a, err := p.account.Get(ctx)
	if err != nil {
		return "", err
	}
	if a.Verification == nil {
		return "", p.begin(ctx)
	}
	v, err := p.account.View(ctx, a.Verification.ID)
	if err != nil {
		return "", err
	}
	p.last = v.ID
	if step := map[verification.Status]func(context.Context, verification.View) error{
		verification.CodeRequired: p.code, verification.FaceRequired: p.scan,
		verification.Confirming: p.confirm, verification.Capturing: p.capture,
	}[v.Status]; step != nil {
		err = step(ctx, v)
	}
	var refused *problem.Problem
	if p.phone != nil && errors.As(err, &refused) && refused.Code == problem.Unauthorized {
		return v.Status, p.lapsed(ctx, v, err)
	}
	return v.Status, err
}

// lapsed forgets a phone whose token was refused, where its hand-off ended since
// the PC looked: the clock is hasty. While the case stands as it was, the refusal
// is a fault.
func (p *person) lapsed(ctx context.Context, seen verification.View, refusal error) error {
	now, err := p.account.View(ctx, seen.ID)
	if err == nil && now.Version == seen.Version {
		return refusal
	}
	p.phone = nil
	return err
}

func (p *person) signIn(ctx context.Context) error {
	as := api.Credentials{Username: "person-" + p.n, Password: password}
	session, err := p.client.CreateAccount(ctx, as)
	var refused *problem.Problem
	if errors.As(err, &refused) && refused.Code == problem.UsernameTaken {
		session, err = p.client.SignIn(ctx, as)
	}
	if err == nil {
		p.account = p.client.Account(client.AccountToken(session.Token))
	}
	return err
}

func (p *person) begin(ctx context.Context) (err error) {
	switch p.method {
	case verification.Mobile:
		_, err = p.account.Begin(ctx, byMobile(p.who))
	case verification.Face:
		_, err = p.account.Begin(ctx, byFace(p.who))
	case verification.Affiliate:
		if err = p.link(ctx); err == nil {
			_, err = p.account.Begin(ctx, byAffiliate("shop"))
		}
	}
	return err
}

func (p *person) link(ctx context.Context) error {
	begun, err := p.account.BeginLink(ctx, api.IssuerStart{Issuer: "shop", RedirectURI: listener})
	if err != nil {
		return err
	}
	p.linking.Lock()
	p.issuer.Set(func(i *issuertest.Provider) { i.Subject = p.n })
	answer := p.issuer.Agree(begun.AuthorizationURL)
	p.linking.Unlock()
	_, err = p.account.FinishLink(ctx, begun.ID, answerFrom(answer))
	return err
}

func (p *person) code(ctx context.Context, v verification.View) error {
	if _, err := p.account.SendCode(ctx, v.ID); err != nil {
		return err
	}
	codes := p.cloud.Inbox(p.who.Mobile)
	_, err := p.account.CheckCode(ctx, v.ID, api.CodeCheck{Code: codes[len(codes)-1]})
	return err
}

func (p *person) scan(ctx context.Context, v verification.View) error {
	p.phone = nil // an earlier one has lost its token, and this claim's answer may be lost
	h, err := p.account.Handoff(ctx, v.ID, api.NewHandoff{})
	if err != nil {
		return err
	}
	d, key := device(p.t)
	claimed, err := p.client.Claim(ctx, "", api.Claim{Ticket: ticketOf(p.t, h), Device: d})
	if err == nil {
		token := client.PhoneToken(claimed.Token)
		p.phone = &phone{Phone: p.client.Phone(token), token: token, key: key}
	}
	return err
}

// confirm is the phone's number and consent. A phone whose claim was never
// answered has no token; the PC then lets another one in.
func (p *person) confirm(ctx context.Context, v verification.View) error {
	if p.phone == nil {
		_, err := p.account.Handoff(ctx, v.ID, api.NewHandoff{Replace: true})
		return err
	}
	seen, err := p.phone.Get(ctx)
	if err == nil && !seen.Confirmed {
		seen, err = p.phone.Confirm(ctx, v.Handoff.Number)
	}
	if err == nil {
		_, err = p.phone.Consent(ctx, api.Consent{Version: seen.ConsentVersion})
	}
	return err
}

func (p *person) capture(ctx context.Context, v verification.View) error {
	if p.phone == nil {
		_, err := p.account.Handoff(ctx, v.ID, api.NewHandoff{Replace: true})
		return err
	}
	ch, err := p.phone.Challenge(ctx, api.ChallengeRequest{FramesPerSecond: 30})
	if err != nil {
		return err
	}
	p.wait(ctx, handoff.MinCapture+time.Second) // a capture takes a person this long
	manifest, frames := capture(p.t, p.phone, ch)
	_, err = p.phone.Evidence(ctx, manifest, frames, nil)
	return err
}

// faults is how often a fault happens.
func faults(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(faultsEnv), "3"))
	if err != nil {
		t.Fatalf("%s: %v", faultsEnv, err)
	}
	return n
}

// through has six people at a time verify while faults happen, then lets them come
// to their end, and checks what is left.
func (w *wreck) through(faults func() (stop func())) {
	w.t.Helper()
	w.fill(1999)
	ctx, cancel := context.WithTimeout(w.t.Context(), 25*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for range 2 {
		for _, method := range []verification.Method{verification.Mobile, verification.Face, verification.Affiliate} {
			all.Go(func() { w.verifyMany(ctx, method) })
		}
	}
	stop := faults()
	w.mu.Lock()
	w.finishes = true
	w.mu.Unlock()
	all.Wait()
	stop()
	w.check()
}

func TestAServerThatIsKilledLosesAndDoublesNothing(t *testing.T) {
	kills := faults(t)
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return postgres.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWreck(t, database(t))
			w.through(func() func() {
				for range kills {
					w.run(true)
				}
				return w.run(false)
			})
		})
	}
}

func TestADatabaseThatCrashesLosesAndDoublesNothing(t *testing.T) {
	crashes := faults(t)
	own := ownPostgres(t, pgtest.Start)
	database, err := own.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := newWreck(t, database)
	w.through(func() func() {
		stop := w.run(false)
		for range crashes {
			recovered := make(chan error)
			w.light(func() { recovered <- own.Crash() })
			if err := <-recovered; err != nil {
				t.Error(err)
			}
		}
		return stop
	})
}

func TestAFailoverLosesNothingThatWasAnswered(t *testing.T) {
	primary := ownPostgres(t, pgtest.Start)
	database, err := primary.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	standby, err := primary.Standby(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standby.Stop(); err != nil {
			t.Error(err)
		}
	})
	w := newWreck(t, primary.Either(standby, database))
	w.through(func() func() {
		stop := w.run(false)
		done := make(chan error)
		w.light(func() { done <- primary.FailOver(t.Context(), standby) })
		if err := <-done; err != nil {
			t.Error(err)
		}
		return stop
	})
}

// check reads what the last server left.
func (w *wreck) check() {
	w.t.Helper()
	w.t.Logf("flows that came to an end: %v", w.ended)
	a := w.open()
	if _, err := a.Store.Seal(w.t.Context()); err != nil {
		w.t.Error(err)
	}
	report, err := a.Store.VerifyAudit(w.t.Context(), nil)
	if err != nil || report.Entries == 0 {
		w.t.Errorf("the audit trail: %+v, %v", report, err)
	}
	if err := a.Close(); err != nil {
		w.t.Error(err)
	}
	driver, source := "pgx", store.Writable(w.cfg.DatabaseURL)
	if source == "" {
		driver, source = "sqlite3", filepath.Join(w.cfg.Data, store.FileName)
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	w.none(db, "IDs on two accounts", `SELECT number_hash FROM identities GROUP BY number_hash HAVING count(*) > 1`)
	w.none(db, "bindings without their row of the trail", `SELECT case_id FROM identities WHERE NOT EXISTS
		(SELECT 1 FROM audit WHERE audit.case_id = identities.case_id AND audit.event = 'verified')`)
	w.none(db, "verified cases without a binding", `SELECT case_id FROM audit WHERE event = 'verified' AND NOT EXISTS
		(SELECT 1 FROM identities WHERE identities.case_id = audit.case_id)`)
	for _, id := range w.told {
		w.none(db, "verified people without their binding", fmt.Sprintf("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM identities WHERE case_id = '%s')", id))
	}
	for n := range w.people.Load() {
		text := strconv.FormatInt(n+1, 10)
		who := numbered(text)
		if sent, meant := len(w.cloud.Inbox(who.Mobile)), w.meant(db, text, "code_sent"); sent > meant {
			w.t.Errorf("person %s got %d messages for %d that were meant", text, sent, meant)
		}
		if asked, meant := w.carrier[who.Number], w.meant(db, text, "carrier_asked"); asked > meant {
			w.t.Errorf("the carrier was asked %d times for person %s, %d were meant", asked, text, meant)
		}
	}
	for _, end := range []string{"mobile verified", "affiliate verified", "face verified"} {
		if w.ended[end] == 0 {
			w.t.Errorf("nobody came to the end %s", end)
		}
	}
}

// open opens what the server serves, without serving it.
func (w *wreck) open() *app.App {
	w.t.Helper()
	env := map[string]string{}
	for _, e := range w.env {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	cfg, err := config.Load(nil, func(name string) string { return env[name] })
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := app.Open(w.t.Context(), cfg, app.Options{Now: w.clock.Now, Logger: slog.New(slog.DiscardHandler), Judge: &judge{}})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// fill brings people with portraits into the registry.
func (w *wreck) fill(most int) {
	w.t.Helper()
	a := w.open()
	people := func(yield func(registry.Person, error) bool) {
		for n := range most {
			who := numbered(strconv.Itoa(n + 1))
			stated := verify.Identity{
				CertificateType: identity.CNID, Name: identity.NewPII(who.Name), Number: identity.NewPII(who.Number), Mobile: identity.NewPII(who.Mobile),
			}
			if !yield(registry.Person{Identity: stated, Portrait: []byte("a picture")}, nil) {
				return
			}
		}
	}
	if err := errors.Join(a.Store.Import(w.t.Context(), people), a.Close()); err != nil {
		w.t.Fatal(err)
	}
}

// none fails the test where a query finds something.
func (w *wreck) none(db *sql.DB, what, query string) {
	w.t.Helper()
	var found int
	if err := db.QueryRowContext(w.t.Context(), "SELECT count(*) FROM ("+query+") AS found").Scan(&found); err != nil || found != 0 {
		w.t.Errorf("%d %s: %v", found, what, err)
	}
}

// meant counts the rows of the trail that say what was about to be done for a
// person; they are written before it is done.
func (w *wreck) meant(db *sql.DB, n, event string) (count int) {
	w.t.Helper()
	query := "SELECT count(*) FROM audit JOIN cases ON cases.id = audit.case_id JOIN accounts ON accounts.id = cases.account_id" +
		" WHERE accounts.username = 'person-" + n + "' AND audit.event = '" + event + "'"
	if err := db.QueryRowContext(w.t.Context(), query).Scan(&count); err != nil {
		w.t.Error(err)
	}
	return count
}
