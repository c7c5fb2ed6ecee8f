package service

import (
	"context"
	"time"
)

// DeliverQueue is the queue of the jobs that send events.
const DeliverQueue = "webhooks"

// DeliverJob sends what waits for one service.
type DeliverJob struct {
	ServiceID string `json:"service_id"`
	// At is when a job tries again, in Unix seconds; zero for one that an event
	// brought. It keeps a service from having several for one moment.
	At int64 `json:"at,omitempty"`
}

// Kind implements river.JobArgs.
func (DeliverJob) Kind() string { return "deliver_events" }

// Outbox keeps the events that are still to be sent.
type Outbox interface {
	// LeaseService takes a service's events for one sender until a moment, and says
	// whom they go to. Free is when another sender's lease or the receiver's rest
	// ends; the service is not taken then. It returns ErrNotFound where there is none or
	// it is off.
	LeaseService(ctx context.Context, serviceID string, now, until time.Time) (d Delivery, free time.Time, err error)
	// RenewService puts the end of a lease off that ends at until, and reports whether
	// it was still held.
	RenewService(ctx context.Context, serviceID string, until, next time.Time) (held bool, err error)
	// WakeServices puts a job for every service whose events wait: the jobs of a
	// process that was killed come back late. alone says that no other process is
	// there, whose leases would have to be left.
	WakeServices(ctx context.Context, now time.Time, alone bool) error
	// WaitingEvents lists events that can be sent now, oldest first: none of a person of
	// whom an earlier one has to wait.
	WaitingEvents(ctx context.Context, serviceID string, now time.Time, limit int) ([]Pending, error)
	// SentEvents notes what became of events.
	SentEvents(ctx context.Context, serviceID string, done []int64, failed []Failure) error
	// ReleaseService ends a lease. Rest is until when the receiver is left alone, zero
	// where it answered; from is the oldest moment that is still tried: what waits
	// longer is given up where the receiver rests. A job is put where events still
	// wait.
	ReleaseService(ctx context.Context, serviceID string, now, rest, from time.Time) error
	// DeadEvents lists events that were given up, oldest first.
	DeadEvents(ctx context.Context, serviceID string, limit int) ([]Event, error)
	// ResendEvents lets those be tried again, and says how many there were.
	ResendEvents(ctx context.Context, serviceID string, now time.Time) (int, error)
}

// Delivery is whom a lease lets one send to.
type Delivery struct {
	Service Service
	// Failures counts how often in a row the receiver did not answer.
	Failures int
}

// Pending is an event that waits.
type Pending struct {
	Event
	// Tries counts those that failed; Since is from when on it is tried.
	Tries int
	Since time.Time
}

// Failure is an event that could not be delivered.
type Failure struct {
	Number int64
	// Next is when it is tried again; zero where it is given up.
	Next time.Time
	// Why is for the operator.
	Why string
}
