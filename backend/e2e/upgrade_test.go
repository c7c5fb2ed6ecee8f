package e2e_test

import (
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/store"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// oldEnv names the backend of before the newest step of the schema; "make faults"
// builds it.
const oldEnv = "REALNAME_OLD_BACKEND"

// inTurn sends each call to the next of some servers, as a balancer does during an
// upgrade.
type inTurn struct {
	hosts []string
	calls atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (i *inTurn) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = i.hosts[int(i.calls.Add(1))%len(i.hosts)]
	r.Host = r.URL.Host
	return http.DefaultTransport.RoundTrip(r)
}

// startOld runs the backend of before until the test ends or what is returned is
// called.
func startOld(t *testing.T, program, address string, env ...string) (stop func()) {
	t.Helper()
	cmd := exec.Command(program, "serve")
	cmd.Env = append(env, "REALNAME_LISTEN="+address)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err := poll(t, "the backend of before is ready", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("the backend of before ended: %v", err)
		default:
		}
		r, err := http.Get("http://" + address + "/readyz")
		return err == nil && r.Body.Close() == nil && r.StatusCode == http.StatusOK
	})
	if err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			t.Errorf("the backend of before: %v", err)
		}
	}
	return stop
}

// stages are what a database holds of people who are under way, by what each has done.
func stages(s *server, from int) []underWay {
	s.t.Helper()
	ctx := s.t.Context()
	coded := s.newcomer(from)
	verified := s.newcomer(from + 1)
	v, err := verified.account.CheckCode(ctx, verified.id, verified.code)
	mustView(s.t, v, err, verification.Verified, "")
	cancelled := s.newcomer(from + 2)
	if err := cancelled.account.Cancel(ctx, cancelled.id); err != nil {
		s.t.Fatal(err)
	}
	wrong := s.newcomer(from + 3)
	for range 2 {
		if _, err := wrong.account.CheckCode(ctx, wrong.id, api.CodeCheck{Code: "000000"}); err == nil {
			s.t.Fatal("a wrong code was taken")
		}
	}
	scanning := s.byFace("scanning-" + strconv.Itoa(from))
	s.consented(scanning.account, scanning.id)
	reviewed := s.byFace("reviewed-" + strconv.Itoa(from))
	s.consented(reviewed.account, reviewed.id)
	v, err = reviewed.account.Review(ctx, reviewed.id)
	mustView(s.t, v, err, verification.InReview, v.Reason)
	return []underWay{coded, verified, cancelled, wrong, scanning, reviewed}
}

func (s *server) byFace(username string) underWay {
	s.t.Helper()
	a := s.signUp(username)
	v, err := a.Begin(s.t.Context(), byFace(s.person("张伟")))
	mustView(s.t, v, err, verification.FaceRequired, "")
	return underWay{server: s, account: a, id: v.ID}
}

// goOn has everybody of stages come to their end.
func goOn(t *testing.T, people []underWay) {
	t.Helper()
	ctx := t.Context()
	for i, want := range []verification.Status{verification.CodeRequired, verification.Verified, verification.Cancelled, verification.CodeRequired, verification.Capturing, verification.InReview} {
		v, err := people[i].account.View(ctx, people[i].id)
		if err != nil || v.Status != want {
			t.Errorf("person %d: %v, %v", i, v.Status, err)
		}
		if _, err := people[i].account.Records(ctx); err != nil {
			t.Errorf("person %d: records: %v", i, err)
		}
	}
	for _, i := range []int{0, 3} {
		v, err := people[i].account.CheckCode(ctx, people[i].id, people[i].code)
		mustView(t, v, err, verification.Verified, "")
	}
	for _, i := range []int{4, 5} {
		if err := people[i].account.Cancel(ctx, people[i].id); err != nil {
			t.Errorf("person %d: %v", i, err)
		}
	}
}

// An upgrade node by node: the server of before fills a database, the present one
// brings it up to date under it, people are served by both in turn, then by the
// present one alone.
func TestOldAndNewServeSideBySide(t *testing.T) {
	program := os.Getenv(oldEnv)
	if program == "" {
		t.Skip(oldEnv + " names no backend of before")
	}
	cfg := sandboxConfig(t)
	cfg.DatabaseURL = postgres.URL(t)
	uncap(&cfg)
	address := freeAddress(t)
	stop := startOld(t, program, address, "REALNAME_DATA="+cfg.Data, "REALNAME_DATABASE_URL="+cfg.DatabaseURL, "REALNAME_MODELS="+cfg.Models,
		"REALNAME_SANDBOX_PASSWORD="+password, "REALNAME_SMS_INTERVAL=0")
	before := &server{t: t, cfg: cfg, client: newClient(t, "http://"+address), log: &syncBuffer{}, elsewhere: "http://" + address}
	filled := stages(before, 0)

	s := start(t, cfg)
	turns := &inTurn{hosts: []string{address, s.app.Address()}}
	c, err := client.New(client.Config{Server: s.app.URL(), Device: "测试电脑", Transport: turns})
	if err != nil {
		t.Fatal(err)
	}
	both := &server{t: t, cfg: cfg, app: s.app, client: c, clock: s.clock, log: s.log}
	begun := stages(both, 10)
	goOn(t, begun)
	finished := stages(both, 20)
	stop()

	turns.hosts = turns.hosts[1:]
	goOn(t, finished)
	for i, username := range []string{"newcomer-0", "newcomer-1", "newcomer-2", "newcomer-3", "scanning-0", "reviewed-0"} {
		filled[i].account = s.signIn(username)
	}
	goOn(t, filled)
	s.sound()
}

// Two servers over one database need the same keys: the other one says so at its
// start, and changes nothing.
func TestASecondServerWithOtherKeysDoesNotStart(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.DatabaseURL = postgres.URL(t)
	s := start(t, cfg)
	u := s.underWay()
	other := cfg
	other.Data = t.TempDir() // with keys of its own
	if _, err := app.Open(t.Context(), other, app.Options{Judge: &judge{}, Logger: slog.New(slog.DiscardHandler)}); !errors.Is(err, store.ErrIndexKey) {
		t.Errorf("opened: %v", err)
	}
	v, err := u.account.CheckCode(t.Context(), u.id, u.code)
	mustView(t, v, err, verification.Verified, "")
}
