package storetest

import (
	"bytes"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/mattn/go-sqlite3"    // the driver "sqlite3"
	"github.com/pressly/goose/v3"

	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// schema1 holds every table of a database that the server of schema 1 filled,
// under goldenKeys. Its bytes are golden: what they say must be read for good.
//
//go:embed testdata/schema1.json
var schema1 []byte

type goldenTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// goldenKeys are those of schema1.
func goldenKeys() keys.Keys {
	key := func(b byte) []byte { return bytes.Repeat([]byte{b}, keys.Size) }
	return keys.Keys{Masters: []keys.Master{{Version: 1, Key: key(1)}}, Index: key(2), MAC: key(3), Audit: key(4)}
}

// goldenCase is the case "full" of schema1, with a value in every field that
// schema 1 had.
func goldenCase() *verify.Case {
	at := func(d time.Duration) time.Time { return Start.Add(d) }
	c := NewCase("full", "a1", Who(1))
	c.Version, c.Status, c.Reason, c.Affiliate = 1, verification.Capturing, verification.Risk, "mall"
	c.Code = &verify.Code{MAC: []byte{1, 2}, SentAt: Start, ExpiresAt: at(time.Minute), GuessesLeft: 5, ProvenAt: at(time.Second)}
	c.Risks = []verify.RiskRule{verify.RiskFlagged}
	c.Keys = []verify.Key{
		{Kind: verify.KeyTicket, Hash: "h", ExpiresAt: at(time.Minute), Void: true, Used: true},
		{Kind: verify.KeyPhone, Hash: "p", ExpiresAt: at(time.Hour)},
	}
	c.Phone = &verify.Phone{
		Device: "张伟的手机", Network: "198.51.100.x", PublicKey: []byte{9}, ClaimedAt: Start, SeenAt: at(time.Second),
		Online: true, Number: "42", Confirmed: true, ConsentVersion: "face-1", ConsentAt: at(2 * time.Second),
		Step: verification.StepAction, Action: verification.Nod, ActionsDone: 1,
	}
	c.Challenge = &verify.Challenge{
		ID: "x", Actions: []verification.Action{verification.Nod, verification.TurnLeft}, Nonce: "n",
		IssuedAt: Start, ExpiresAt: at(time.Minute),
	}
	c.Review = &verify.Review{AskedAt: Start, Asked: verification.Risk, DecidedAt: at(time.Minute), Operator: "op", Note: "note"}
	c.PC.NewNetwork = true
	c.Challenges, c.NumberMismatches, c.Declines, c.TriesLeft, c.RetryAt = 1, 2, 3, 4, at(time.Hour)
	return c
}

// RunUpgrade fills a database of schema 1 with schema1 and opens it with today's
// store: everything must come back as it was, and the audit trail must hold.
func RunUpgrade(t *testing.T, cfg store.Config) {
	cfg.Keys, cfg.Now = goldenKeys(), func() time.Time { return Start }
	fillSchema1(t, cfg)
	s := Open(t, cfg)
	if stray, err := s.Case(t.Context(), "stray"); err != nil || stray.Status != verification.Cancelled {
		t.Errorf("an open case without a person: %+v, %v", stray, err)
	}
	full, err := s.Case(t.Context(), "full")
	if err != nil || !reflect.DeepEqual(full, goldenCase()) {
		t.Errorf("case: %v\nhave %+v\nwant %+v", err, full, goldenCase())
	}
	bound, err := s.Bound(t.Context(), "a2")
	if err != nil || bound.Identity != Who(2) || bound.CaseID != "bound" {
		t.Errorf("identity: %+v, %v", bound, err)
	}
	if gone, err := s.Case(t.Context(), "gone"); err != nil || !gone.Identity.Number.Empty() || gone.Status != verification.Rejected {
		t.Errorf("an erased case: %+v, %v", gone, err)
	}
	if p, err := s.ByNumber(t.Context(), Who(4).Number.Reveal()); err != nil || p.Identity != Who(4) || string(p.Portrait) != "image" {
		t.Errorf("person: %+v, %v", p, err)
	}
	if m, err := s.Messages(t.Context(), "13800000001", 2); err != nil || len(m) != 1 || m[0].Code != "123456" {
		t.Errorf("messages: %+v, %v", m, err)
	}
	if a, err := s.AccountByUsername(t.Context(), "demo"); err != nil || a.ID != "a1" {
		t.Errorf("account: %+v, %v", a, err)
	}
	if n, err := s.Count(t.Context(), verify.BucketIDsOfAccount, "a1", time.Time{}); err != nil || n != 1 {
		t.Errorf("%d traces, %v", n, err)
	}
	if report, err := s.VerifyAudit(t.Context(), nil); err != nil || report.Entries != 5 || report.Seals != 3 {
		t.Errorf("audit: %+v, %v", report, err)
	}
	// The old chain goes on, and the old case is written again whole.
	Update(t, s, "full", Moved(verification.Cancelled))
	if report, err := s.VerifyAudit(t.Context(), nil); err != nil || report.Entries != 6 {
		t.Errorf("audit after a change: %+v, %v", report, err)
	}
}

// fillSchema1 makes the tables by the first migration and writes the rows past
// the store. The working directory is package store's.
func fillSchema1(t *testing.T, cfg store.Config) {
	t.Helper()
	db := migrateTo(t, cfg, 1)
	defer func() { _ = db.Close() }()
	// What an erasure beside a beginning left in such a database.
	_, err := db.ExecContext(t.Context(), "INSERT INTO cases VALUES ('stray', 'a4', 1, 'in_review', 'face', '', 1, 2, 0, $1, NULL, 0, $2, 0)",
		[]byte("{}"), []byte{})
	if err != nil {
		t.Fatal(err)
	}
	var tables []goldenTable
	if err := json.Unmarshal(schema1, &tables); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		for _, row := range table.Rows {
			marks := make([]string, len(row))
			for i := range row {
				row[i] = goldenValue(t, row[i])
				marks[i] = fmt.Sprintf("$%d", i+1) // both databases take these
			}
			//nolint:gosec // the names are those of the golden file
			insert := "INSERT INTO " + table.Name + " (" + strings.Join(table.Columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
			if _, err := db.ExecContext(t.Context(), insert, row...); err != nil {
				t.Fatalf("%s: %v", table.Name, err)
			}
		}
	}
}

// migrateTo brings a new database to a version of the schema, past the store.
func migrateTo(t *testing.T, cfg store.Config, version int64) *sql.DB {
	t.Helper()
	driver, source, dialect := "pgx", cfg.URL, goose.DialectPostgres
	if cfg.URL == "" {
		driver, source, dialect = "sqlite3", filepath.Join(cfg.Folder, store.FileName), goose.DialectSQLite3
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(dialect, db, os.DirFS("migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db
}

// halves are the steps before the last one; the first, the middle and the last of
// them where "make faults" does not ask for all.
func halves(last int64) []int64 {
	if os.Getenv("REALNAME_FAULTS") == "" {
		return []int64{1, last / 2, last - 1}
	}
	var all []int64
	for version := range last - 1 {
		all = append(all, version+1)
	}
	return all
}

// RunHalf proves that a database whose migration stopped at some step is refused by
// what works beside a server, and brought to the end by the next start.
func RunHalf(t *testing.T, fresh func(t *testing.T) store.Config) {
	steps, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(steps) == 0 {
		t.Fatalf("%d migrations, %v", len(steps), err)
	}
	for _, version := range halves(int64(len(steps))) {
		cfg := filled(fresh(t))
		if err := migrateTo(t, cfg, version).Close(); err != nil {
			t.Fatal(err)
		}
		beside := cfg
		beside.Existing = true
		if _, err := store.Open(t.Context(), beside); !errors.Is(err, store.ErrOlder) {
			t.Errorf("at step %d: %v", version, err)
		}
		Create(t, Open(t, cfg), NewCase("c1", "demo", Who(1)))
	}
}

// goldenValue is the value of a column: bytes stand in hexadecimal.
func goldenValue(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case float64:
		return int64(v)
	case map[string]any:
		text, _ := v["hex"].(string)
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return v
}

// testUnknownFields shows that what a newer server, which runs beside this one, keeps
// of a case and its parts outlives this one's writes, and does not pass to the part
// that comes after.
func testUnknownFields(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	begin := func(at time.Time) verify.Change {
		return Set(func(c *verify.Case) {
			c.Code, c.Phone = &verify.Code{SentAt: at}, &verify.Phone{ClaimedAt: at}
			c.Challenge = &verify.Challenge{ID: at.String()}
			c.Review, c.Move = &verify.Review{AskedAt: at}, &verify.Move{AskedAt: at}
		})
	}
	Update(t, s, "c1", begin(Start))
	state := strings.ReplaceAll(string(column(t, s, "SELECT state FROM cases")), `{`, `{"Later":{"At":7},`)
	argument := "?"
	if isPostgres(t, s) {
		argument = "$1"
	}
	if _, err := s.Pool().ExecContext(t.Context(), "UPDATE cases SET state = "+argument, []byte(state)); err != nil {
		t.Fatal(err)
	}
	Update(t, s, "c1", Set(func(c *verify.Case) { c.Declines, c.Phone.Online, c.PC.NewDevice = 3, true, true }))
	all := []string{"", "PC", "Code", "Phone", "Challenge", "Review", "Move"}
	if got := withLater(t, s); !slices.Equal(got, all) {
		t.Errorf("kept in %q", got)
	}
	Update(t, s, "c1", begin(Start.Add(time.Second)))
	if got := withLater(t, s); !slices.Equal(got, all[:2]) {
		t.Errorf("with new parts, kept in %q", got)
	}
	Update(t, s, "c1", Moved(verification.Cancelled))
	if c, err := s.Case(t.Context(), "c1"); err != nil || c.Status != verification.Cancelled || c.Declines != 3 {
		t.Errorf("%+v, %v", c, err)
	}
}

// withLater are the parts of the one case that hold testUnknownFields' field; "" is the
// case itself.
func withLater(t *testing.T, s *store.Store) []string {
	t.Helper()
	type later struct{ Later struct{ At int } }
	var got struct {
		later
		PC, Code, Phone, Challenge, Review, Move later
	}
	if err := json.Unmarshal(column(t, s, "SELECT state FROM cases"), &got); err != nil {
		t.Fatal(err)
	}
	var in []string
	for i, part := range []later{got.later, got.PC, got.Code, got.Phone, got.Challenge, got.Review, got.Move} {
		if part.Later.At == 7 {
			in = append(in, []string{"", "PC", "Code", "Phone", "Challenge", "Review", "Move"}[i])
		}
	}
	return in
}

// testNewerForm shows that a row which a newer server wrote is refused whole
// rather than read in part.
func testNewerForm(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	state := strings.Replace(string(column(t, s, "SELECT state FROM cases")), `"Form":1`, `"Form":2`, 1)
	argument := "?"
	if isPostgres(t, s) {
		argument = "$1"
	}
	if _, err := s.Pool().ExecContext(t.Context(), "UPDATE cases SET state = "+argument, []byte(state)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Case(t.Context(), "c1"); err == nil || errors.Is(err, verify.ErrNotFound) {
		t.Errorf("a newer form was read: %v", err)
	}
}
