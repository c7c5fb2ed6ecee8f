package store

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// ledger holds what was counted and is not written yet. What a case comes to is
// written with the case; calls of providers and caps are written every few seconds, so
// that a count neither waits nor fails where the database is away.
type ledger struct {
	mu    sync.Mutex
	calls map[numbers.CallCount]int64
	caps  map[capKey]numbers.CapCount
}

type capKey struct {
	hour int64
	cap  verify.Bucket
}

// Called counts a call of a provider.
func (s *Store) Called(c numbers.Call) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.addCalls(numbers.CallCount{
		Hour: numbers.Hour(s.now()), Provider: c.Provider, Kind: c.Kind, Answer: c.Answer, WithinMS: c.Within(), N: 1,
	})
}

// Capped counts a call that a cap stopped.
func (s *Store) Capped(b verify.Bucket) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.addCap(numbers.CapCount{Hour: numbers.Hour(s.now()), Cap: b, Refused: 1})
}

// near notes how much of a cap is used.
func (s *Store) near(t verify.Trace, l verify.Limit, used int) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.addCap(numbers.CapCount{Hour: numbers.Hour(t.At), Cap: t.Bucket, Used: int64(used), Most: int64(l.N)})
}

func (l *ledger) addCalls(c numbers.CallCount) {
	if l.calls == nil {
		l.calls = map[numbers.CallCount]int64{}
	}
	n := c.N
	c.N = 0
	l.calls[c] += n
}

func (l *ledger) addCap(c numbers.CapCount) {
	if l.caps == nil {
		l.caps = map[capKey]numbers.CapCount{}
	}
	key := capKey{c.Hour, c.Cap}
	if sofar, counted := l.caps[key]; counted {
		c = sofar.And(c)
	}
	l.caps[key] = c
}

// take empties the ledger, in the one order in which rows are written.
func (l *ledger) take() (calls []numbers.CallCount, caps []numbers.CapCount) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c, n := range l.calls {
		c.N = n
		calls = append(calls, c)
	}
	for _, c := range l.caps {
		caps = append(caps, c)
	}
	l.calls, l.caps = nil, nil
	slices.SortFunc(calls, func(a, b numbers.CallCount) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Answer, b.Answer), cmp.Compare(a.WithinMS, b.WithinMS))
	})
	slices.SortFunc(caps, func(a, b numbers.CapCount) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Cap, b.Cap))
	})
	return calls, caps
}

// putBack returns what could not be written.
func (l *ledger) putBack(calls []numbers.CallCount, caps []numbers.CapCount) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range calls {
		l.addCalls(c)
	}
	for _, c := range caps {
		l.addCap(c)
	}
}

// WriteCounts writes what was counted and is not written yet. Where that fails it is
// kept for the next time.
func (s *Store) WriteCounts(ctx context.Context) error {
	calls, caps := s.ledger.take()
	if len(calls)+len(caps) == 0 {
		return nil
	}
	err := s.transact(ctx, func(tx *gorm.DB) error {
		for _, c := range calls {
			err := tx.Exec(`INSERT INTO call_counts (hour, provider, kind, answer, within_ms, n) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (hour, provider, kind, answer, within_ms) DO UPDATE SET n = call_counts.n + excluded.n`,
				c.Hour, c.Provider, c.Kind, c.Answer, c.WithinMS, c.N).Error
			if err != nil {
				return fmt.Errorf("count calls: %w", err)
			}
		}
		for _, c := range caps {
			if err := writeCap(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.ledger.putBack(calls, caps)
	}
	return err
}

// nearerCap is true where more of the cap is used than in the row that is there, by its
// share: one cap counts towards several limits.
const nearerCap = `excluded.used > 0 AND excluded.used * cap_counts.most >= cap_counts.used * excluded.most`

func writeCap(tx *gorm.DB, c numbers.CapCount) error {
	err := tx.Exec(`INSERT INTO cap_counts (hour, cap, used, most, refused) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (hour, cap) DO UPDATE SET refused = cap_counts.refused + excluded.refused,
			used = CASE WHEN `+nearerCap+` THEN excluded.used ELSE cap_counts.used END,
			most = CASE WHEN `+nearerCap+` THEN excluded.most ELSE cap_counts.most END`,
		c.Hour, string(c.Cap), c.Used, c.Most, c.Refused).Error
	return wrapped("count caps", err)
}

// count ends a change of a case: what it came to is counted last, since everybody
// counts in the same rows, and whoever does waits for nobody any more.
func (s *Store) count(tx *gorm.DB, c *verify.Case, counts []verify.Count) error {
	counts, err := s.withAgain(tx, c, counts)
	if err != nil {
		return err
	}
	slices.SortFunc(counts, func(a, b verify.Count) int {
		return cmp.Or(cmp.Compare(numbers.Hour(a.At), numbers.Hour(b.At)), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Reason, b.Reason))
	})
	if len(counts) == 0 {
		return nil
	}
	rows := make([]stageRow, len(counts)) // each of another stage: a change comes to one once
	for i, n := range counts {
		rows[i] = stageRow{Hour: numbers.Hour(n.At), Stage: string(n.Stage), Method: string(n.Method), Reason: string(n.Reason), Stripe: stripeOf(c.ID), N: 1}
	}
	err = tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "hour"}, {Name: "stage"}, {Name: "method"}, {Name: "reason"}, {Name: "stripe"}},
		DoUpdates: clause.Assignments(map[string]any{"n": gorm.Expr("stage_counts.n + 1")}),
	}).Create(&rows).Error
	return wrapped("count stages", err)
}

