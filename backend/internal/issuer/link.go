package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"realname.example/backend/internal/account"
)

// Linked is a link with the issuer that it leads to.
type Linked struct {
	Config
	Link
}

// Affiliates lists the issuers that can vouch for people.
func (s *Service) Affiliates() []Config { return s.issuersFor(UseAffiliate) }

// Links lists an account's links to affiliates.
func (s *Service) Links(ctx context.Context, accountID string) ([]Linked, error) {
	all, err := s.deps.Store.Links(ctx, accountID)
	if err != nil {
		return nil, err
	}
	var out []Linked
	for _, l := range all {
		p, err := s.providerAt(l.Issuer, UseAffiliate)
		if err == nil && !l.LinkedAt.IsZero() {
			out = append(out, Linked{p.Config, l})
		}
	}
	return out, nil
}

// BeginLink begins to link an account. Its errors are those of BeginSignIn but
// ErrOff.
func (s *Service) BeginLink(ctx context.Context, accountID, issuer, redirect string, from account.Origin) (Beginning, error) {
	p, err := s.provider(issuer, UseAffiliate)
	if err != nil {
		return Beginning{}, err
	}
	if err := p.checkRedirect(redirect); err != nil {
		return Beginning{}, err
	}
	if err := s.deps.Accounts.CountBeginning(ctx, from); err != nil {
		return Beginning{}, err
	}
	return s.begin(ctx, p, Attempt{AccountID: accountID, RedirectURI: redirect})
}

// Link ends what BeginLink or BeginDevice began: whoever answered is linked to the
// account. Of a device's, in is empty. It returns ErrNotFound, ErrSpent,
// ErrLinkTaken, *PendingError, *RefusedError or ErrUnavailable.
func (s *Service) Link(ctx context.Context, accountID, id string, in Answer) (Linked, error) {
	if in == (Answer{}) {
		p, who, err := s.poll(ctx, accountID, id)
		if !errors.Is(err, ErrNotFound) { // else it is none of a device
			return s.linkTo(ctx, accountID, p, who, true, err)
		}
	}
	p, who, err := s.finish(ctx, id, accountID, UseAffiliate, in)
	return s.linkTo(ctx, accountID, p, who, false, err)
}

// linkTo links whoever answered, unless that came to an error. What the issuer says
// of them is read first: where it is refused nothing is changed. What was given for
// nothing is not revoked: at many issuers that ends all that the same person agreed
// to, the link of before among it (RFC 7009, 2.1).
func (s *Service) linkTo(ctx context.Context, accountID string, p *provider, who person, byDevice bool, err error) (Linked, error) {
	if err != nil {
		return Linked{}, err
	}
	verified, err := s.vouches(ctx, p, who)
	if err != nil {
		return Linked{}, s.noted(ctx, accountID, err)
	}
	before, err := s.deps.Store.SaveLink(ctx, accountID, Key{p.Issuer, who.subject}, NewLink{
		At: s.deps.Now(), ByDevice: byDevice, Verified: verified, Tokens: who.tokens,
	})
	if err != nil {
		return Linked{}, err
	}
	if err := s.revoke(ctx, p, before.Refresh); err != nil {
		return Linked{}, err
	}
	l, err := s.deps.Store.Link(ctx, accountID, p.Issuer)
	return Linked{p.Config, l}, err
}

// vouches says whether an issuer has claims that count of whoever just answered,
// nil where it cannot be asked: that is a help for the person, and the link holds
// without. It returns *RefusedError.
func (s *Service) vouches(ctx context.Context, p *provider, who person) (*bool, error) {
	subject, claims, err := p.userinfo(ctx, who.tokens.Access)
	var none *ClaimsError
	switch {
	case errors.Is(err, ErrUnavailable):
		return nil, nil
	case errors.Is(err, errRevoked):
		return new(false), nil
	case err != nil:
		return nil, err
	case subject != who.subject:
		return nil, &RefusedError{p.ID, CauseSubject, errors.New("userinfo is about somebody else")}
	}
	_, err = p.read(claims["verified_claims"], s.deps.Now())
	if err != nil && !errors.As(err, &none) {
		return nil, err
	}
	return new(err == nil), nil
}

// Unlink forgets a link here, and ends its refresh token at the issuer. It returns
// ErrUnknown or ErrNotFound.
func (s *Service) Unlink(ctx context.Context, accountID, issuer string) error {
	p, err := s.provider(issuer, UseAffiliate)
	if err != nil {
		return ErrNotFound
	}
	l, err := s.deps.Store.Unlink(ctx, accountID, p.Issuer)
	if err != nil {
		return err
	}
	return s.revoke(ctx, p, l.Tokens.Refresh)
}

// Forget unlinks all affiliates of an account, those too that are asked no more.
func (s *Service) Forget(ctx context.Context, accountID string) error {
	ctx = context.WithoutCancel(ctx) // a caller who hangs up leaves nothing here
	links, err := s.deps.Store.Links(ctx, accountID)
	if err != nil {
		return err
	}
	var errs []error
	for i, l := range links {
		if links[i], err = s.deps.Store.Unlink(ctx, accountID, l.Issuer); !errors.Is(err, ErrNotFound) {
			errs = append(errs, err)
		}
	}
	// All are forgotten here before the first issuer is called.
	for _, l := range links {
		if p, err := s.providerAt(l.Issuer, UseAffiliate); err == nil {
			errs = append(errs, s.revoke(ctx, p, l.Tokens.Refresh))
		}
	}
	return errors.Join(errs...)
}

