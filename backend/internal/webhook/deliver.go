package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"realname.example/backend/internal/service"
)

// Deliverer is the worker of the jobs that send events.
type Deliverer struct {
	river.WorkerDefaults[service.DeliverJob]
	Outbox service.Outbox
	Send   func(ctx context.Context, to service.Service, e service.Event) error
	Now    func() time.Time
	Logger *slog.Logger
}

// How much one job does.
const (
	sendersPerService = 8
	batch             = 400
	turn              = 40 * time.Second // then the job makes room for others
	// A batch begins no try after batchLife, so that the lease, which is renewed with
	// each, outlasts its slowest; a sender that was killed holds a service no longer.
	batchLife = 5 * time.Second
	leased    = batchLife + answerWithin + 5*time.Second
	busyWait  = time.Second
	busyLook  = 2 * time.Second // how often a service that another sender has is looked at
	restLook  = 2 * time.Minute // and one whose receiver rests
	// jobLife is longer than a turn and its last batch.
	jobLife = turn + leased
)

// RescueAfter is when a job that runs still was left behind by a process that was
// killed.
const RescueAfter = jobLife + 30*time.Second

// Timeout implements river.Worker.
func (*Deliverer) Timeout(*river.Job[service.DeliverJob]) time.Duration { return jobLife }

// Work implements river.Worker: it sends what waits for a service, until nothing
// does, the receiver fails, or the turn is over.
func (d *Deliverer) Work(ctx context.Context, job *river.Job[service.DeliverJob]) error {
	id, began := job.Args.ServiceID, d.Now()
	to, free, err := d.Outbox.LeaseService(ctx, id, began, began.Add(leased))
	switch {
	case errors.Is(err, service.ErrNotFound): // removed meanwhile
		return nil
	case err != nil:
		return err
	case !free.IsZero():
		return river.JobSnooze(snooze(free.Sub(began)))
	}
	down, err := d.drain(ctx, to, began)
	if err != nil {
		return err // the lease ends by itself, and the job is tried again
	}
	now, rest := d.Now(), time.Time{}
	if down != nil {
		rest = now.Add(Backoff(to.Failures))
		d.Logger.WarnContext(ctx, "a service's webhook does not answer", "service", id, "failures", to.Failures+1, "rests_until", rest, "err", down)
	}
	return d.Outbox.ReleaseService(context.WithoutCancel(ctx), id, now, rest, now.Add(-TriedFor))
}

// snooze is when to look again at a service that cannot be taken now.
func snooze(free time.Duration) time.Duration {
	if free > leased { // no lease lasts so long: its receiver rests
		return min(free, restLook)
	}
	return min(max(free, busyWait), busyLook)
}

// drain sends batch after batch under the lease that began with it. It returns why
// the receiver is down, nil where it is not.
func (d *Deliverer) drain(ctx context.Context, to service.Delivery, began time.Time) (down, err error) {
	until := began.Add(leased)
	for down == nil && ctx.Err() == nil && d.Now().Before(began.Add(turn)) {
		now := d.Now()
		next := now.Add(leased)
		held, err := d.Outbox.RenewService(ctx, to.Service.ID, until, next)
		if err != nil || !held {
			return nil, errors.Join(err, errLost(held, to.Service.ID))
		}
		until = next
		waiting, err := d.Outbox.WaitingEvents(ctx, to.Service.ID, now, batch)
		if err != nil || len(waiting) == 0 {
			return nil, err
		}
		r := d.sendAll(ctx, to.Service, waiting, now.Add(batchLife))
		if err := d.Outbox.SentEvents(context.WithoutCancel(ctx), to.Service.ID, r.done, r.failed); err != nil {
			return nil, err
		}
		down = r.down
	}
	return down, ctx.Err()
}

// errLost is a lease that another sender took, since this one was too slow.
func errLost(held bool, serviceID string) error {
	if held {
		return nil
	}
	return fmt.Errorf("the lease of %s is another sender's", serviceID)
}

// result is what became of a batch.
type result struct {
	mu     sync.Mutex
	done   []int64
	failed []service.Failure
	down   error
}

// sendAll sends several people's events at a time, and each person's one after
// the other. No try begins after end.
func (d *Deliverer) sendAll(ctx context.Context, to service.Service, waiting []service.Pending, end time.Time) *result {
	people := make(chan []service.Pending)
	r := &result{}
	var senders sync.WaitGroup
	for range sendersPerService {
		senders.Go(func() {
			for events := range people {
				d.sendInOrder(ctx, to, events, r, end)
			}
		})
	}
	for _, events := range bySubject(waiting) {
		people <- events
	}
	close(people)
	senders.Wait()
	return r
}

// bySubject groups events by person, in their order.
func bySubject(waiting []service.Pending) [][]service.Pending {
	place := map[string]int{}
	var groups [][]service.Pending
	for _, e := range waiting {
		i, known := place[e.Subject]
		if !known {
			i = len(groups)
			place[e.Subject] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// sendInOrder stops at the first event of a person that fails: the later ones
// wait for it.
func (d *Deliverer) sendInOrder(ctx context.Context, to service.Service, events []service.Pending, r *result, end time.Time) {
	for _, e := range events {
		if r.isDown() || ctx.Err() != nil || !d.Now().Before(end) {
			return
		}
		if err := d.Send(ctx, to, e.Event); err != nil {
			if ctx.Err() == nil { // else it was cut off, which says nothing
				r.fail(e, err, d.Now())
			}
			return
		}
		r.deliver(e.Number)
	}
}

func (r *result) isDown() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down != nil
}

func (r *result) deliver(number int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = append(r.done, number)
}

func (r *result) fail(e service.Pending, err error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var down *DownError
	if errors.As(err, &down) {
		r.down = err
	}
	f := service.Failure{Number: e.Number, Why: err.Error()}
	if now.Sub(e.Since) < TriedFor {
		f.Next = now.Add(Backoff(e.Tries))
	}
	r.failed = append(r.failed, f)
}

// TriedFor is how long an event is tried before it is given up.
const TriedFor = 72 * time.Hour

// waits are the times between tries, as Standard Webhooks proposes them; the
// last holds on.
var waits = []time.Duration{
	5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
}

// Backoff is how long to wait after so many tries that failed before this one.
func Backoff(failures int) time.Duration { return waits[min(failures, len(waits)-1)] }
