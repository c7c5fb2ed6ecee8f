package store

import (
	"context"
	"database/sql"
	"encoding/binary"
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
func (s *Store) Allows(ctx context.Context, traces ...verify.Trace) error {
	tx := s.db.WithContext(ctx)
	var all []question
	for _, t := range traces {
		all = append(all, limitsOf(tx, t, s.traceRow(t))...)
	}
	return ask(tx, all)
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
	var all []question
	for i, t := range traces {
		all = append(append(all, limitsOf(tx, t, rows[i])...), s.nearOf(tx, t, rows[i])...)
	}
	if err := ask(tx, all); err != nil {
		return err
	}
	var added []traceRow
	for i, t := range traces {
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

// question is a query of one number, and what is done with it.
type question struct {
	query  *gorm.DB
	answer func(sql.NullInt64) error
}

// ask asks all questions in one statement, and returns the first error of an answer.
func ask(tx *gorm.DB, all []question) error {
	if len(all) == 0 {
		return nil
	}
	queries, numbers, into := make([]any, len(all)), make([]sql.NullInt64, len(all)), make([]any, len(all))
	for i, q := range all {
		queries[i], into[i] = q.query, &numbers[i]
	}
	row := tx.Raw("SELECT (?)"+strings.Repeat(", (?)", len(all)-1), queries...).Row()
	if err := row.Scan(into...); err != nil {
		return fmt.Errorf("count traces: %w", tx.Session(&gorm.Session{}).AddError(err)) // which tells a full disk
	}
	for i, q := range all {
		if err := q.answer(numbers[i]); err != nil {
			return err
		}
	}
	return nil
}

// limitsOf asks for each limit of a trace; the answer is *verify.LimitError where it is
// reached.
func limitsOf(tx *gorm.DB, t verify.Trace, row traceRow) (all []question) {
	for _, l := range t.Limits {
		switch {
		case l.N <= 0: // off
		case t.Bucket.OverAll():
			all = append(all, tallyLimit(tx, t, l))
		default:
			all = append(all, placeLimit(tx, t, row, l))
		}
	}
	return all
}

// nearOf asks how near a trace that is about to be added brings its subject to the
// longest of its limits, or to the one that another step decides by, and notes it.
func (s *Store) nearOf(tx *gorm.DB, t verify.Trace, row traceRow) []question {
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
	others := sumTally(tx, t.Bucket, minuteOf(since))
	if !t.Bucket.OverAll() {
		others = tx.Model(&traceRow{}).Where("bucket = ? AND subject = ? AND at > ? AND (item = '' OR item <> ?)", row.Bucket, row.Subject, micros(since), row.Item).
			Select(countItems)
	}
	return []question{{others, func(n sql.NullInt64) error {
		s.near(t, longest, int(n.Int64)+1)
		return nil
	}}}
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

// placeLimit asks for the oldest of the N newest places of the window where all are taken
// by others; it is reached until that leaves it.
func placeLimit(tx *gorm.DB, t verify.Trace, row traceRow, l verify.Limit) question {
	since := micros(t.At.Add(-l.Window))
	window := func() *gorm.DB {
		return tx.Model(&traceRow{}).Where("bucket = ? AND subject = ? AND at > ?", row.Bucket, row.Subject, since)
	}
	place := window().Select("at").Order("at DESC")
	if row.Item != "" {
		again := window().Select("1").Where("item = ?", row.Item)
		place = window().Select("MAX(at) AS last").Where("item <> '' AND NOT EXISTS (?)", again).Group("item").Order("last DESC")
	}
	return question{place.Offset(l.N - 1).Limit(1), func(at sql.NullInt64) error {
		if !at.Valid {
			return nil
		}
		return &verify.LimitError{Bucket: t.Bucket, RetryAt: moment(at.Int64).Add(l.Window)}
	}}
}

// Count implements verify.Store.
func (s *Store) Count(ctx context.Context, b verify.Bucket, subject string, since time.Time) (int, error) {
	counts, err := s.Counts(ctx, verify.Counted{Bucket: b, Subject: subject, Since: since})
	return counts[0], err
}

// Counts implements verify.Store.
func (s *Store) Counts(ctx context.Context, asked ...verify.Counted) ([]int, error) {
	tx, counts, all := s.db.WithContext(ctx), make([]int, len(asked)), make([]question, len(asked))
	for i, a := range asked {
		query := sumTally(tx, a.Bucket, minuteOf(a.Since))
		if !a.Bucket.OverAll() {
			query = tx.Model(&traceRow{}).Select(countItems).
				Where("bucket = ? AND subject = ? AND at > ?", string(a.Bucket), s.traceHash(string(a.Bucket), a.Subject), micros(a.Since))
		}
		all[i] = question{query, func(n sql.NullInt64) error {
			counts[i] = int(n.Int64)
			return nil
		}}
	}
	return counts, ask(tx, all)
}