// Claims reads what an issuer has verified of the person whom an account is linked
// to. It returns ErrUnknown, ErrNotFound where there is no link, *ClaimsError,
// *RefusedError or ErrUnavailable, and notes whether claims were there.
func (s *Service) Claims(ctx context.Context, accountID, issuer string) (Claims, error) {
	p, err := s.provider(issuer, UseAffiliate)
	if err != nil {
		return Claims{}, err
	}
	l, err := s.deps.Store.Link(ctx, accountID, p.Issuer)
	if err == nil && l.LinkedAt.IsZero() {
		err = ErrNotFound
	}
	if err != nil {
		return Claims{}, err
	}
	claims, err := s.ask(ctx, p, l)
	if errors.Is(err, errRevoked) {
		err = &ClaimsError{FaultRevoked}
	}
	var none *ClaimsError
	if err == nil || errors.As(err, &none) {
		if noting := s.deps.Store.SaveVerified(ctx, accountID, p.Issuer, err == nil, s.deps.Now()); noting != nil {
			return Claims{}, fmt.Errorf("note the answer: %w", noting)
		}
	}
	return claims, s.noted(ctx, accountID, err)
}

// ask reads the claims with an access token that still holds, else with a new one.
func (s *Service) ask(ctx context.Context, p *provider, l Link) (Claims, error) {
	if l.Tokens.holds(s.deps.Now()) {
		claims, err := s.claimsBy(ctx, p, l, l.Tokens.Access)
		if !errors.Is(err, errRevoked) || l.Tokens.Refresh == "" {
			return claims, err
		}
	}
	access, err := s.renew(ctx, p, l)
	if err != nil {
		return Claims{}, err
	}
	return s.claimsBy(ctx, p, l, access)
}

// holds reports whether the access token can be used now.
func (t Tokens) holds(now time.Time) bool {
	return t.Access != "" && (t.Refresh == "" && t.Until.IsZero() || now.Add(accessMargin).Before(t.Until))
}

// accessMargin is how long an access token has to live still to be used.
const accessMargin = 10 * time.Second

func (s *Service) claimsBy(ctx context.Context, p *provider, l Link, access string) (Claims, error) {
	subject, claims, err := p.userinfo(ctx, access)
	if err != nil {
		return Claims{}, err
	}
	switch same, err := s.deps.Store.LinkIs(ctx, l.AccountID, Key{p.Issuer, subject}); {
	case err != nil:
		return Claims{}, err
	case !same:
		return Claims{}, &RefusedError{p.ID, CauseSubject, errors.New("userinfo is about somebody else")}
	}
	read, err := p.read(claims["verified_claims"], s.deps.Now())
	read.ByDevice, read.Email = l.ByDevice, emailOf(claims)
	return read, err
}

// maxEmail is how long an address is at most (RFC 5321, 4.5.3.1.3, without its brackets).
const maxEmail = 254

// emailOf is the address among claims that the issuer says it has verified, or "".
func emailOf(claims map[string]json.RawMessage) string {
	var address string
	var verified bool
	if json.Unmarshal(claims["email"], &address) != nil || json.Unmarshal(claims["email_verified"], &verified) != nil || !verified ||
		len(address) > maxEmail || strings.ContainsFunc(address, unicode.IsControl) {
		return ""
	}
	return address
}

// renewPause is how long one caller waits while another renews the same tokens;
// renewLease is how long that one has.
const (
	renewPause = 50 * time.Millisecond
	renewLease = 15 * time.Second
)

// renew returns a new access token. A refresh token is used once at many issuers,
// and a second use ends the link there: so one caller renews, of all processes,
// and the others take what it brought.
func (s *Service) renew(ctx context.Context, p *provider, l Link) (string, error) {
	for {
		now := s.deps.Now()
		leased, ok, err := s.deps.Store.LeaseLink(ctx, l.AccountID, l.Issuer, now, now.Add(renewLease))
		switch {
		case err != nil:
			return "", err
		case leased.Version != l.Version && leased.Tokens.holds(now): // somebody else renewed
			return leased.Tokens.Access, nil
		case leased.Tokens.Refresh == "":
			return "", errRevoked
		case ok:
			return s.renewLeased(ctx, p, leased)
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
		case <-time.After(renewPause):
		}
	}
}

// renewLeased goes on where its caller leaves: a token that the issuer has given
// and nobody has kept would end the link.
func (s *Service) renewLeased(ctx context.Context, p *provider, l Link) (string, error) {
	ctx = context.WithoutCancel(ctx)
	own := func(subject string) bool {
		same, err := s.deps.Store.LinkIs(ctx, l.AccountID, Key{p.Issuer, subject})
		return err == nil && same
	}
	tokens, err := p.refresh(ctx, l.Tokens.Refresh, own)
	kept := tokens
	if err != nil {
		kept.Access = "" // it is asked for again, and checked then
		if kept.Refresh == "" {
			kept.Refresh = l.Tokens.Refresh // the lease ends, and nothing else changes
		}
	}
	if errors.Is(err, errRevoked) {
		kept = Tokens{}
	}
	if saving := s.deps.Store.SaveTokens(ctx, l, kept); saving != nil {
		return "", fmt.Errorf("store tokens: %w", saving)
	}
	return kept.Access, err
}
