package operator

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"iter"
	"sync"
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
	// ListWorks lists a page of works, the newest first.
	ListWorks(ctx context.Context, q WorkQuery) ([]Work, error)
}

// WorkQuery asks for a page of works. Kind and Operator are empty for everything,
// Behind is the id of the page before's last.
type WorkQuery struct {
	Kind     WorkKind
	Operator string
	Behind   string
	Limit    int
}

// Progress tells how far a work is, whoever looks meanwhile.
type Progress struct {
	works Works
	now   func() time.Time

	mu   sync.Mutex
	work Work
	end  func() // of its sign of life
}

// How often a work is written: one that gets on, and one that says nothing because a
// single step of it takes long.
const (
	tellEvery  = time.Second
	aliveEvery = workSilence / 4
)

// Alive returns when a work is to say again that it lives, and what ends that.
type Alive func(every time.Duration) (ticks <-chan time.Time, stop func())

// Ticking is Alive by the clock of the machine.
func Ticking(every time.Duration) (ticks <-chan time.Time, stop func()) {
	t := time.NewTicker(every)
	return t.C, t.Stop
}

// Begin begins to tell of a work of total rows, 0 where it is not known. Until End it
// says that it lives, whether or not it gets on.
func Begin(ctx context.Context, works Works, now func() time.Time, alive Alive, kind WorkKind, by string, total int64) (*Progress, error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	at := now().UTC().Truncate(time.Microsecond)
	p := &Progress{works: works, now: now, work: Work{ID: hex.EncodeToString(id), Kind: kind, Operator: by, Total: total, BegunAt: at, SeenAt: at}}
	if err := works.KeepWork(ctx, p.work); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ticks, stop := alive(aliveEvery)
	var lives sync.WaitGroup
	lives.Go(func() { p.live(ctx, ticks) })
	p.end = func() { stop(); cancel(); lives.Wait() }
	return p, nil
}

// live notes at each tick that the work is there.
func (p *Progress) live(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			p.mu.Lock()
			p.tell(ctx)
			p.mu.Unlock()
		}
	}
}

// tell writes how far the work is, where that was not a moment ago. A work does not
// fail since its progress could not be told.
func (p *Progress) tell(ctx context.Context) {
	if now := p.now().UTC().Truncate(time.Microsecond); now.Sub(p.work.SeenAt) >= tellEvery {
		p.work.SeenAt = now
		_ = p.works.KeepWork(ctx, p.work)
	}
}

// Reach notes that so many rows are done.
func (p *Progress) Reach(ctx context.Context, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.work.Done, p.work.Total = done, total
	p.tell(ctx)
}

// Add notes that n more rows are done.
func (p *Progress) Add(ctx context.Context, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.work.Done += n
	p.tell(ctx)
}

// Counted has each row that passes counted as done.
func Counted[R any](ctx context.Context, p *Progress, rows iter.Seq2[R, error]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for r, err := range rows {
			if !yield(r, err) {
				return
			}
			p.Add(ctx, 1)
		}
	}
}

// End notes that the work is over, and returns the error that it ended with.
func (p *Progress) End(ctx context.Context, err error) error {
	p.end()
	p.work.EndedAt = p.now().UTC().Truncate(time.Microsecond)
	p.work.SeenAt, p.work.Failed = p.work.EndedAt, err != nil
	if err == nil && p.work.Total == 0 {
		p.work.Total = p.work.Done
	}
	_ = p.works.KeepWork(context.WithoutCancel(ctx), p.work)
	return err
}
