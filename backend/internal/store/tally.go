package store

import (
	"database/sql"
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

// tallyLimit is placeLimit for a trace over everybody. A minute counts until all
// of it has left the window.
func tallyLimit(tx *gorm.DB, t verify.Trace, l verify.Limit) question {
	since := minuteOf(t.At.Add(-l.Window))
	return question{sumTally(tx, t.Bucket, since), func(n sql.NullInt64) error {
		if n.Int64 < int64(l.N) {
			return nil
		}
		var minutes []tallyRow
		if err := tx.Where("bucket = ? AND minute >= ?", string(t.Bucket), since).Order("minute DESC").Find(&minutes).Error; err != nil {
			return fmt.Errorf("count traces: %w", err)
		}
		return &verify.LimitError{Bucket: t.Bucket, RetryAt: time.Unix((nthNewest(minutes, int64(l.N))+1)*60, 0).Add(l.Window)}
	}}
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

// sumTally counts the traces of a bucket over everybody since a minute.
func sumTally(tx *gorm.DB, b verify.Bucket, since int64) *gorm.DB {
	return tx.Model(&tallyRow{}).Where("bucket = ? AND minute >= ?", string(b), since).Select("COALESCE(SUM(n), 0)")
}

// pruneTallies deletes minutes that left the bucket's window.
func pruneTallies(tx *gorm.DB, b verify.Bucket, before time.Time) error {
	return wrapped("prune traces", tx.Where("bucket = ? AND minute < ?", string(b), minuteOf(before)).Delete(&tallyRow{}).Error)
}
