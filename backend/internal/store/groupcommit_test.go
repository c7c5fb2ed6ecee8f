package store

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// noted is a row that a transaction of the tests writes.
type noted struct {
	Name string `gorm:"primaryKey"`
}

// grouping is a group commit over a database, whose rows readers see once they are
// committed.
type grouping struct {
	*groupCommit
	t       *testing.T
	readers *gorm.DB
}

// together begins transactions so that all share a commit: the first is inside until
// every other one waits. It returns what each was told, in the order of the names.
func together(t *testing.T, fs map[string]func(g *grouping, tx *gorm.DB) error) (told map[string]error, rows []string) {
	t.Helper()
	told = map[string]error{}
	synctest.Test(t, func(t *testing.T) {
		path := sqliteFile(filepath.Join(t.TempDir(), "notes.db"))
		g := &grouping{t: t, readers: openNotes(t, path+"?mode=rwc&_journal_mode=WAL")}
		writer := openNotes(t, path+"?_txlock=immediate&_busy_timeout=5000")
		g.groupCommit = newGroupCommit(writer)
		if err := writer.AutoMigrate(&noted{}); err != nil {
			t.Fatal(err)
		}
		hold, first := make(chan struct{}), make(chan error, 1)
		go func() {
			first <- g.transact(t.Context(), func(tx *gorm.DB) error {
				<-hold
				return tx.Create(&noted{"first"}).Error
			})
		}()
		synctest.Wait()
		type result struct {
			name string
			err  error
		}
		results := make(chan result, len(fs))
		for name, f := range fs {
			go func() {
				r := result{name: name, err: errPanicked}
				defer func() { _ = recover(); results <- r }()
				r.err = g.transact(t.Context(), func(tx *gorm.DB) error { return f(g, tx) })
			}()
		}
		synctest.Wait()
		close(hold)
		told["first"] = <-first
		for range fs {
			r := <-results
			told[r.name] = r.err
		}
		g.close()
		rows = g.rows()
		for _, db := range []*gorm.DB{g.readers, writer} {
			if pool, err := db.DB(); err != nil || pool.Close() != nil {
				t.Fatal("not closed", err)
			}
		}
	})
	return told, rows
}

var (
	errPanicked = errors.New("panicked")
	errRefused  = errors.New("refused")
)

func openNotes(t *testing.T, dsn string) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(sqlite.Open(dsn), &gorm.Config{Logger: logger.Discard, SkipDefaultTransaction: true})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	return db
}

// rows are those that are committed.
func (g *grouping) rows() (names []string) {
	g.t.Helper()
	if err := g.readers.Model(&noted{}).Order("name").Pluck("name", &names).Error; err != nil {
		g.t.Error(err)
	}
	return names
}

func noting(name string, then error) func(*grouping, *gorm.DB) error {
	return func(_ *grouping, tx *gorm.DB) error {
		return errors.Join(tx.Create(&noted{name}).Error, then)
	}
}

func TestWhoWaitsTogetherIsKeptByOneCommit(t *testing.T) {
	t.Parallel()
	var before []string
	told, rows := together(t, map[string]func(*grouping, *gorm.DB) error{
		"a": noting("a", nil),
		"b": func(g *grouping, tx *gorm.DB) error {
			before = g.rows()
			return tx.Create(&noted{"b"}).Error
		},
	})
	if len(before) != 0 {
		t.Errorf("%v were committed before the group's last part", before)
	}
	if want := []string{"a", "b", "first"}; !slices.Equal(rows, want) {
		t.Errorf("kept %v, want %v", rows, want)
	}
	for name, err := range told {
		if err != nil {
			t.Errorf("%s was told %v", name, err)
		}
	}
}

func TestWhatFailsInAGroupIsUndoneAlone(t *testing.T) {
	t.Parallel()
	told, rows := together(t, map[string]func(*grouping, *gorm.DB) error{
		"a":       noting("a", nil),
		"refused": noting("refused", errRefused),
		"panics": func(_ *grouping, tx *gorm.DB) error {
			_ = tx.Create(&noted{"panics"})
			panic("at its worst")
		},
		"z": noting("z", nil),
	})
	if want := []string{"a", "first", "z"}; !slices.Equal(rows, want) {
		t.Errorf("kept %v, want %v", rows, want)
	}
	for name, want := range map[string]error{"first": nil, "a": nil, "z": nil, "refused": errRefused, "panics": errPanicked} {
		if !errors.Is(told[name], want) {
			t.Errorf("%s was told %v, want %v", name, told[name], want)
		}
	}
}

// SQLite ends the whole transaction where a disk is full; ROLLBACK stands for it.
func TestAGroupThatIsLostSaysSoToEachOfIt(t *testing.T) {
	t.Parallel()
	told, rows := together(t, map[string]func(*grouping, *gorm.DB) error{
		"full": func(_ *grouping, tx *gorm.DB) error {
			return errors.Join(tx.Exec("ROLLBACK").Error, errRefused)
		},
	})
	if len(rows) != 0 {
		t.Errorf("kept %v of a transaction that was undone", rows)
	}
	var lost lostError
	if !errors.As(told["first"], &lost) || lost.SQLState() != "40000" ||
		errors.Is(lost, errRefused) || !strings.Contains(lost.Error(), errRefused.Error()) {
		t.Errorf("the first was told %v", told["first"])
	}
	if !errors.Is(told["full"], errRefused) {
		t.Errorf("who met it was told %v", told["full"])
	}
}

func TestWhoGoesAwayBeforeTheTurnLeavesNothing(t *testing.T) {
	t.Parallel()
	// Before the turn, others' transactions are under way, or the connection is away.
	for name, hold := range map[string]func(t *testing.T, g *groupCommit) (free func()){
		"others": func(t *testing.T, g *groupCommit) func() {
			held, first := make(chan struct{}), make(chan error, 1)
			go func() {
				first <- g.transact(t.Context(), func(*gorm.DB) error { <-held; return nil })
			}()
			return func() {
				close(held)
				if err := <-first; err != nil {
					t.Error(err)
				}
			}
		},
		"the connection": func(t *testing.T, g *groupCommit) func() {
			tx := g.db.Begin()
			if tx.Error != nil {
				t.Fatal(tx.Error)
			}
			return func() {
				if err := tx.Commit().Error; err != nil {
					t.Error(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				db := openNotes(t, sqliteFile(filepath.Join(t.TempDir(), "notes.db")))
				g := newGroupCommit(db)
				free := hold(t, g)
				synctest.Wait()
				ctx, cancel := context.WithCancel(t.Context())
				second := make(chan error, 1)
				go func() {
					second <- g.transact(ctx, func(*gorm.DB) error { t.Error("it ran"); return nil })
				}()
				synctest.Wait()
				cancel()
				synctest.Wait()
				if len(second) == 0 {
					t.Error("it waits for what is held")
				}
				free()
				if err := <-second; !errors.Is(err, context.Canceled) {
					t.Errorf("told %v", err)
				}
				if err := g.transact(t.Context(), func(*gorm.DB) error { return nil }); err != nil {
					t.Errorf("the next was told %v", err)
				}
				g.close()
				if err := g.transact(t.Context(), nil); !errors.Is(err, errStoreClosed) {
					t.Errorf("after the end: %v", err)
				}
				if pool, err := db.DB(); err != nil || pool.Close() != nil {
					t.Fatal("not closed", err)
				}
			})
		})
	}
}
