package broker

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"realname.example/shared/verification"
)

// channel is the NOTIFY channel that all processes share.
const channel = "realname_cases"

// Batches keep NOTIFY out of the verifications' transactions and below
// PostgreSQL's 8,000 bytes a payload.
const (
	batchEvery   = 20 * time.Millisecond
	batchIDs     = 100
	backlog      = 4096
	pollEvery    = 5 * time.Second
	reconnectMin = 100 * time.Millisecond
	reconnectMax = 5 * time.Second
)

// Postgres is a Broker whose publications reach the watchers of every process
// on one PostgreSQL, by LISTEN and NOTIFY after the commit, with a slow poll of
// what is watched behind it.
type Postgres struct {
	*Broker
	url    string
	logger *slog.Logger
	out    chan string
}

// NewPostgres returns a Postgres broker; Run carries its publications.
func NewPostgres(url string, logger *slog.Logger) *Postgres {
	return &Postgres{Broker: New(), url: url, logger: logger, out: make(chan string, backlog)}
}

// Publish tells the watchers of this process at once and those of others soon.
// Where the backlog is full, their poll finds the change.
func (p *Postgres) Publish(id verification.ID, version int64) {
	p.Broker.Publish(id, version)
	select {
	case p.out <- string(id) + ":" + strconv.FormatInt(version, 10):
	default:
	}
}

// Run listens and notifies until ctx ends, over new connections where one
// breaks.
func (p *Postgres) Run(ctx context.Context) {
	wait := reconnectMin
	for ctx.Err() == nil {
		started := time.Now()
		err := p.session(ctx)
		if ctx.Err() != nil {
			return
		}
		p.logger.WarnContext(ctx, "status channel broke, watchers are polled meanwhile", "err", err)
		if time.Since(started) > reconnectMax {
			wait = reconnectMin
		}
		p.wake()
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			wait = min(2*wait, reconnectMax)
		}
	}
}

// session runs over one pair of connections until either breaks.
func (p *Postgres) session(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := pgx.Connect(ctx, p.url)
	if err != nil {
		return fmt.Errorf("connect listener: %w", err)
	}
	defer func() { _ = listener.Close(context.WithoutCancel(ctx)) }()
	notifier, err := pgx.Connect(ctx, p.url)
	if err != nil {
		return fmt.Errorf("connect notifier: %w", err)
	}
	defer func() { _ = notifier.Close(context.WithoutCancel(ctx)) }()
	if _, err := listener.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	p.wake() // what was missed while not listening
	failed := make(chan error, 2)
	go func() { failed <- p.listen(ctx, listener) }()
	go func() { failed <- p.notify(ctx, notifier) }()
	err = <-failed
	cancel()
	<-failed
	return err
}

func (p *Postgres) listen(ctx context.Context, conn *pgx.Conn) error {
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("wait for notification: %w", err)
		}
		for _, entry := range strings.Fields(n.Payload) {
			id, version, _ := strings.Cut(entry, ":")
			if v, err := strconv.ParseInt(version, 10, 64); err == nil {
				p.Broker.Publish(verification.ID(id), v)
			}
		}
	}
}

// notify sends what was published in batches, and wakes the watchers now and
// then in case a notification was lost.
func (p *Postgres) notify(ctx context.Context, conn *pgx.Conn) error {
	batch, poll := time.NewTicker(batchEvery), time.NewTicker(pollEvery)
	defer batch.Stop()
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
			p.wake()
		case <-batch.C:
			if entries := p.drain(); len(entries) > 0 {
				if _, err := conn.Exec(ctx, "SELECT pg_notify($1, $2)", channel, strings.Join(entries, " ")); err != nil {
					return fmt.Errorf("notify: %w", err)
				}
			}
		}
	}
}

func (p *Postgres) drain() []string {
	var entries []string
	for len(entries) < batchIDs {
		select {
		case e := <-p.out:
			entries = append(entries, e)
		default:
			return entries
		}
	}
	return entries
}

// wake makes every watcher of this process read its case again.
func (p *Postgres) wake() {
	for _, id := range p.Watched() {
		p.Broker.Publish(id, 0)
	}
}
