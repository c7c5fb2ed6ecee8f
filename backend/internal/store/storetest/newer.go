package storetest

import (
	"errors"
	"testing"

	"realname.example/backend/internal/store"
)

// RunNewer proves that a database whose schema a newer version made is refused,
// and left as it is.
func RunNewer(t *testing.T, cfg store.Config) {
	s, err := store.Open(t.Context(), filled(cfg))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Pool().ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)")
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := store.Open(t.Context(), filled(cfg)); !errors.Is(err, store.ErrNewer) {
			t.Fatalf("opened: %v", err)
		}
	}
}
