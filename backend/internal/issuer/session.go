package issuer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// maxDue is how many sessions one round asks about.
const maxDue = 200

// RefreshSessions asks the issuers whether the sessions that they vouched for go
// on, and ends those that do not. An issuer that is away ends none, and keeps no
// other waiting.
func (s *Service) RefreshSessions(ctx context.Context) error {
	for {
		now := s.deps.Now()
		due, err := s.deps.Store.DueSessions(ctx, now, now.Add(refreshLease), maxDue)
		if err != nil {
			return err
		}
		if err := s.refreshAll(ctx, due, now.Add(refreshLease-refreshLongest)); err != nil || len(due) < maxDue {
			return err
		}
	}
}

// refreshLongest is how long one session may take: metadata, token and keys.
const refreshLongest = 3 * answerTimeout

// refreshAll asks all issuers at once, and each about one session after another. It
// begins none after end, so that no lease is outlasted.
func (s *Service) refreshAll(ctx context.Context, due []Session, end time.Time) error {
	byIssuer := map[string][]Session{}
	for _, session := range due {
		byIssuer[session.Issuer] = append(byIssuer[session.Issuer], session)
	}
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		errs []error
	)
	for _, sessions := range byIssuer {
		all.Go(func() {
			for _, session := range sessions {
				if !s.deps.Now().Before(end) {
					return // the others are due again once the lease is over
				}
				err := s.refreshSession(ctx, session)
				if errors.Is(err, ErrUnavailable) {
					return // they are due again once the lease is over
				}
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// refreshSession goes on where its caller leaves: a token that the issuer has
// given and nobody has kept would end the session.
func (s *Service) refreshSession(ctx context.Context, session Session) error {
	ctx = context.WithoutCancel(ctx)
	p, err := s.providerAt(session.Issuer, UseSignIn)
	if err != nil || !s.signIn { // the operator took the issuer away, and with it its people
		return s.deps.Store.EndSession(ctx, session.TokenHash)
	}
	var failed error // of our own database, which is no word of the issuer
	own := func(subject string) bool {
		id, err := s.deps.Store.LinkedAccount(ctx, Key{p.Issuer, subject})
		if !errors.Is(err, ErrNotFound) {
			failed = err
		}
		return err == nil && id == session.AccountID
	}
	tokens, err := p.refresh(ctx, session.Refresh, own)
	var refused *RefusedError
	switch {
	case failed != nil:
		return failed
	case errors.Is(err, errRevoked), errors.As(err, &refused):
		s.deps.Logger.InfoContext(ctx, "an issuer ended a session", "issuer", p.ID, "account", session.AccountID, "err", err)
		return s.deps.Store.EndSession(ctx, session.TokenHash)
	case err != nil && tokens.Refresh == "":
		return err
	case err != nil: // what came is kept, and checked with the next one
		session.Refresh, session.RefreshAt = tokens.Refresh, s.deps.Now().Add(refreshLease)
		return errors.Join(err, s.deps.Store.SaveSession(ctx, session))
	}
	session.Refresh, session.RefreshAt = tokens.Refresh, s.deps.Now().Add(refreshEvery)
	return s.deps.Store.SaveSession(ctx, session)
}
