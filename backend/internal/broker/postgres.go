package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
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
	probeEvery   = 5 * time.Second
	reconnectMin = 100 * time.Millisecond
	reconnectMax = 5 * time.Second
)

// Postgres is a Broker whose publications reach the watchers of every process
// on one PostgreSQL, by LISTEN and NOTIFY after the commit, with the Broker's slow
// look behind it.
type Postgres struct {
	*Broker
	url     string
	serving int64
	out     chan string
}

// NewPostgres returns a Postgres broker; Run carries its publications, and holds the
// advisory lock of those who serve the database, shared with the others.
func NewPostgres(url string, serving int64, latest Latest, logger *slog.Logger) *Postgres {
	return &Postgres{Broker: New(latest, logger), url: url, serving: serving, out: make(chan string, backlog)}
}

// Publish tells the watchers of this process at once and those of others soon.
// Where the backlog is full, their look finds the change.
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
	var looking sync.WaitGroup
	looking.Go(func() { p.Broker.Run(ctx) })
	defer looking.Wait()
	wait := reconnectMin
	for ctx.Err() == nil {
		started := time.Now()
		err := p.session(ctx)
		if ctx.Err() != nil {
			return
		}
		p.logger.WarnContext(ctx, "status channel broke, watchers wait for the look meanwhile", "err", err)
		if time.Since(started) > reconnectMax {
			wait = reconnectMin
		}
		p.tellAll(Reread)
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
	listener, err := p.connect(ctx)
	if err != nil {
		return fmt.Errorf("connect listener: %w", err)
	}
	defer hangUp(ctx, listener)
	notifier, err := p.connect(ctx)
	if err != nil {
		return fmt.Errorf("connect notifier: %w", err)
	}
	defer hangUp(ctx, notifier)
	var free bool
	err = within(ctx, func(ctx context.Context) error {
		return listener.QueryRow(ctx, "SELECT pg_try_advisory_lock_shared($1)", p.serving).Scan(&free)
	})
	switch {
	case err != nil:
		return fmt.Errorf("say that this process serves: %w", err)
	case !free:
		return errors.New("a command has the database for itself")
	}
	if _, err := listener.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	p.tellAll(Reread) // what was missed while not listening
	failed := make(chan error, 2)
	go func() { failed <- p.listen(ctx, listener) }()
	go func() { failed <- p.notify(ctx, notifier) }()
	err = <-failed
	cancel()
	return errors.Join(err, <-failed)
}

func (p *Postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return pgx.Connect(ctx, p.url)
}

// hangUp says goodbye to a server that may not answer, at a shutdown too.
func hangUp(ctx context.Context, conn *pgx.Conn) {
	_ = within(context.WithoutCancel(ctx), conn.Close)
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

// notify sends what was published in batches, and asks now and then whether the
// server is still there.
func (p *Postgres) notify(ctx context.Context, conn *pgx.Conn) error {
	probe := time.NewTicker(probeEvery)
	defer probe.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-probe.C:
			if err := within(ctx, conn.Ping); err != nil {
				return fmt.Errorf("ping: %w", err)
			}
		case first := <-p.out:
			entries := strings.Join(p.drain(first), " ")
			err := within(ctx, func(ctx context.Context) error {
				_, err := conn.Exec(ctx, "SELECT pg_notify($1, $2)", channel, entries)
				return err
			})
			if err != nil {
				return fmt.Errorf("notify: %w", err)
			}
			select { // what comes meanwhile goes together
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(batchEvery):
			}
		}
	}
}

// drain returns the first entry and those that wait behind it, up to a batch.
func (p *Postgres) drain(first string) []string {
	entries := []string{first}
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
