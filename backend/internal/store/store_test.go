package store_test

import (
	"os"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/pgtest"
	"realname.example/backend/internal/store/storetest"
)

// postgres is the server of this package's tests.
var postgres = pgtest.Lazy{Prepare: storetest.Migrate}

func TestMain(m *testing.M) { os.Exit(postgres.Main(m)) }

func onSQLite(t *testing.T) store.Config { return storetest.SQLite(t) }

func onEmptySQLite(t *testing.T) store.Config {
	return store.Config{Folder: t.TempDir(), Keys: storetest.Keys(t)}
}

func onPostgres(t *testing.T) store.Config {
	return store.Config{URL: postgres.URL(t), Keys: storetest.Keys(t)}
}

func onEmptyPostgres(t *testing.T) store.Config {
	return store.Config{URL: postgres.Empty(t), Keys: storetest.Keys(t)}
}

func TestSQLiteConforms(t *testing.T) { storetest.Run(t, onSQLite) }

func TestPostgreSQLConforms(t *testing.T) { storetest.Run(t, onPostgres) }

func TestSQLiteRefusesANewerSchema(t *testing.T) { storetest.RunNewer(t, onEmptySQLite(t)) }

func TestPostgreSQLRefusesANewerSchema(t *testing.T) { storetest.RunNewer(t, onEmptyPostgres(t)) }

func TestSQLiteEndsAMigrationThatStopped(t *testing.T) { storetest.RunHalf(t, onEmptySQLite) }

func TestPostgreSQLEndsAMigrationThatStopped(t *testing.T) { storetest.RunHalf(t, onEmptyPostgres) }

func TestSQLiteReadsWhatSchema1Wrote(t *testing.T) { storetest.RunUpgrade(t, onEmptySQLite(t)) }

func TestPostgreSQLReadsWhatSchema1Wrote(t *testing.T) { storetest.RunUpgrade(t, onEmptyPostgres(t)) }

// TestAFrozenProcessHoldsNoRowForLong shows that the server ends a transaction that says
// nothing.
func TestAFrozenProcessHoldsNoRowForLong(t *testing.T) {
	cfg := onPostgres(t)
	cfg.AnswerWithin = 4 * time.Second
	s := storetest.Open(t, cfg)
	for setting, want := range map[string]string{"idle_in_transaction_session_timeout": "10s", "statement_timeout": "4s"} {
		var got string
		if err := s.Pool().QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s, %v", setting, got, want, err)
		}
	}
}
