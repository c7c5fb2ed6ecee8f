package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/operator"
)

type operatorRequestRow struct {
	Kind     string `gorm:"primaryKey"`
	Subject  string `gorm:"primaryKey"`
	Operator string
	Reason   string
	At       int64
}

func (operatorRequestRow) TableName() string { return "operator_requests" }

func (r operatorRequestRow) request() operator.Request {
	kind, _, _ := strings.Cut(r.Kind, " ")
	return operator.Request{Kind: operator.Kind(kind), Subject: r.Subject, Operator: r.Operator, Reason: r.Reason, At: moment(r.At)}
}

// requestKind is how a kind is stored: with the hash of the item, so that requests about
// two items are two.
func (s *Store) requestKind(r operator.Request) string {
	if r.Item == "" {
		return string(r.Kind)
	}
	return string(r.Kind) + " " + s.hash("request", r.Item)
}

// Countersign implements operator.Store.
func (s *Store) Countersign(ctx context.Context, r operator.Request, e operator.Entry) (first *operator.Request, err error) {
	kind := s.requestKind(r)
	if r.Item != "" {
		e.Detail = s.withNumber(e.Detail, r.Item)
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		first = nil
		if _, err := present(s.locking(tx), "name = ?", r.Operator); err != nil { // a removal beside it is first or last
			return err
		}
		if err := s.lock(tx, "request", kind+r.Subject); err != nil {
			return err
		}
		var row operatorRequestRow
		found := tx.Where("kind = ? AND subject = ? AND at > ?", kind, r.Subject, micros(r.At.Add(-operator.RequestLife))).Take(&row).Error
		switch {
		case errors.Is(found, gorm.ErrRecordNotFound):
			row = operatorRequestRow{kind, r.Subject, r.Operator, r.Reason, micros(r.At)}
			if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
				return fmt.Errorf("insert request: %w", err)
			}
			return s.addAct(tx, e)
		case found != nil:
			return fmt.Errorf("read request: %w", found)
		case row.Operator == r.Operator:
			return operator.ErrAsked
		}
		asked := row.request()
		first = &asked
		return wrapped("delete request", tx.Where("kind = ? AND subject = ?", row.Kind, row.Subject).Delete(&operatorRequestRow{}).Error)
	})
	if err != nil {
		return nil, err
	}
	return first, nil
}

// withdraw deletes what an operator asked for and nobody has agreed to: whoever asked may
// not have been the operator.
func withdraw(tx *gorm.DB, name string) error {
	return wrapped("withdraw requests", tx.Where("operator = ?", name).Delete(&operatorRequestRow{}).Error)
}

// Requests implements operator.Store.
func (s *Store) Requests(ctx context.Context, subject string, since time.Time) ([]operator.Request, error) {
	var rows []operatorRequestRow
	if err := s.db.WithContext(ctx).Where("subject = ? AND at > ?", subject, micros(since)).Order("at").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	all := make([]operator.Request, len(rows))
	for i, row := range rows {
		all[i] = row.request()
	}
	return all, nil
}

// Trail implements operator.Store. Both chains are read as far as a page can
// need, and merged.
func (s *Store) Trail(ctx context.Context, q operator.TrailQuery) ([]operator.Line, error) {
	var lines []operator.Line
	if q.Operator == "" {
		cases, err := s.caseLines(ctx, q)
		if err != nil {
			return nil, err
		}
		lines = cases
	}
	if q.Case == "" {
		acts, err := s.actLines(ctx, q)
		if err != nil {
			return nil, err
		}
		lines = append(lines, acts...)
	}
	slices.SortFunc(lines, func(a, b operator.Line) int {
		if q.Oldest {
			return a.Compare(b)
		}
		return b.Compare(a)
	})
	return lines[:min(len(lines), q.Limit)], nil
}

// byBytes makes a text compare as Go does (operator.Line.Compare), whatever the
// database's collation; SQLite has no other.
func (s *Store) byBytes(text string) string {
	if s.postgres {
		return text + ` COLLATE "C"`
	}
	return text
}

// paged begins a page behind a line, in the order of the page. chain is the
// column of the chain, or its name where a table has only one. The bound of at alone is
// one that an index knows.
func paged(query *gorm.DB, q operator.TrailQuery, chain string, order ...string) *gorm.DB {
	than, way := "<", " DESC"
	if q.Oldest {
		than, way = ">", ""
	}
	if !q.Behind.At.IsZero() {
		at := micros(q.Behind.At)
		query = query.Where("at "+than+"= ? AND (at, "+chain+", seq) "+than+" (?, ?, ?)", at, at, q.Behind.Chain, q.Behind.Seq)
	}
	for _, column := range order {
		query = query.Order(column + way)
	}
	return query.Limit(q.Limit)
}

func (s *Store) caseLines(ctx context.Context, q operator.TrailQuery) ([]operator.Line, error) {
	chain := s.byBytes("case_id")
	query := paged(s.db.WithContext(ctx), q, chain, "at", chain, "seq")
	if q.Case != "" {
		query = query.Where("case_id = ?", q.Case)
	}
	var rows []auditRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read audit entries: %w", err)
	}
	lines := make([]operator.Line, len(rows))
	for i, r := range rows {
		lines[i] = operator.Line{
			At: moment(r.At), Chain: r.CaseID, Seq: r.Seq, Actor: r.Actor, Event: r.Event,
			Status: r.Status, Reason: r.Reason, Party: r.Party, Detail: r.Detail,
		}
	}
	return lines, nil
}

func (s *Store) actLines(ctx context.Context, q operator.TrailQuery) ([]operator.Line, error) {
	query := paged(s.db.WithContext(ctx), q, s.byBytes("'"+operator.ActsChain+"'"), "at", "seq")
	if q.Operator != "" {
		query = query.Where("operator = ?", q.Operator)
	}
	var rows []actRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read acts: %w", err)
	}
	lines := make([]operator.Line, len(rows))
	for i, r := range rows {
		lines[i] = operator.Line{
			At: moment(r.At), Chain: operator.ActsChain, Seq: r.Seq, Actor: "operator", Event: r.Act,
			Party: r.Operator, Subject: r.Subject, Detail: r.Detail,
		}
	}
	return lines, nil
}