type stageRow struct {
	Hour   int64  `gorm:"primaryKey;autoIncrement:false"`
	Stage  string `gorm:"primaryKey"`
	Method string `gorm:"primaryKey"`
	Reason string `gorm:"primaryKey"`
	Stripe int64  `gorm:"primaryKey;autoIncrement:false"`
	N      int64
}

func (stageRow) TableName() string { return "stage_counts" }

// stripes is over how many rows a count of an hour is spread, so that those who change
// different cases seldom wait for one another.
const stripes = 16

// stripeOf is in which of them a case counts.
func stripeOf(id verification.ID) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return int64(h.Sum32() % stripes)
}

// withAgain adds verify.StageAgain where somebody is verified who was refused.
func (s *Store) withAgain(tx *gorm.DB, c *verify.Case, counts []verify.Count) ([]verify.Count, error) {
	i := slices.IndexFunc(counts, func(n verify.Count) bool { return n.Stage == verify.StageVerified })
	if i < 0 {
		return counts, nil
	}
	again := counts[i]
	again.Stage, again.Reason = verify.StageAgain, c.FaceRefused
	if again.Reason == "" {
		var before []caseRow
		err := tx.Select("reason").Where("account_id = ? AND status = ? AND finished_at > ? AND reason <> ?", c.AccountID,
			string(verification.Rejected), micros(again.At.Add(-verify.RefusalMemory)), string(verification.IdentityAlreadyBound)).
			Order("begun_at DESC").Limit(1).Find(&before).Error
		if err != nil {
			return nil, fmt.Errorf("read refusals: %w", err)
		}
		if len(before) == 0 {
			return counts, nil
		}
		again.Reason = verification.Reason(before[0].Reason)
	}
	return append(counts, again), nil
}

// StageCounts returns what was counted in a span of hours, each so many of them together
// and named by their first, without the methods.
func (s *Store) StageCounts(ctx context.Context, span numbers.Span) (all []numbers.StageCount, err error) {
	counts, args := stageSums.of(span)
	err = s.readCounts(ctx, &all, "SELECT ? + (hour - ?) / ? * ? AS hour, stage, reason, SUM(n) AS n FROM ("+counts+
		") AS counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3", append([]any{span.From, span.From, span.Each, span.Each}, args...)...)
	return all, err
}

// CallCounts returns how providers answered, without the hours.
func (s *Store) CallCounts(ctx context.Context, from, to int64) (all []numbers.CallCount, err error) {
	counts, args := callSums.of(numbers.Span{From: from, To: to, Each: to - from})
	err = s.readCounts(ctx, &all, "SELECT "+callSums.columns+", SUM(n) AS n FROM ("+counts+") AS counts GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4", args...)
	return all, err
}

// CapCounts returns how near each cap was, without the hours.
func (s *Store) CapCounts(ctx context.Context, from, to int64) (all []numbers.CapCount, err error) {
	var hours []numbers.CapCount
	err = s.db.WithContext(ctx).Table("cap_counts").Where("hour >= ? AND hour < ?", from, to).
		Select("cap, used, most, refused").Order("cap, hour").Scan(&hours).Error
	for _, c := range hours {
		if last := len(all) - 1; last >= 0 && all[last].Cap == c.Cap {
			all[last] = all[last].And(c)
		} else {
			all = append(all, c)
		}
	}
	return all, wrapped("read counts", err)
}

// pruneCounts deletes counts at the end of their life, by whole blocks.
func pruneCounts(tx *gorm.DB, now time.Time) error {
	before := numbers.Hour(now.Add(-numbers.Life)) / block * block
	for _, table := range []string{"stage_counts", "stage_sums", "call_counts", "call_sums", "cap_counts"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE hour < ?", before).Error; err != nil {
			return fmt.Errorf("prune counts: %w", err)
		}
	}
	return nil
}
