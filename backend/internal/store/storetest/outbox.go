package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"realname.example/backend/internal/service"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/webhook"
	"realname.example/shared/verification"
)

// happen makes n events of each of several people, in turn.
func happen(t *testing.T, s *store.Store, people, n int) {
	t.Helper()
	for round := range n {
		for p := range people {
			id := fmt.Sprintf("c%d-%d", p, round)
			Create(t, s, NewCase(id, fmt.Sprintf("a%d", p), Who(p)))
			Update(t, s, verification.ID(id), Moved(verification.Rejected))
		}
	}
}

// drain works on a service's job as the queue does, and returns what was sent.
func drain(t *testing.T, s *store.Store, now time.Time, send func(service.Event) error) (sent []service.Event, err error) {
	t.Helper()
	got := make(chan service.Event, 1000)
	d := &webhook.Deliverer{
		Outbox: s, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
		Send: func(_ context.Context, _ service.Service, e service.Event) error {
			if err := send(e); err != nil {
				return err
			}
			got <- e
			return nil
		},
	}
	err = d.Work(t.Context(), &river.Job[service.DeliverJob]{Args: service.DeliverJob{ServiceID: "svc_a"}})
	close(got)
	for e := range got {
		sent = append(sent, e)
	}
	return sent, err
}

func testOutbox(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	for p := range 3 {
		agreeTo(t, s, "svc_a", fmt.Sprintf("a%d", p))
	}
	happen(t, s, 3, 4)
	if jobs, err := s.JobStates(t.Context()); err != nil || jobs[rivertype.JobStateAvailable] == 0 {
		t.Errorf("jobs that wait: %v, %v", jobs, err)
	}
	refused := errors.New("it answered 400")
	sent, err := drain(t, s, Start.Add(time.Hour), func(e service.Event) error {
		if e.Subject == "suba1" && e.Number > 2 { // its second event
			return refused
		}
		return nil
	})
	if err != nil || len(sent) != 9 {
		t.Fatalf("%d were sent, %v; want all but three of one person", len(sent), err)
	}
	inOrder(t, sent)
	if again, err := drain(t, s, Start.Add(time.Hour+time.Second), func(service.Event) error { return nil }); err != nil || len(again) != 0 {
		t.Errorf("before its time: %+v, %v", again, err)
	}
	later, err := drain(t, s, Start.Add(time.Hour+5*time.Second), func(service.Event) error { return nil })
	if err != nil || len(later) != 3 {
		t.Errorf("at its time: %+v, %v", later, err)
	}
	inOrder(t, later)
}

func inOrder(t *testing.T, events []service.Event) {
	t.Helper()
	last := map[string]int64{}
	for _, e := range events {
		if e.Number <= last[e.Subject] {
			t.Errorf("%s: %d after %d", e.Subject, e.Number, last[e.Subject])
		}
		last[e.Subject] = e.Number
	}
}

func testDead(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	agreeTo(t, s, "svc_a", "a0")
	happen(t, s, 1, 2)
	told, err := s.LastTold(t.Context(), "svc_a", "suba0")
	if err != nil {
		t.Fatal(err)
	}
	at := told.Add(time.Minute)
	down := func(service.Event) error { return &webhook.DownError{Err: errors.New("it could not be reached")} }
	tries := 0
	for range 100 { // a job at each moment at which the receiver rests no more
		_, err := drain(t, s, at, down)
		var snooze *river.JobSnoozeError
		if errors.As(err, &snooze) {
			at = at.Add(snooze.Duration)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		tries++
		at = at.Add(time.Second)
		if dead, err := s.DeadEvents(t.Context(), "svc_a", 10); err != nil {
			t.Fatal(err)
		} else if len(dead) > 0 {
			break
		}
		at = at.Add(webhook.Backoff(tries - 1))
	}
	dead, err := s.DeadEvents(t.Context(), "svc_a", 10)
	if after := at.Sub(told); err != nil || len(dead) != 2 || after < webhook.TriedFor || after > webhook.TriedFor+12*time.Hour {
		t.Fatalf("%d dead after %v and %d tries, %v", len(dead), after, tries, err)
	}
	if n, err := s.ResendEvents(t.Context(), "svc_a", at); err != nil || n != 2 {
		t.Fatalf("sent again: %d, %v", n, err)
	}
	sent, err := drain(t, s, at, func(service.Event) error { return nil })
	if err != nil || len(sent) != 2 {
		t.Errorf("sent %+v, %v", sent, err)
	}
	if n, err := s.ResendEvents(t.Context(), "svc_a", at); err != nil || n != 0 {
		t.Errorf("there is nothing dead any more: %d, %v", n, err)
	}
}

func testLease(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	until := Start.Add(time.Minute)
	if _, free, err := s.LeaseService(t.Context(), "svc_a", Start, until); err != nil || !free.IsZero() {
		t.Fatalf("free %v, %v", free, err)
	}
	if _, free, err := s.LeaseService(t.Context(), "svc_a", Start, until); err != nil || !free.Equal(until) {
		t.Errorf("leased twice: free %v, %v", free, err)
	}
	for _, held := range []bool{true, false} { // the second time it ends at another moment
		if got, err := s.RenewService(t.Context(), "svc_a", until, until.Add(time.Minute)); err != nil || got != held {
			t.Errorf("renewed: %v, %v, want %v", got, err, held)
		}
	}
	until = until.Add(time.Minute)
	if _, free, err := s.LeaseService(t.Context(), "svc_a", until, until.Add(time.Minute)); err != nil || !free.IsZero() {
		t.Errorf("after its end: free %v, %v", free, err)
	}
	if _, _, err := s.LeaseService(t.Context(), "svc_x", Start, until); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("of no service: %v", err)
	}
}
