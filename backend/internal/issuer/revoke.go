package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"realname.example/backend/internal/account"
)

// Times between two tries to revoke a token: the n-th wait is n times n
// revokePause, and after revokeTries, about five days, nobody tries any more.
const (
	revokePause = time.Minute
	revokeTries = 28
	maxRevoked  = 50 // in one round
)

// revoke ends a refresh token at its issuer. Here it is forgotten already: an
// issuer that is away keeps nobody from unlinking, and hears of it later.
func (s *Service) revoke(ctx context.Context, p *provider, refresh string) error {
	if refresh == "" {
		return nil
	}
	err := p.revoke(ctx, refresh)
	if err == nil {
		return nil
	}
	s.deps.Logger.WarnContext(ctx, "a refresh token is forgotten here, and its issuer did not hear of it yet", "issuer", p.ID, "err", err)
	id, err := s.draw()
	if err != nil {
		return err
	}
	return s.deps.Store.KeepRevocation(context.WithoutCancel(ctx), Revocation{
		ID: id, Issuer: p.Issuer, Refresh: refresh, Tries: 1, At: s.deps.Now().Add(revokePause),
	})
}

// SignOut forgets what the session of a token hangs on, and ends it at the issuer.
// A session that no issuer vouched for is left as it is.
func (s *Service) SignOut(ctx context.Context, token string) error {
	session, err := s.deps.Store.ForgetSession(ctx, account.HashToken(token))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p := s.at(session.Issuer)
	if p == nil { // the operator took the issuer away
		return nil
	}
	return s.revoke(ctx, p, session.Refresh)
}

// RetryRevocations tells issuers that were away of the tokens that ended meanwhile.
func (s *Service) RetryRevocations(ctx context.Context) error {
	now := s.deps.Now()
	due, err := s.deps.Store.DueRevocations(ctx, now, now.Add(refreshLease), maxRevoked)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range due {
		errs = append(errs, s.retryRevocation(ctx, r))
	}
	return errors.Join(errs...)
}

func (s *Service) retryRevocation(ctx context.Context, r Revocation) error {
	p := s.at(r.Issuer)
	if p == nil { // the operator took the issuer away
		return s.deps.Store.DeleteRevocation(ctx, r.ID)
	}
	err := p.revoke(ctx, r.Refresh)
	if err != nil && r.Tries < revokeTries {
		r.Tries++
		r.At = s.deps.Now().Add(time.Duration(r.Tries*r.Tries) * revokePause)
		return s.deps.Store.KeepRevocation(ctx, r)
	}
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "an issuer did not hear of a refresh token that ended here, and is not told any more", "issuer", p.ID, "err", err)
	}
	if err := s.deps.Store.DeleteRevocation(ctx, r.ID); err != nil {
		return fmt.Errorf("forget revocation: %w", err)
	}
	return nil
}

// at finds the issuer of an address, whatever its use, or returns nil.
func (s *Service) at(address string) *provider {
	for _, p := range s.providers {
		if p.Issuer == address {
			return p
		}
	}
	return nil
}
