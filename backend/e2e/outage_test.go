package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

func TestDatabaseThatIsAwayIsAProblemAndThenRightAgain(t *testing.T) {
	cfg := sandboxConfig(t)
	var way line
	way, cfg.DatabaseURL = newLine(t, postgres.URL(t))
	s := start(t, cfg)
	a := s.signIn("demo")
	p := s.person("张伟")
	v, err := a.Begin(t.Context(), byMobile(p))
	if err == nil {
		_, err = a.SendCode(t.Context(), v.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	code := lastCode(t, s.client, p.Mobile)
	way.pull()
	_, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
	if refused := mustProblem(t, err, problem.Busy); refused.RetryAfter == 0 {
		t.Error("no Retry-After")
	}
	if status, body := (raw{server: s}).do("GET", "/readyz", ""); status != 503 {
		t.Errorf("ready without a database: %s", body)
	}
	way.plugIn()
	v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
	mustView(t, v, err, verification.Verified, "")
}

// A database that is stopped takes connections and answers nothing: whoever
// calls is told, and does not wait for it.
func TestDatabaseThatHangsIsAProblemAndThenRightAgain(t *testing.T) {
	t.Parallel()
	cfg := sandboxConfig(t)
	var way line
	way, cfg.DatabaseURL = newLine(t, postgres.URL(t))
	s := start(t, cfg)
	a := s.signIn("demo")
	v, err := a.Begin(t.Context(), byMobile(s.person("张伟")))
	if err != nil {
		t.Fatal(err)
	}
	release := way.hold()
	_, err = a.View(t.Context(), v.ID)
	if refused := mustProblem(t, err, problem.Busy); refused.RetryAfter == 0 {
		t.Error("no Retry-After")
	}
	if status, body := (raw{server: s}).do("GET", "/readyz", ""); status != 503 {
		t.Errorf("ready with a database that hangs: %s", body)
	}
	if said := s.log.String(); !strings.Contains(said, "the database does not answer") {
		t.Error("what stands behind busy is not in the log")
	}
	release()
	id := v.ID
	s.again("the database answers", func() (err error) { // connections that hung are found one by one
		v, err = a.View(t.Context(), id)
		return err
	})
	mustView(t, v, nil, verification.CodeRequired, "")
}

// A server that cannot read the state any more lets go of who watches, so that they
// look elsewhere; where there is no other server, they say that they are offline, and
// go on by themselves.
func TestAServerCutOffFromItsDatabaseLetsItsWatchersGo(t *testing.T) {
	t.Parallel()
	cfg := sandboxConfig(t)
	var way line
	way, cfg.DatabaseURL = newLine(t, postgres.URL(t))
	s := start(t, cfg)
	a := s.signIn("demo")
	v, err := a.Begin(t.Context(), byMobile(s.person("张伟")))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for u := range a.Watch(t.Context(), v.ID) {
		if u.Err != nil {
			t.Fatal(u.Err)
		}
		switch said = append(said, fmt.Sprint(u.Online, " ", u.View.Status)); len(said) {
		case 1:
			way.pull()
		case 2:
			way.plugIn()
		case 3:
			// Connections that were cut are found one by one.
			s.again("the database answers", func() error { return a.Cancel(t.Context(), v.ID) })
		}
	}
	want := []string{"true code_required", "false code_required", "true code_required", "true cancelled"}
	if !slices.Equal(said, want) {
		t.Errorf("told %v", said)
	}
}

// Whoever signs out elsewhere is shown nothing more here.
func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	s := start(t, sandboxConfig(t))
	a := s.signIn("demo")
	v, err := a.Begin(t.Context(), byMobile(s.person("张伟")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // by a failure alone
	defer cancel()
	signedOut := false
	for u := range a.Watch(ctx, v.ID) {
		if signedOut {
			mustProblem(t, u.Err, problem.Unauthorized)
			return
		}
		if err := a.SignOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		signedOut = true
	}
	t.Error("ended without a word")
}

// A server that became a standby answers questions and takes no writes: it counts
// as away, so that nobody reads of an error that is none of theirs.
func TestADatabaseThatTakesNoWritesIsAwayUntilItDoes(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.DatabaseURL = postgres.URL(t)
	s := start(t, cfg)
	a := s.signIn("demo")
	p := s.person("张伟")
	v, err := a.Begin(t.Context(), byMobile(p))
	if err == nil {
		_, err = a.SendCode(t.Context(), v.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	code := api.CodeCheck{Code: lastCode(t, s.client, p.Mobile)}
	admin, err := pgx.Connect(t.Context(), cfg.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	name := admin.Config().Database
	turn := func(writes string) {
		for _, statement := range []string{
			"SET default_transaction_read_only = off",
			"ALTER DATABASE " + name + " SET default_transaction_read_only = " + writes,
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "' AND pid <> pg_backend_pid()",
		} {
			if _, err := admin.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	turn("on")
	_, err = a.CheckCode(t.Context(), v.ID, code)
	if refused := mustProblem(t, err, problem.Busy); refused.RetryAfter == 0 {
		t.Error("no Retry-After")
	}
	if status, body := (raw{server: s}).do("GET", "/readyz", ""); status != 503 {
		t.Errorf("ready over a standby: %s", body)
	}
	turn("off")
	id := v.ID
	s.again("the database takes writes", func() (err error) { // connections that were ended are found one by one
		v, err = a.CheckCode(t.Context(), id, code)
		return err
	})
	mustView(t, v, nil, verification.Verified, "")
}

func TestStatusReachesAStreamOfAnotherProcess(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.DatabaseURL = postgres.URL(t)
	statusReachesAStream(t, cfg)
}

// A pooler gives each transaction another connection: nothing may be prepared,
// and LISTEN goes past it.
func TestBehindAPoolerAllGoesOn(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.ListenDatabaseURL = postgres.URL(t)
	cfg.DatabaseURL = postgres.Bouncer(t, cfg.ListenDatabaseURL)
	statusReachesAStream(t, cfg)
	s := start(t, cfg)
	var all sync.WaitGroup
	for i := range 20 {
		a := s.signUp(fmt.Sprint("pooled-", i))
		all.Go(func() {
			if _, err := a.Options(t.Context()); err != nil {
				t.Error(err)
			}
			v, err := a.Begin(t.Context(), byMobile(s.person("张伟")))
			if err == nil {
				err = a.Cancel(t.Context(), v.ID)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func statusReachesAStream(t *testing.T, cfg config.Config) {
	t.Helper()
	one := start(t, cfg)
	two := start(t, cfg)
	a := one.signIn("demo")
	v, err := a.Begin(t.Context(), byMobile(one.person("张伟")))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := two.signIn("demo")
	done := make(chan verification.View, 1)
	watching := make(chan struct{})
	go func() {
		var once sync.Once
		for u := range elsewhere.Watch(t.Context(), v.ID) {
			once.Do(func() { close(watching) })
			if u.View.Status.Final() {
				done <- u.View
			}
		}
	}()
	<-watching
	if err := a.Cancel(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-done:
		mustView(t, got, nil, verification.Cancelled, "")
	case <-time.After(20 * time.Second):
		t.Fatal("the other process never told")
	}
}
