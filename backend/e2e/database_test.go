package e2e_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// trouble is what befalls a PostgreSQL under a server.
type trouble struct {
	t     *testing.T
	s     *server
	way   line
	admin *pgx.Conn
}

func newTrouble(t *testing.T) trouble {
	t.Helper()
	cfg := sandboxConfig(t)
	direct := postgres.URL(t)
	b := trouble{t: t}
	b.way, cfg.DatabaseURL = newLine(t, direct)
	cfg.DatabaseTimeout = config.Default(config.Sandbox).DatabaseTimeout
	b.s = start(t, cfg)
	var err error
	if b.admin, err = pgx.Connect(t.Context(), direct); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.admin.Close(context.Background()) })
	return b
}

// run has statements carried out past the server.
func (b trouble) run(statements ...string) {
	b.t.Helper()
	for _, statement := range statements {
		if _, err := b.admin.Exec(b.t.Context(), statement); err != nil {
			b.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// raise has the database refuse every new row of the trail with a SQLSTATE.
func (b trouble) raise(state string) (heal func()) {
	b.run("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '"+state+"'; END $$",
		"CREATE TRIGGER refuse BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse()")
	return func() { b.run("DROP FUNCTION refuse CASCADE") }
}

// lock keeps a table from everybody else.
func (b trouble) lock(table string) (heal func()) {
	b.run("BEGIN", "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE")
	return func() { b.run("ROLLBACK") }
}

// exhaust takes every connection of the server's own pool.
func (b trouble) exhaust() (heal func()) {
	b.t.Helper()
	pool := b.s.app.Store.Pool()
	var taken []*sql.Conn
	for range pool.Stats().MaxOpenConnections {
		c, err := pool.Conn(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		taken = append(taken, c)
	}
	return func() {
		for _, c := range taken {
			if err := c.Close(); err != nil {
				b.t.Error(err)
			}
		}
	}
}

// slow has each answer come late: no single one too late, all of a call's too late.
func (b trouble) slow() (heal func()) {
	return b.way.poison("latency", "downstream", map[string]int{"latency": 3000})
}

// troubles are one of each kind; every one by "make faults".
func troubles() map[string]func(trouble) (heal func()) {
	kinds := map[string]func(trouble) (heal func()){
		"a table is locked":     func(b trouble) func() { return b.lock("cases") },
		"the pool is exhausted": trouble.exhaust,
		"slow":                  trouble.slow,
		"a deadlock":            func(b trouble) func() { return b.raise("40P01") },
	}
	if os.Getenv(faultsEnv) == "" {
		return kinds
	}
	kinds["the sessions are locked"] = func(b trouble) func() { return b.lock("sessions") }
	for name, state := range map[string]string{
		"a serialization failure":     "40001",
		"too many connections":        "53300",
		"out of memory":               "53200",
		"it is going down":            "57P01",
		"a statement that was ended":  "57014",
		"a standby that takes no row": "25006",
	} {
		kinds[name] = func(b trouble) func() { return b.raise(state) }
	}
	return kinds
}

func TestATroubledDatabaseIsBusyAndThenRightAgain(t *testing.T) {
	for name, befall := range troubles() {
		t.Run(name, func(t *testing.T) {
			b := newTrouble(t)
			u := b.s.underWay()
			heal := befall(b)
			err := u.account.Cancel(t.Context(), u.id) // asks the database alone
			if refused := mustProblem(t, err, problem.Busy); refused.RetryAfter == 0 {
				t.Error("no Retry-After")
			}
			heal()
			mustView(t, u.looks(), nil, verification.CodeRequired, "")
			v, err := u.account.CheckCode(t.Context(), u.id, u.code)
			mustView(t, v, err, verification.Verified, "")
		})
	}
}

// A fault that no server can tell the meaning of is nobody's verdict: the whole step
// is undone, and can be done again.
func TestARowThatIsRefusedUndoesTheWholeStep(t *testing.T) {
	b := newTrouble(t)
	u := b.s.underWay()
	heal := b.raise("P0001")
	_, err := u.account.CheckCode(t.Context(), u.id, u.code)
	mustProblem(t, err, problem.Internal)
	heal()
	v, err := u.account.CheckCode(t.Context(), u.id, u.code)
	mustView(t, v, err, verification.Verified, "")
}

// The line breaks after some bytes, wherever in a message that is: what was asked
// was done or was not, and the same person goes on.
func TestALineThatBreaksWithinAMessageLosesNothing(t *testing.T) {
	b := newTrouble(t)
	for n := range 8 * faults(t) {
		direction := []string{"upstream", "downstream"}[n%2]
		after := rand.IntN(16 << 10)
		u := b.s.newcomer(n)
		asked := b.s.meter(carrierAnswered)
		cure := b.way.poison("limit_data", direction, map[string]int{"bytes": after})
		_, err := u.account.CheckCode(t.Context(), u.id, u.code)
		cure()
		if err != nil {
			mustProblem(t, err, problem.Busy)
		}
		v := u.looks()
		if v.Status == verification.Checking {
			// What the carrier said is written by itself. Where the line broke in the word that
			// it may be asked, it was not, and the same code asks it after the step's life.
			v = u.leaves(verification.Checking)
			if v.Status == verification.CodeRequired && b.s.meter(carrierAnswered) != asked {
				t.Fatalf("%d bytes %s: the carrier's answer was lost", after, direction)
			}
		}
		if v.Status != verification.Verified {
			if err == nil {
				t.Fatalf("%d bytes %s: verified, and then %s", after, direction, v.Status)
			}
			v, err = u.account.CheckCode(t.Context(), u.id, u.code)
			mustView(t, v, err, verification.Verified, "")
		}
	}
	b.s.sound()
}

// carrierAnswered counts the answers of the sandbox's carrier.
const carrierAnswered = `realname_provider_seconds_count{answer="right",call="carrier",provider="sandbox"}`

// looks asks where a person stands until the database answers.
func (u underWay) looks() verification.View {
	u.t.Helper()
	var v verification.View
	u.again("the database answers", func() (err error) {
		v, err = u.account.View(u.t.Context(), u.id)
		return err
	})
	return v
}

// leaves asks until a person stands elsewhere.
func (u underWay) leaves(status verification.Status) (v verification.View) {
	u.t.Helper()
	err := poll(u.t, "out of "+string(status), func() bool {
		v = u.looks()
		return v.Status != status
	})
	if err != nil {
		u.t.Fatal(err)
	}
	return v
}

// again calls until it is not busy any more.
func (s *server) again(what string, call func() error) {
	s.t.Helper()
	err := poll(s.t, what, func() bool {
		err := call()
		if err != nil {
			mustProblem(s.t, err, problem.Busy)
		}
		return err == nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// sound verifies the trail, and that bindings and their rows of it are the same.
func (s *server) sound() {
	s.t.Helper()
	if _, err := s.app.Store.Seal(s.t.Context()); err != nil {
		s.t.Error(err)
	}
	if report, err := s.app.Store.VerifyAudit(s.t.Context(), nil); err != nil || report.Entries == 0 {
		s.t.Errorf("the audit trail: %+v, %v", report, err)
	}
	var apart int
	err := s.app.Store.Pool().QueryRowContext(s.t.Context(), `SELECT (SELECT count(*) FROM identities WHERE case_id NOT IN
		(SELECT case_id FROM audit WHERE event = 'verified')) + (SELECT count(*) FROM audit WHERE event = 'verified' AND case_id NOT IN
		(SELECT case_id FROM identities))`).Scan(&apart)
	if err != nil || apart != 0 {
		s.t.Errorf("%d bindings or rows of the trail without the other: %v", apart, err)
	}
}

// A database that is set to serialize everything refuses some of those who come at
// once: they are told to come again, and then are served.
func TestSerializationFailuresAreServedAgain(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.DatabaseURL = postgres.URL(t) + "&default_transaction_isolation=serializable"
	s := start(t, cfg)
	var people []underWay
	for i := range 20 {
		people = append(people, s.newcomer(i)) // before anybody is in another's way
	}
	var all sync.WaitGroup
	for _, u := range people {
		all.Go(func() {
			for {
				v, err := u.account.View(t.Context(), u.id)
				if err == nil && v.Status == verification.CodeRequired {
					v, err = u.account.CheckCode(t.Context(), u.id, u.code)
				}
				var refused *problem.Problem
				switch {
				case errors.As(err, &refused) && refused.Code == problem.Busy:
				case err == nil && v.Status == verification.Checking: // what the carrier said is written by itself
				default:
					if err != nil || v.Status != verification.Verified {
						t.Errorf("%v, %v", v.Status, err)
					}
					return
				}
			}
		})
	}
	all.Wait()
	s.sound()
}

// newcomer is underWay of somebody whom a test brings along, for whom the database
// has to answer.
func (s *server) newcomer(n int) underWay {
	s.t.Helper()
	who := numbered(strconv.Itoa(n + 1))
	body, err := json.Marshal(api.NewPerson{Name: who.Name, Number: who.Number, Mobile: who.Mobile})
	if err != nil {
		s.t.Fatal(err)
	}
	url := s.elsewhere
	if url == "" {
		url = s.app.URL()
	}
	added, err := http.Post(url+api.PathSandboxPeople, "application/json", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	_ = added.Body.Close()
	if added.StatusCode != http.StatusCreated {
		s.t.Fatalf("add a person: %s", added.Status)
	}
	a := s.signUp("newcomer-" + strconv.Itoa(n))
	v, err := a.Begin(s.t.Context(), byMobile(who))
	if err == nil {
		_, err = a.SendCode(s.t.Context(), v.ID)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return underWay{s, a, v.ID, api.CodeCheck{Code: lastCode(s.t, s.client, who.Mobile)}}
}
