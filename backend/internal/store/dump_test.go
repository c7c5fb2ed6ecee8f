package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/storetest"
	"realname.example/backend/internal/verify"
)

// expectNoCanary looks for each canary as it is, in hexadecimal, as pg_dump
// writes bytes, and in base 64, as JSON does.
func expectNoCanary(t *testing.T, dump []byte) {
	t.Helper()
	for _, canary := range storetest.Canaries() {
		for form, text := range map[string]string{
			"plain": canary, "hexadecimal": hex.EncodeToString([]byte(canary)),
			"base 64": strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(canary)), "="),
		} {
			if bytes.Contains(dump, []byte(text)) {
				t.Errorf("the dump holds %q (%s)", canary, form)
			}
		}
	}
	if !bytes.Contains(dump, []byte("canary2")) {
		t.Error("the dump does not hold the cases at all")
	}
}

func TestSQLiteFilesHoldNoPersonalData(t *testing.T) {
	cfg := onSQLite(t)
	storetest.Fill(t, storetest.Open(t, cfg))
	files, err := filepath.Glob(filepath.Join(cfg.Folder, store.FileName+"*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	var all []byte
	for _, name := range files { // the write-ahead log included
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	expectNoCanary(t, all)
}

func TestPostgreSQLDumpHoldsNoPersonalData(t *testing.T) {
	cfg := onPostgres(t)
	storetest.Fill(t, storetest.Open(t, cfg))
	dump, err := postgres.Server(t).Command("pg_dump", "--dbname="+cfg.URL).Output()
	if err != nil {
		t.Fatal(err)
	}
	// The state of a case is bytes to PostgreSQL: read what they say, too.
	expectNoCanary(t, append(dump, decodeBytea(dump)...))
}

// decodeBytea returns the values that pg_dump wrote as \\x….
func decodeBytea(dump []byte) []byte {
	var all []byte
	for _, field := range bytes.FieldsFunc(dump, func(r rune) bool { return r == '\t' || r == '\n' }) {
		if text, ok := bytes.CutPrefix(field, []byte(`\\x`)); ok {
			value, err := hex.DecodeString(string(text))
			if err == nil {
				all = append(append(all, value...), '\n')
			}
		}
	}
	return all
}

func TestErasedDataCannotBeOpenedFromAnOlderCopy(t *testing.T) {
	cfg := onSQLite(t)
	s := storetest.Open(t, cfg)
	storetest.Create(t, s, storetest.NewCase("c1", "demo", storetest.Who(1)))
	var sealed []byte
	if err := s.Pool().QueryRowContext(t.Context(), "SELECT sealed FROM cases").Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Erase(t.Context(), "demo", verify.Entry{Event: verify.EventErased}, storetest.Moved("cancelled")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pool().ExecContext(t.Context(), "UPDATE cases SET sealed = ?", sealed); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Case(t.Context(), "c1"); err == nil {
		t.Error("a restored value was opened")
	}
}

func TestSealedValuesCannotChangePlaces(t *testing.T) {
	s := storetest.Open(t, onSQLite(t))
	for i, id := range []string{"c1", "c2"} {
		storetest.Create(t, s, storetest.NewCase(id, "demo", storetest.Who(i)))
		storetest.Update(t, s, storetest.NewCase(id, "", storetest.Who(i)).ID, storetest.Moved("cancelled"))
	}
	const swap = "UPDATE cases SET sealed = (SELECT sealed FROM cases WHERE id = 'c1') WHERE id = 'c2'"
	if _, err := s.Pool().ExecContext(t.Context(), swap); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Case(t.Context(), "c2"); err == nil {
		t.Error("another case's identity was opened")
	}
}
