package operator

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"
)

// WorkKind is what a long work does.
type WorkKind string

// The kinds.
const (
	WorkImport WorkKind = "import"
	WorkExport WorkKind = "export"
	WorkRotate WorkKind = "rotate" // every data key is wrapped with a new master key
)

// WorkKinds lists every kind once.
func WorkKinds() []WorkKind { return []WorkKind{WorkImport, WorkExport, WorkRotate} }

// Work is a long work and how far it is. It names nobody but who does it.
type Work struct {
	ID       string
	Kind     WorkKind
	Operator string
	// Done of Total rows; Total is 0 where nobody knows how many there are.
	Done, Total int64
	BegunAt     time.Time
	// SeenAt is when it was last heard of; EndedAt is zero while it runs.
	SeenAt  time.Time
	EndedAt time.Time
	Failed  bool
}

// WorkState is how a work stands.
type WorkState string

// The states.
const (
	WorkRuns   WorkState = "runs"
	WorkDone   WorkState = "done"
	WorkFailed WorkState = "failed"
	// WorkLost is one that nobody has heard of for a while: its process was killed.
	WorkLost WorkState = "lost"
)

// workSilence is after how long a work that says nothing is lost.
const workSilence = time.Minute

// State is how the work stands.
func (w Work) State(now time.Time) WorkState {
	switch {
	case w.Failed:
		return WorkFailed
	case !w.EndedAt.IsZero():
		return WorkDone
	case now.Sub(w.SeenAt) > workSilence:
		return WorkLost
	}
	return WorkRuns
}

// WorkLife is how long a work is kept after it began.
const WorkLife = 90 * 24 * time.Hour

// Works keeps long works.
type Works interface {
	// KeepWork writes how far a work is.
	KeepWork(ctx context.Context, w Work) error
	// ListWorks lists a page of works, the newest first, behind the one with an id.
	ListWorks(ctx context.Context, behind string, limit int) ([]Work, error)
}

// Progress tells how far a work is, whoever looks meanwhile.
type Progress struct {
	works Works
	now   func() time.Time
	work  Work
}

// tellEvery is how often progress is written.
const tellEvery = time.Second

// Begin begins to tell of a work of total rows, 0 where it is not known.
func Begin(ctx context.Context, works Works, now func() time.Time, kind WorkKind, by string, total int64) (*Progress, error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	at := now().UTC().Truncate(time.Microsecond)
	p := &Progress{works, now, Work{ID: hex.EncodeToString(id), Kind: kind, Operator: by, Total: total, BegunAt: at, SeenAt: at}}
	return p, works.KeepWork(ctx, p.work)
}

// Reach notes that so many rows are done. A work does not fail since its progress
// could not be told.
func (p *Progress) Reach(ctx context.Context, done, total int64) {
	p.work.Done, p.work.Total = done, total
	if now := p.now().UTC().Truncate(time.Microsecond); now.Sub(p.work.SeenAt) >= tellEvery {
		p.work.SeenAt = now
		_ = p.works.KeepWork(ctx, p.work)
	}
}

// Add is Reach of n more.
func (p *Progress) Add(ctx context.Context, n int64) { p.Reach(ctx, p.work.Done+n, p.work.Total) }

// End notes that the work is over, and returns the error that it ended with.
func (p *Progress) End(ctx context.Context, err error) error {
	p.work.EndedAt = p.now().UTC().Truncate(time.Microsecond)
	p.work.SeenAt, p.work.Failed = p.work.EndedAt, err != nil
	if err == nil && p.work.Total == 0 {
		p.work.Total = p.work.Done
	}
	_ = p.works.KeepWork(context.WithoutCancel(ctx), p.work)
	return err
}
