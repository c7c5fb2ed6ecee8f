package app

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net"
	neturl "net/url"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/store"
	"realname.example/shared/handoff"
)

func newOperators(s *store.Store, place operator.Place, now func() time.Time) *operator.Service {
	return operator.New(place, operator.Deps{Store: s, Now: now, Random: rand.Reader})
}

// OpenOperators opens what the operator commands work on, beside a running
// server or without one. The caller closes it.
func OpenOperators(ctx context.Context, cfg config.Config) (*App, error) {
	a, err := OpenDomain(ctx, cfg)
	if err == nil {
		a.Operators = newOperators(a.Store, operator.Place{}, a.now)
	}
	return a, err
}

// consoleOrigin is the server's address as a browser has it that signs in by
// passkey: those belong to a name, so the machine itself is localhost.
func consoleOrigin(url string) string {
	u, err := neturl.Parse(url)
	if err != nil || !handoff.Loopback(u.Hostname()) {
		return url
	}
	u.Host = net.JoinHostPort("localhost", u.Port())
	if u.Port() == "" {
		u.Host = "localhost"
	}
	return u.Scheme + "://" + u.Host
}

// ConsoleURL is where operators sign in, by the settings alone: a command does
// not know the port that a server chose itself.
func ConsoleURL(cfg config.Config) string {
	if cfg.PublicURL != "" {
		return consoleOrigin(cfg.PublicURL)
	}
	scheme := "https"
	if cfg.Plain() {
		scheme = "http"
	}
	return consoleOrigin(scheme + "://" + cfg.Listen)
}

// exportKey signs exports of the audit trail. It is made of the keys outside the
// database, and so is the same on every node.
func exportKey(s *store.Store) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(s.MAC("audit export", ""))
}

// ExportKey is the public part of the key that signs exports of the audit trail.
func (a *App) ExportKey() ed25519.PublicKey { return exportKey(a.Store).Public().(ed25519.PublicKey) } //nolint:forcetypeassert // an Ed25519 key has no other

// checker verifies the audit trail for the console.
func (a *App) checker() *operator.Checker {
	return &operator.Checker{Now: a.now, Verify: func(ctx context.Context, progress func(done, all int64)) (operator.Verdict, error) {
		report, err := a.Store.VerifyAuditWith(ctx, nil, progress)
		verdict := operator.Verdict{Entries: report.Entries, Seals: report.Seals, Head: report.Head}
		var tampered *store.TamperError
		if errors.As(err, &tampered) {
			verdict.Fault = tampered.Error()
			return verdict, nil
		}
		if err != nil {
			a.logger.ErrorContext(ctx, "the audit trail could not be verified", "err", err)
		}
		return verdict, err
	}}
}

// indexMobiles makes what an earlier version did not write, until nothing is
// left.
func (a *App) indexMobiles(ctx context.Context) error {
	for {
		if n, err := a.Store.IndexMobiles(ctx); n == 0 || err != nil {
			return err
		}
	}
}
