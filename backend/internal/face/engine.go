package face

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"realname.example/backend/internal/face/look"
)

// Config says where the models are and how much may run at once. The zero
// value works.
type Config struct {
	Models     string     // folder; empty: see models.Find
	Workers    int        // frames analysed at once; 0: one a core, at most 8
	Verdicts   int        // captures judged at once; 0: 4. More are answered busy, as are more than 8 times as many calls of all kinds.
	Thresholds Thresholds // zero fields take DefaultThresholds

	// Printer makes the prints of judged frames; nil: none are made.
	Printer *look.Printer

	// Now is the clock for Template.Took; nil: nothing is timed.
	Now func() time.Time
}

// Engine holds the loaded models. Its methods may be called from any goroutine.
type Engine struct {
	limits   Thresholds
	printer  *look.Printer
	networks *look.Networks
	workers  chan *look.Worker // the idle ones
	all      []*look.Worker    // for Close
	places   chan struct{}     // one token a running verdict
	calls    chan struct{}     // one token a running or waiting call of any kind

	mu     sync.RWMutex // held for reading while a call runs
	closed bool
}

// callsPerVerdict is how many calls may run or wait for a worker, for each
// verdict that may run.
const callsPerVerdict = 8

// retryAfter is what a caller without a place is told: about one verdict.
const retryAfter = 2 * time.Second

// Open loads and checks the models. Every error is an ErrUnavailable, and says
// what to run; the backend then goes on without an engine.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	e := &Engine{limits: cfg.Thresholds.withDefaults(), printer: cfg.Printer}
	if err := e.open(ctx, cfg); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, errors.Join(err, e.Close()))
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context, cfg Config) (err error) {
	if e.networks, err = look.Load(ctx, cfg.Models); err != nil {
		return err
	}
	return e.hire(cfg)
}

// hire makes the workers, each with its own tensors and pictures.
func (e *Engine) hire(cfg Config) error {
	n := cfg.Workers
	if n <= 0 {
		n = min(runtime.NumCPU(), 8)
	}
	verdicts := cfg.Verdicts
	if verdicts <= 0 {
		verdicts = 4
	}
	e.places = make(chan struct{}, verdicts)
	e.calls = make(chan struct{}, callsPerVerdict*verdicts)
	e.workers = make(chan *look.Worker, n)
	for range n {
		w, err := e.networks.NewWorker(cfg.Now)
		if err != nil {
			return err
		}
		e.all = append(e.all, w)
		e.workers <- w
	}
	return nil
}

// Close waits for running calls and frees everything. Calls after it get
// ErrUnavailable.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	var err error
	for _, w := range e.all {
		err = errors.Join(err, w.Close())
	}
	if e.networks != nil {
		err = errors.Join(err, e.networks.Close())
	}
	return err
}

// Ready says whether the engine can work. A nil Engine is one that could not be
// opened.
func (e *Engine) Ready() error {
	if e == nil {
		return ErrUnavailable
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return ErrUnavailable
	}
	return nil
}

// Load says how busy an engine is, and from where on it says so to callers.
type Load struct {
	Calls, MostCalls       int
	Verdicts, MostVerdicts int
}

// Load returns zeroes for an engine that could not be opened.
func (e *Engine) Load() Load {
	if e == nil {
		return Load{}
	}
	return Load{Calls: len(e.calls), MostCalls: cap(e.calls), Verdicts: len(e.places), MostVerdicts: cap(e.places)}
}

// enter keeps the engine open until leave is called, or says that too many call
// it.
func (e *Engine) enter() (leave func(), err error) {
	if e == nil {
		return nil, ErrUnavailable
	}
	e.mu.RLock()
	if e.closed {
		e.mu.RUnlock()
		return nil, ErrUnavailable
	}
	select {
	case e.calls <- struct{}{}:
	default:
		e.mu.RUnlock()
		return nil, &BusyError{RetryAfter: retryAfter}
	}
	return func() {
		<-e.calls
		e.mu.RUnlock()
	}, nil
}

// place takes a place for one verdict, or says that there is none.
func (e *Engine) place() (leave func(), err error) {
	select {
	case e.places <- struct{}{}:
		return func() { <-e.places }, nil
	default:
		return nil, &BusyError{RetryAfter: retryAfter}
	}
}

// with lends a worker to do, as soon as one is idle.
func (e *Engine) with(ctx context.Context, do func(*look.Worker) error) error {
	select {
	case w := <-e.workers:
		return e.lend(ctx, w, do)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// spare lends a worker that is idle now and that nobody waits for, or says that
// there is none. It keeps the engine open, and takes no place from those who enter.
func (e *Engine) spare(ctx context.Context, do func(*look.Worker) error) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return ErrUnavailable
	}
	select {
	case w := <-e.workers:
		return e.lend(ctx, w, do)
	default:
		return &BusyError{RetryAfter: retryAfter}
	}
}

func (e *Engine) lend(ctx context.Context, w *look.Worker, do func(*look.Worker) error) error {
	defer func() {
		w.Forget()
		e.workers <- w
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	return do(w)
}

// each runs do for 0 to n-1 on all workers and returns the first error. After
// an error nothing new is begun.
func (e *Engine) each(ctx context.Context, n int, do func(w *look.Worker, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var group sync.WaitGroup
	for range min(cap(e.workers), n) {
		group.Go(func() {
			for i := range next {
				err := e.with(ctx, func(w *look.Worker) error { return do(w, i) })
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}
