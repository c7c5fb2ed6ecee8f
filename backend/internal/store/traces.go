package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/verify"
)

// Trace implements verify.Store.
func (s *Store) Trace(ctx context.Context, t verify.Trace) error {
	return s.transact(ctx, func(tx *gorm.DB) error { return s.addTraces(tx, []verify.Trace{t}) })
}

// Allows implements verify.Store.
func (s *Store) Allows(ctx context.Context, t verify.Trace) error {
	return checkLimits(s.db.WithContext(ctx), t, s.traceRow(t))
}

// traceRow is a trace as it is stored: keyed hashes.
func (s *Store) traceRow(t verify.Trace) traceRow {
	row := traceRow{Bucket: string(t.Bucket), Subject: s.traceHash(string(t.Bucket), t.Subject), At: micros(t.At)}
	if t.Item != "" {
		row.Item = s.traceHash("item|"+string(t.Bucket), t.Item)
	}
	return row
}

// addTraces counts and adds traces. Those of one subject wait for one another,
// in one order, so that two processes cannot both pass the last place.
func (s *Store) addTraces(tx *gorm.DB, traces []verify.Trace) error {
	rows := make([]traceRow, len(traces))
	for i, t := range traces {
		rows[i] = s.traceRow(t)
	}
	if err := s.lockSubjects(tx, traces, rows); err != nil {
		return err
	}
	var added []traceRow
	for i, t := range traces {
		if err := checkLimits(tx, t, rows[i]); err != nil {
			return err
		}
		if err := s.noteNear(tx, t, rows[i]); err != nil {
			return err
		}
		if !t.Bucket.OverAll() {
			added = append(added, rows[i])
		} else if err := tally(tx, t); err != nil {
			return err
		}
	}
	if len(added) == 0 {
		return nil
	}
	return wrapped("insert traces", tx.Create(&added).Error)
}

// checkLimits returns *verify.LimitError where one limit of a trace is reached.
func checkLimits(tx *gorm.DB, t verify.Trace, row traceRow) error {
	for _, l := range t.Limits {
		check := checkLimit
		if t.Bucket.OverAll() {
			check = checkTally
		}
		if err := check(tx, t, row, l); err != nil {
			return err
		}
	}
	return nil
}

// noteNear notes how near a trace that is about to be added brings its subject to the
// longest of its limits, or to the one that another step decides by.
func (s *Store) noteNear(tx *gorm.DB, t verify.Trace, row traceRow) error {
	longest := t.Of
	for _, l := range t.Limits {
		if l.N > 0 && l.Window > longest.Window {
			longest = l
		}
	}
	if longest.N <= 0 {
		return nil
	}
	since := t.At.Add(-longest.Window)
	if t.Bucket.OverAll() {
		n, err := sumTally(tx, t.Bucket, minuteOf(since))
		if err == nil {
			s.near(t, longest, n+1)
		}
		return err
	}
	var n int
	mine := tx.Model(&traceRow{}).Where("bucket = ? AND subject = ? AND at > ? AND (item = '' OR item <> ?)", row.Bucket, row.Subject, micros(since), row.Item)
	if err := mine.Select(countItems).Scan(&n).Error; err != nil {
		return fmt.Errorf("count traces: %w", err)
	}
	s.near(t, longest, n+1)
	return nil
}

// countItems counts different items, and each trace without one.
const countItems = "count(DISTINCT item) FILTER (WHERE item <> '') + count(*) FILTER (WHERE item = '')"

// lockSubjects takes an advisory lock a limited subject on PostgreSQL; SQLite
// has one writer.
func (s *Store) lockSubjects(tx *gorm.DB, traces []verify.Trace, rows []traceRow) error {
	if !s.postgres {
		return nil
	}
	var locks []int64
	for i, t := range traces {
		if len(t.Limits) > 0 {
			locks = append(locks, lockOf(rows[i].Bucket, rows[i].Subject))
		}
	}
	if len(locks) == 0 {
		return nil
	}
	slices.Sort(locks)
	var numbers []string
	for _, l := range slices.Compact(locks) {
		numbers = append(numbers, strconv.FormatInt(l, 10))
	}
	err := tx.Exec("SELECT pg_advisory_xact_lock(l) FROM unnest(string_to_array(?, ',')::bigint[]) AS l", strings.Join(numbers, ",")).Error
	return wrapped("lock traces", err)
}

// lock makes transactions over one subject wait for one another until they
// end.
func (s *Store) lock(tx *gorm.DB, kind, subject string) error {
	if !s.postgres {
		return nil
	}
	if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", lockOf(kind, subject)).Error; err != nil {
		return fmt.Errorf("lock %s: %w", kind, err)
	}
	return nil
}

// lockOf is the number of an advisory lock. Two subjects that share one only
// wait for no reason.
func lockOf(kind, subject string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind + "|" + subject))
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

// checkLimit returns *verify.LimitError where the N newest places of the window
// are taken by others. RetryAt is when the oldest of those leaves it.
func checkLimit(tx *gorm.DB, t verify.Trace, row traceRow, l verify.Limit) error {
	if l.N <= 0 { // off
		return nil
	}
	since := micros(t.At.Add(-l.Window))
	query := tx.Model(&traceRow{}).Where("bucket = ? AND subject = ? AND at > ?", row.Bucket, row.Subject, since)
	if row.Item == "" {
		query = query.Select("at AS last").Order("at DESC")
	} else {
		again := tx.Where("bucket = ? AND subject = ? AND at > ? AND item = ?", row.Bucket, row.Subject, since, row.Item).
			Take(&traceRow{}).Error
		if again == nil {
			return nil
		}
		if !errors.Is(again, gorm.ErrRecordNotFound) {
			return fmt.Errorf("count traces: %w", again)
		}
		query = query.Where("item <> ''").Select("MAX(at) AS last").Group("item").Order("last DESC")
	}
	var place []int64
	if err := query.Offset(l.N-1).Limit(1).Pluck("last", &place).Error; err != nil {
		return fmt.Errorf("count traces: %w", err)
	}
	if len(place) == 0 {
		return nil
	}
	return &verify.LimitError{Bucket: t.Bucket, RetryAt: moment(place[0]).Add(l.Window)}
}

// Count implements verify.Store.
func (s *Store) Count(ctx context.Context, b verify.Bucket, subject string, since time.Time) (int, error) {
	if b.OverAll() {
		return s.tallied(ctx, b, since)
	}
	var n int
	err := s.db.WithContext(ctx).Model(&traceRow{}).
		Where("bucket = ? AND subject = ? AND at > ?", string(b), s.traceHash(string(b), subject), micros(since)).
		Select(countItems).Scan(&n).Error
	return n, wrapped("count traces", err)
}
