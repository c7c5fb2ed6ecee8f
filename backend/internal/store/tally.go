package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/verify"
)

// tallyRow is how many traces of a bucket over everybody fell into a minute: to
// count a day costs 1,441 rows at most, however many were sent.
type tallyRow struct {
	Bucket string `gorm:"primaryKey"`
	Minute int64  `gorm:"primaryKey;autoIncrement:false"` // since 1970
	N      int64
}

func (tallyRow) TableName() string { return "tallies" }

// minuteOf is the minute of a moment.
func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// tally counts a trace over everybody.
func tally(tx *gorm.DB, t verify.Trace) error {
	err := tx.Exec(`INSERT INTO tallies (bucket, minute, n) VALUES (?, ?, 1)
		ON CONFLICT (bucket, minute) DO UPDATE SET n = tallies.n + 1`, string(t.Bucket), minuteOf(t.At)).Error
	return wrapped("count trace", err)
}

// checkTally is checkLimit for a trace over everybody. A minute counts until all
// of it has left the window.
func checkTally(tx *gorm.DB, t verify.Trace, _ traceRow, l verify.Limit) error {
	if l.N <= 0 { // off
		return nil
	}
	since := minuteOf(t.At.Add(-l.Window))
	n, err := sumTally(tx, t.Bucket, since)
	if err != nil || n < l.N {
		return err
	}
	var minutes []tallyRow
	if err := tx.Where("bucket = ? AND minute >= ?", string(t.Bucket), since).Order("minute DESC").Find(&minutes).Error; err != nil {
		return fmt.Errorf("count traces: %w", err)
	}
	return &verify.LimitError{Bucket: t.Bucket, RetryAt: time.Unix((nthNewest(minutes, int64(l.N))+1)*60, 0).Add(l.Window)}
}

// nthNewest is the minute of the n-th newest trace; minutes stand newest first.
func nthNewest(minutes []tallyRow, n int64) (minute int64) {
	for _, m := range minutes {
		minute = m.Minute
		if n -= m.N; n <= 0 {
			break
		}
	}
	return minute
}

func sumTally(tx *gorm.DB, b verify.Bucket, since int64) (n int, err error) {
	err = tx.Model(&tallyRow{}).Where("bucket = ? AND minute >= ?", string(b), since).Select("COALESCE(SUM(n), 0)").Scan(&n).Error
	return n, wrapped("count traces", err)
}

// tallied counts the traces of a bucket over everybody since the minute of a
// moment.
func (s *Store) tallied(ctx context.Context, b verify.Bucket, since time.Time) (int, error) {
	return sumTally(s.db.WithContext(ctx), b, minuteOf(since))
}

// pruneTallies deletes minutes that left the bucket's window.
func pruneTallies(tx *gorm.DB, b verify.Bucket, before time.Time) error {
	return wrapped("prune traces", tx.Where("bucket = ? AND minute < ?", string(b), minuteOf(before)).Delete(&tallyRow{}).Error)
}
