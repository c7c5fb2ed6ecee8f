package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// applyCapture writes what a change says about actions and frames.
func (s *Store) applyCapture(tx *gorm.DB, c *verify.Case, e verify.Effects) error {
	if len(e.Judged) > 0 {
		if err := s.settleActions(tx, c, e.Judged); err != nil {
			return err
		}
	}
	if e.Drawn != nil {
		if err := s.keepActions(tx, c, *e.Drawn); err != nil {
			return err
		}
	}
	if err := s.rememberFrames(tx, c, e.Frames); err != nil {
		return err
	}
	return s.rememberPrints(tx, c, e.Prints)
}

// waitingSubjects are the keyed hashes of a case's ID number and account, the
// number first: it is the person who was recorded, an account costs nothing.
func (s *Store) waitingSubjects(accountID, number string) []string {
	return []string{s.traceHash("waiting|number", number), s.traceHash("waiting|account", accountID)}
}

// Waiting implements verify.Store.
func (s *Store) Waiting(ctx context.Context, accountID, number string, since time.Time) ([]verification.Action, error) {
	for _, subject := range s.waitingSubjects(accountID, number) {
		row, err := waiting(s.db.WithContext(ctx), subject, since)
		if err != nil || row != nil {
			return row.actions(), err
		}
	}
	return nil, nil
}

// waiting returns the actions that wait for a subject, or nil.
func waiting(tx *gorm.DB, subject string, since time.Time) (*waitingRow, error) {
	var row waitingRow
	err := tx.Where("subject = ? AND at > ?", subject, micros(since)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read waiting actions: %w", err)
	}
	return &row, nil
}

func (r *waitingRow) actions() []verification.Action {
	if r == nil {
		return nil
	}
	var all []verification.Action
	for _, a := range strings.Fields(r.Actions) {
		all = append(all, verification.Action(a))
	}
	return all
}

func joinActions(actions []verification.Action) string {
	parts := make([]string, len(actions))
	for i, a := range actions {
		parts[i] = string(a)
	}
	return strings.Join(parts, " ")
}

// keepActions makes actions wait for the case's ID number and account. Where
// others wait already they stay: a fresh draw is refused with verify.ErrDrawn,
// so that the case takes those.
func (s *Store) keepActions(tx *gorm.DB, c *verify.Case, d verify.Draw) error {
	text := joinActions(d.Actions)
	subjects := s.waitingSubjects(c.AccountID, c.Identity.Number.Reveal())
	for _, subject := range subjects {
		if err := s.lock(tx, "waiting", subject); err != nil {
			return err
		}
	}
	decided := false
	for _, subject := range subjects {
		row, err := waiting(tx, subject, d.At.Add(-verify.WaitingLife))
		if err != nil {
			return err
		}
		if row != nil && row.Actions != text {
			if d.Fresh && !decided {
				return verify.ErrDrawn
			}
			continue
		}
		decided = decided || row != nil
		next := waitingRow{Subject: subject, Actions: text, At: micros(d.At)}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&next).Error; err != nil {
			return fmt.Errorf("keep actions: %w", err)
		}
	}
	return nil
}

// settleActions forgets actions that were judged.
func (s *Store) settleActions(tx *gorm.DB, c *verify.Case, judged []verification.Action) error {
	err := tx.Where("subject IN ? AND actions = ?", s.waitingSubjects(c.AccountID, c.Identity.Number.Reveal()), joinActions(judged)).
		Delete(&waitingRow{}).Error
	return wrapped("forget judged actions", err)
}

// frameHashes are the keyed hashes of frames.
func (s *Store) frameHashes(frames []string) []string {
	hashes := make([]string, len(frames))
	for i, f := range frames {
		hashes[i] = s.traceHash("frame", f)
	}
	return hashes
}

// FramesSeen implements verify.Store.
func (s *Store) FramesSeen(ctx context.Context, frames []string) (bool, error) {
	var n int64
	err := s.db.WithContext(ctx).Model(&frameRow{}).Where("hash IN ?", s.frameHashes(frames)).Limit(1).Count(&n).Error
	return n > 0, wrapped("look for frames", err)
}

// rememberFrames returns verify.ErrFrameSeen where one is remembered already.
func (s *Store) rememberFrames(tx *gorm.DB, c *verify.Case, frames []string) error {
	if len(frames) == 0 {
		return nil
	}
	rows := make([]frameRow, len(frames))
	for i, hash := range s.frameHashes(frames) {
		rows[i] = frameRow{Hash: hash, AccountID: c.AccountID, At: micros(c.StatusSince)}
	}
	made := tx.Clauses(doNothing).Create(&rows)
	if made.Error != nil {
		return fmt.Errorf("remember frames: %w", made.Error)
	}
	if made.RowsAffected != int64(len(rows)) {
		return verify.ErrFrameSeen
	}
	return nil
}

// printSubject is the keyed hash of the ID number that prints are found by.
func (s *Store) printSubject(number string) string { return s.traceHash("print", number) }

func (s *Store) rememberPrints(tx *gorm.DB, c *verify.Case, prints []verify.Print) error {
	if len(prints) == 0 {
		return nil
	}
	rows := make([]framePrintRow, len(prints))
	for i, p := range prints {
		rows[i] = framePrintRow{
			AccountID: c.AccountID, Subject: s.printSubject(c.Identity.Number.Reveal()), Print: p[:], At: micros(c.JudgedAt),
		}
	}
	return wrapped("remember prints", tx.Create(&rows).Error)
}

// Prints implements verify.Store.
func (s *Store) Prints(ctx context.Context, accountID, number string) ([]verify.Print, error) {
	var rows []framePrintRow
	err := s.db.WithContext(ctx).Select("print").
		Where("account_id = ? OR subject = ?", accountID, s.printSubject(number)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read prints: %w", err)
	}
	prints := make([]verify.Print, len(rows))
	for i, row := range rows {
		copy(prints[i][:], row.Print)
	}
	return prints, nil
}

// Frames implements verify.Store.
func (s *Store) Frames(ctx context.Context, accountID string) (verify.Remembered, error) {
	var r struct{ N, First, Last int64 }
	err := s.db.WithContext(ctx).Model(&frameRow{}).Where("account_id = ?", accountID).
		Select("COUNT(*) AS n, COALESCE(MIN(at), 0) AS first, COALESCE(MAX(at), 0) AS last").Scan(&r).Error
	if err != nil {
		return verify.Remembered{}, fmt.Errorf("count frames: %w", err)
	}
	return verify.Remembered{Frames: int(r.N), First: moment(r.First), Last: moment(r.Last)}, nil
}

// pruneCaptures forgets actions and frames at the end of their own lives.
func pruneCaptures(tx *gorm.DB, now time.Time) error {
	for _, p := range []struct {
		row  any
		life time.Duration
	}{{&waitingRow{}, verify.WaitingLife}, {&frameRow{}, verify.FrameLife}, {&framePrintRow{}, verify.FrameLife}} {
		if err := tx.Where("at < ?", micros(now.Add(-p.life))).Delete(p.row).Error; err != nil {
			return fmt.Errorf("prune captures: %w", err)
		}
	}
	return nil
}
