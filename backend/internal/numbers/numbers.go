// Package numbers has the shapes of what an operator is told of how verifications
// go: how many came how far, what stopped the others, how near the caps are, and how
// providers answer. All of it is counted as it happens, by hour, and names nobody.
package numbers

import (
	"cmp"
	"slices"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Life is how long counts are kept: more than a year, so that a month can be
// compared with the one a year before.
const Life = 400 * 24 * time.Hour

// Hour is an hour's number since 1970.
func Hour(t time.Time) int64 { return t.Unix() / 3600 }

// Begin is when an hour begins.
func Begin(hour int64) time.Time { return time.Unix(hour*3600, 0).UTC() }

// StageCount is how many cases came to a stage in an hour.
type StageCount struct {
	Hour   int64
	Stage  verify.Stage
	Method verification.Method
	Reason verification.Reason
	N      int64
}

// Call is one call of a provider.
type Call struct {
	// Provider is its name in the settings, Kind what it was asked for.
	Provider, Kind string
	// Answer is how it answered, as the metrics name it.
	Answer string
	Took   time.Duration
}

// withins are the upper ends of the buckets in which times are counted, in
// milliseconds; a provider has 10 s.
var withins = []int64{50, 100, 250, 500, 1000, 2000, 3000, 5000, 7500, 10000}

// Within is the bucket of a call's time: its upper end in ms, 0 for longer than any.
func (c Call) Within() int64 {
	ms := c.Took.Milliseconds()
	for _, w := range withins {
		if ms < w {
			return w
		}
	}
	return 0
}

// CallCount is how many calls were answered alike, in a like time.
type CallCount struct {
	Hour                   int64
	Provider, Kind, Answer string
	WithinMS               int64
	N                      int64
}

// CapCount is how near a cap was in an hour.
type CapCount struct {
	Hour int64
	Cap  verify.Bucket
	// Used of Most is the nearest that anybody came to it.
	Used, Most int64
	// Refused counts the calls that it stopped.
	Refused int64
}

// Within returns the time, in ms, in which a share of the calls were answered: the upper
// end of a bucket, 0 for longer than any.
func Within(calls []CallCount, share float64) int64 {
	byTime, all := map[int64]int64{}, int64(0)
	for _, c := range calls {
		byTime[c.WithinMS] += c.N
		all += c.N
	}
	sofar := int64(0)
	for _, w := range withins {
		if sofar += byTime[w]; float64(sofar) >= share*float64(all) {
			return w
		}
	}
	return 0
}

// By is what a slot of a table is: an hour or a day.
type By string

// The slots.
const (
	ByHour By = "hour"
	ByDay  By = "day"
)

// slots is how many a page has.
var slots = map[By]int{ByHour: 48, ByDay: 31}

// Slots returns the beginnings of a page's slots, oldest first: the last one holds a
// moment. Days are those of its time zone.
func Slots(by By, last time.Time) []time.Time {
	n := slots[by]
	all := make([]time.Time, n)
	year, month, day := last.Date()
	for i := range all {
		if by == ByHour {
			all[i] = Begin(Hour(last) - int64(n-1-i)).In(last.Location())
		} else {
			all[i] = time.Date(year, month, day-(n-1-i), 0, 0, 0, 0, last.Location())
		}
	}
	return all
}

// Span is hours of which each so many are summed.
type Span struct{ From, To, Each int64 }

// Spans cuts slots, whose last one ends before an hour, into spans of slots of one
// length: a day is not 24 hours long where the clocks change.
func Spans(slots []time.Time, end int64) []Span {
	var all []Span
	for i, slot := range slots {
		from, to := Hour(slot), end
		if i+1 < len(slots) {
			to = Hour(slots[i+1])
		} else if len(all) > 0 {
			to = max(end, from+all[len(all)-1].Each) // the last slot is not over
		}
		if last := len(all) - 1; last >= 0 && all[last].Each == to-from {
			all[last].To = to
			continue
		}
		all = append(all, Span{from, to, to - from})
	}
	return all
}

// Slot is the place of an hour among slots, or -1 for one before them.
func Slot(slots []time.Time, hour int64) int {
	i, exact := slices.BinarySearchFunc(slots, hour, func(slot time.Time, hour int64) int { return cmp.Compare(Hour(slot), hour) })
	if exact {
		return i
	}
	return i - 1
}

// And joins two counts of one cap: the nearer of both, and what either refused.
func (c CapCount) And(o CapCount) CapCount {
	if nearer(c, o) > 0 {
		c.Used, c.Most = o.Used, o.Most
	}
	c.Refused += o.Refused
	return c
}

// nearer compares the shares of two caps that are used: the larger is first.
func nearer(a, b CapCount) int { return cmp.Compare(b.Used*max(a.Most, 1), a.Used*max(b.Most, 1)) }

// Sort orders counts of caps by how near they are, the nearest first.
func Sort(caps []CapCount) {
	slices.SortFunc(caps, func(a, b CapCount) int { return cmp.Or(nearer(a, b), cmp.Compare(a.Cap, b.Cap)) })
}
