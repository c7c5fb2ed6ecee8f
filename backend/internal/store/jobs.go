package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"

	"realname.example/backend/internal/service"
)

// riverLock is the advisory lock under which one process makes River's tables.
const riverLock = 0x7265616c_72697665

func (s *Store) riverDriver(pool *sql.DB) riverdriver.Driver[*sql.Tx] {
	if s.postgres {
		return riverdatabasesql.New(pool)
	}
	return riversqlite.New(pool)
}

// migrateRiver makes the tables of the job queue, or brings them to the newest
// form.
func (s *Store) migrateRiver(ctx context.Context, cfg Config) (err error) {
	if !s.postgres {
		return s.riverUp(ctx, s.pool)
	}
	pool, err := sql.Open("pgx", cmp.Or(cfg.DirectURL, cfg.URL))
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, pool.Close()) }() // the lock goes with its session
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("lock job queue: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(riverLock)); err != nil {
		return fmt.Errorf("lock job queue: %w", err)
	}
	return s.riverUp(ctx, pool)
}

func (s *Store) riverUp(ctx context.Context, pool *sql.DB) error {
	migrator, err := rivermigrate.New(s.riverDriver(pool), nil)
	if err != nil {
		return fmt.Errorf("read migrations of the job queue: %w", err)
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return wrapped("migrate job queue", err)
}

// queueConns are the connections that the job queue has for itself with
// PostgreSQL: what it finds broken there breaks no call.
const queueConns = 4

func (s *Store) openQueue(cfg Config) (err error) {
	s.queue = s.pool
	if s.postgres {
		if s.queue, err = cfg.postgres(); err != nil {
			return err
		}
		s.queue.SetMaxOpenConns(queueConns)
		s.queue.SetMaxIdleConns(queueConns)
	}
	return nil
}

// Jobs returns a client that works on jobs, of which those are this process's
// that cfg has queues for.
func (s *Store) Jobs(cfg *river.Config) (*river.Client[*sql.Tx], error) {
	return river.NewClient(s.riverDriver(s.queue), cfg)
}

// JobStates counts the jobs that are not done, by their state.
func (s *Store) JobStates(ctx context.Context) (map[rivertype.JobState]int, error) {
	var rows []struct {
		State rivertype.JobState
		N     int
	}
	err := s.db.WithContext(ctx).Raw("SELECT state, count(*) AS n FROM river_job WHERE state <> ? GROUP BY state", rivertype.JobStateCompleted).Scan(&rows).Error
	if err != nil {
		return nil, wrapped("count jobs", err)
	}
	out := map[rivertype.JobState]int{}
	for _, r := range rows {
		out[r.State] = r.N
	}
	return out, nil
}

// enqueue inserts a job in gorm's own transaction: it is there where the change
// is, and only there.
func (s *Store) enqueue(tx *gorm.DB, job service.DeliverJob, at time.Time) error {
	sqlTx, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return errors.New("a job was inserted outside a transaction")
	}
	opts := &river.InsertOpts{Queue: service.DeliverQueue}
	if !at.IsZero() {
		// The queue has the system's clock. What is named a time at all waits for the
		// queue's scheduler, which a killed process takes along for a while.
		if wait := at.Sub(s.now()); wait > 0 {
			opts.ScheduledAt = time.Now().Add(wait)
		}
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}}
	}
	_, err := s.jobs.InsertTx(tx.Statement.Context, sqlTx, job, opts)
	return wrapped("insert job", err)
}
