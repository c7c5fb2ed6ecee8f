package app

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"realname.example/backend/internal/service"
	"realname.example/backend/internal/webhook"
)

// Jobs that run at a time, each for another service: most wait for a receiver.
const deliveries = 50

// How the job queue works.
const (
	pollJobs = time.Second
	keepJobs = time.Hour
)

// queue tells how many events wait for services.
type queue struct{ jobs *prometheus.GaugeVec }

func newQueue(registry *prometheus.Registry) queue {
	q := queue{prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "realname_event_jobs", Help: "Jobs that send events to services and are not done, by state; each server of a database says the same.",
	}, []string{"state"})}
	registry.MustRegister(q.jobs)
	for _, state := range rivertype.JobStates() {
		if state != rivertype.JobStateCompleted {
			q.jobs.WithLabelValues(string(state))
		}
	}
	return q
}

// CountJobs counts the events that wait, for /metrics.
func (a *App) CountJobs(ctx context.Context) error {
	counted, err := a.Store.JobStates(ctx)
	if err != nil {
		return err
	}
	for _, state := range rivertype.JobStates() {
		if state != rivertype.JobStateCompleted {
			a.queue.jobs.WithLabelValues(string(state)).Set(float64(counted[state]))
		}
	}
	return nil
}

// deliver sends events to services until ctx ends.
func (a *App) deliver(ctx context.Context) error {
	sender := webhook.NewSender(a.now, webhook.Network{Loopback: a.Config.IsSandbox()})
	workers := river.NewWorkers()
	river.AddWorker(workers, &webhook.Deliverer{Outbox: a.Store, Send: sender.Send, Now: a.now, Logger: a.logger})
	jobs, err := a.Store.Jobs(&river.Config{
		Queues:  map[string]river.QueueConfig{service.DeliverQueue: {MaxWorkers: deliveries}},
		Workers: workers, Logger: a.logger, FetchPollInterval: pollJobs, RescueStuckJobsAfter: webhook.RescueAfter,
		CompletedJobRetentionPeriod: keepJobs,
	})
	if err != nil {
		return fmt.Errorf("open job queue: %w", err)
	}
	// With SQLite no other process sends: what a lease of before holds is free.
	if err := a.Store.WakeServices(ctx, a.now(), a.Config.DatabaseURL == ""); err != nil {
		return fmt.Errorf("wake services: %w", err)
	}
	if err := jobs.Start(ctx); err != nil {
		return fmt.Errorf("start job queue: %w", err)
	}
	<-jobs.Stopped()
	return nil
}
