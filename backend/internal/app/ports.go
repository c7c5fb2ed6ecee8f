package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/broker"
	"realname.example/backend/internal/httpapi"
	"realname.example/backend/internal/provider/sandbox"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
)

// watcher joins the domain's publications to the API's streams.
type watcher interface {
	verify.Publisher
	httpapi.Watcher
	// Run carries publications between processes until ctx ends.
	Run(ctx context.Context)
}

// newWatcher returns the broker of one process, or the one that several share
// over PostgreSQL.
func newWatcher(url string, latest broker.Latest, logger *slog.Logger) watcher {
	if url == "" {
		return broker.New(latest, logger)
	}
	return broker.NewPostgres(url, store.ServingLock, latest, logger)
}

// throttle counts sign-ins in the domain's traces.
type throttle struct{ store *store.Store }

// Count implements account.Throttle.
func (t throttle) Count(ctx context.Context, subject string, since time.Time) (int, error) {
	return t.store.Count(ctx, verify.BucketSignIn, subject, since)
}

// Record implements account.Throttle.
func (t throttle) Record(ctx context.Context, subject string, at time.Time, most int, window time.Duration) error {
	return t.store.Trace(ctx, verify.Trace{
		Bucket: verify.BucketSignIn, Subject: subject, At: at, Of: verify.Limit{N: most, Window: window},
	})
}

// Take implements account.Throttle.
func (t throttle) Take(ctx context.Context, subject string, at time.Time, most int, window time.Duration) error {
	err := t.store.Trace(ctx, verify.Trace{
		Bucket: verify.BucketSignIn, Subject: subject, At: at, Limits: []verify.Limit{{N: most, Window: window}},
	})
	var limit *verify.LimitError
	if errors.As(err, &limit) {
		return &account.LimitError{RetryAt: limit.RetryAt}
	}
	return err
}

// recovery is the domain as package account knows it.
type recovery struct{ domain *verify.Service }

// SendCode implements account.Recovery.
func (r recovery) SendCode(ctx context.Context, accountID string, to account.ResetTo, code string, from account.Origin, matched func(context.Context) error) {
	caller := verify.Caller{AccountID: accountID, Address: from.Address, Trusted: from.Trusted}
	r.domain.SendResetCode(ctx, caller, verify.ResetTo(to), code, matched)
}

// Note implements account.Recovery.
func (r recovery) Note(ctx context.Context, accountID, how string) error {
	return r.domain.NotePasswordReset(ctx, accountID, how)
}

// pages is the sandbox as the API knows it.
type pages struct {
	*sandbox.Sandbox
	link func(context.Context) error
}

// Reset implements httpapi.Sandbox.
func (p pages) Reset(ctx context.Context) error {
	if err := p.Sandbox.Reset(ctx); err != nil {
		return err
	}
	return p.link(ctx)
}

// Add implements httpapi.Sandbox.
func (p pages) Add(ctx context.Context, n api.NewPerson) (api.Person, error) {
	made, err := p.Sandbox.Add(ctx, n)
	switch {
	case errors.Is(err, sandbox.ErrPortrait):
		return made, httpapi.ErrPortrait
	case errors.Is(err, registry.ErrTaken):
		return made, httpapi.ErrTaken
	}
	return made, err
}

// fsFolder is a folder that need not exist.
type fsFolder string

// Open implements fs.FS.
func (f fsFolder) Open(name string) (fs.File, error) { return os.DirFS(string(f)).Open(name) }
