package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/numbers"
)

// block is how many hours are summed together, since 1970. A day of UTC or of China's
// time is three blocks; where a day begins elsewhere, the hours at its ends are read.
const block = 8

// summing is a table of counts by hour, the one of their sums by block, and the columns
// by which both are grouped.
type summing struct{ counts, sums, columns string }

var (
	stageSums = summing{"stage_counts", "stage_sums", "stage, reason"}
	callSums  = summing{"call_counts", "call_sums", "provider, kind, answer, within_ms"}
)

// SumCounts sums the counts of blocks that have been over for an hour, and what was
// added to one since. Any number of processes may do so, beside others that count.
func (s *Store) SumCounts(ctx context.Context, now time.Time) error {
	end := (numbers.Hour(now) - 1) / block * block
	for _, t := range []summing{stageSums, callSums} {
		for {
			var oldest *int64
			err := s.db.WithContext(ctx).Raw("SELECT MIN(hour) FROM "+t.counts+" WHERE n > summed AND hour < ?", end).Scan(&oldest).Error
			if err != nil {
				return fmt.Errorf("find counts to sum: %w", err)
			}
			if oldest == nil {
				break
			}
			if err := s.sumBlock(ctx, t, *oldest/block*block); err != nil {
				return err
			}
		}
	}
	return nil
}

// sumBlock makes the sums of a block anew. Who counts changes n alone, so that the
// columns summed of its rows are the sum whatever is counted meanwhile.
func (s *Store) sumBlock(ctx context.Context, t summing, from int64) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lock(tx, "sums", t.sums); err != nil {
			return err
		}
		marked := tx.Exec("UPDATE "+t.counts+" SET summed = n WHERE n > summed AND hour >= ? AND hour < ?", from, from+block)
		if marked.Error != nil {
			return fmt.Errorf("mark counts: %w", marked.Error)
		}
		if marked.RowsAffected == 0 { // another process did it, or emptied the table
			return nil
		}
		err := tx.Exec("INSERT INTO "+t.sums+" (hour, "+t.columns+", n) SELECT CAST(? AS BIGINT), "+t.columns+", SUM(summed) FROM "+t.counts+
			" WHERE hour >= ? AND hour < ? GROUP BY "+t.columns+" ON CONFLICT (hour, "+t.columns+") DO UPDATE SET n = excluded.n",
			from, from, from+block).Error
		return wrapped("sum counts", err)
	})
}

// readCounts scans what a query reads of counts. PostgreSQL takes it for more work than it is,
// and would start other processes for it, which takes longer than to read.
func (s *Store) readCounts(ctx context.Context, to any, query string, args ...any) error {
	if !s.postgres {
		return wrapped("read counts", s.db.WithContext(ctx).Raw(query, args...).Scan(to).Error)
	}
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("SET LOCAL max_parallel_workers_per_gather = 0").Error; err != nil {
			return fmt.Errorf("prepare to read counts: %w", err)
		}
		return wrapped("read counts", tx.Raw(query, args...).Scan(to).Error)
	})
}

// of selects the counts of a span as rows of hour, the columns and n: of whole blocks
// their sums, and of hours what no sum of those has. An hour stands for all of its slot.
func (t summing) of(span numbers.Span) (query string, args []any) {
	query = "SELECT hour, " + t.columns + ", n FROM " + t.sums +
		" WHERE hour >= ? AND hour <= ? AND (hour - ?) / ? = (hour + ? - ?) / ?" +
		" UNION ALL SELECT hour, " + t.columns + ", n - summed FROM " + t.counts + " WHERE n > summed AND hour >= ? AND hour < ?"
	args = []any{span.From, span.To - block, span.From, span.Each, block - 1, span.From, span.Each, span.From, span.To}
	edges := " UNION ALL SELECT hour, " + t.columns + ", summed FROM " + t.counts + " WHERE hour "
	if span.Each < block {
		return query + edges + "BETWEEN ? AND ?", append(args, span.From, span.To-1)
	}
	if hours := edgesOf(span); len(hours) > 0 {
		return query + edges + "IN ?", append(args, hours)
	}
	return query, args
}

// edgesOf returns the hours of a span whose block is not whole in one of its slots, which
// are blocks or longer. They are named one by one: SQLite reads 30 ranges slowly.
func edgesOf(span numbers.Span) (hours []int64) {
	for from := span.From; from < span.To; from += span.Each {
		to := min(from+span.Each, span.To)
		for hour := from; hour < to; hour++ {
			if begin := hour / block * block; begin < from || begin+block > to {
				hours = append(hours, hour)
			}
		}
	}
	return hours
}
