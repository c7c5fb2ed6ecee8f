package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// wireIssuers reads the file of issuers and makes what asks them.
func (a *App) wireIssuers(ctx context.Context) error {
	var (
		all []issuer.Config
		err error
	)
	if a.Config.Issuers != "" {
		if all, err = issuer.ReadFile(a.Config.Issuers); err != nil {
			return err
		}
	}
	own, err := a.openSites(ctx, all)
	if err != nil {
		return err
	}
	all = append(all, own...)
	signIn := a.Config.IssuerSignIn()
	if signIn && !slices.ContainsFunc(all, func(c issuer.Config) bool { return c.For(issuer.UseSignIn) }) {
		return fmt.Errorf("REALNAME_SIGN_IN is %s, and no entry of REALNAME_ISSUERS has sign_in in its use; add it there, or use password", a.Config.SignIn)
	}
	a.issuers = issuer.New(issuer.Settings{Issuers: all, SignIn: signIn, Email: a.Config.Mails()}, issuer.Deps{
		Store: a.Store, Accounts: a.accounts, Now: a.now, Random: rand.Reader, Logger: a.logger,
		Transport: a.issuerTransport(), Audit: a.noteRefused,
	})
	return nil
}

// noteRefused notes an issuer's answer that was refused in the trail of acts: an
// account may have no case whose trail could take it.
func (a *App) noteRefused(ctx context.Context, accountID, issuer, cause string) error {
	return a.Store.Note(ctx, operator.Entry{
		At: a.now(), Operator: operator.ByServer, Act: operator.ActAnswerRefused, Subject: accountID, Detail: issuer + ": " + cause,
	})
}

// affiliates are the issuers that vouch for people, the sandbox's own sites among
// them.
type affiliates struct {
	app *App // its issuers are wired after the domain
}

// takenClaims is what is asked of an affiliate.
var takenClaims = []string{"name", "number"}

// offersWithin is how long all issuers together may keep the options waiting.
const offersWithin = 3 * time.Second

// Offers implements verify.Affiliates. All issuers are asked at once; one that is
// away, or has nothing that counts, is left out.
func (f affiliates) Offers(ctx context.Context, who verify.Caller) ([]verify.Offer, error) {
	asking, cancel := context.WithTimeout(ctx, offersWithin)
	defer cancel()
	sites := f.app.issuers.Affiliates()
	found := make([]*verify.Offer, len(sites))
	var all sync.WaitGroup
	for i, site := range sites {
		all.Go(func() {
			_, err := f.app.issuers.Claims(asking, who.AccountID, site.ID)
			linked := err == nil
			if !linked && (!unlinked(err) || !f.app.knownAtSite(site.ID, who.Username)) {
				return
			}
			found[i] = &verify.Offer{
				ID: site.ID, Name: site.Name.EN, NameZH: site.Name.ZH, Claims: takenClaims, Purpose: "real_name_verification",
				Linked: linked, RedirectPort: site.RedirectPort, Device: site.Device,
			}
		})
	}
	all.Wait()
	var offers []verify.Offer
	for _, o := range found {
		if o != nil {
			offers = append(offers, *o)
		}
	}
	slices.SortStableFunc(offers, func(a, b verify.Offer) int { return linkedFirst(a) - linkedFirst(b) })
	return offers, nil
}

func linkedFirst(o verify.Offer) int {
	if o.Linked {
		return 0
	}
	return 1
}

// unlinked reports whether the account has no link there, or one that has ended.
func unlinked(err error) bool {
	var claims *issuer.ClaimsError
	return errors.Is(err, issuer.ErrNotFound) || errors.As(err, &claims) && claims.Fault == issuer.FaultRevoked
}

// Claims implements verify.Affiliates.
func (f affiliates) Claims(ctx context.Context, affiliate string, who verify.Caller) (verify.Vouched, error) {
	claims, err := f.app.issuers.Claims(ctx, who.AccountID, f.app.siteID(affiliate))
	var fault *issuer.ClaimsError
	var refused *issuer.RefusedError
	switch {
	case errors.Is(err, issuer.ErrUnknown):
		return verify.Vouched{}, verify.ErrAffiliateUnknown
	case errors.Is(err, issuer.ErrNotFound):
		return verify.Vouched{Refused: verification.LinkRevoked}, nil
	case errors.As(err, &fault):
		return verify.Vouched{Refused: reasonOf(fault.Fault)}, nil
	case errors.As(err, &refused):
		return verify.Vouched{}, fmt.Errorf("%w: %w", verify.ErrAnswerRefused, err)
	case err != nil:
		return verify.Vouched{}, err
	}
	return f.vouched(claims)
}

// reasonOf words what is wrong with claims as the domain does.
func reasonOf(f issuer.Fault) verification.Reason {
	switch f {
	case issuer.FaultFramework:
		return verification.FrameworkUntrusted
	case issuer.FaultAge:
		return verification.ClaimsOutdated
	case issuer.FaultRevoked:
		return verification.LinkRevoked
	case issuer.FaultMissing:
	}
	return verification.ClaimsMissing
}

// vouched holds name and number to the rules that typed ones are held to. Only
// the mainland ID card is taken over.
func (f affiliates) vouched(c issuer.Claims) (verify.Vouched, error) {
	who, err := verify.ParseIdentity(verify.Request{
		Method: verification.Face, CertificateType: string(identity.CNID), Name: c.Name, Number: c.Number,
	}, f.app.now())
	if err != nil {
		return verify.Vouched{}, err
	}
	who.Email = identity.NewPII(c.Email)
	detail := c.Framework
	if !c.Time.IsZero() {
		detail += ", verified on " + c.Time.UTC().Format(time.DateOnly)
	}
	word := verify.Vouched{Identity: who, Detail: detail}
	if c.ByDevice {
		word.Suspect = []verify.RiskRule{verify.RiskDeviceLink}
	}
	return word, nil
}

// Forget implements verify.Affiliates.
func (f affiliates) Forget(ctx context.Context, accountID string) error {
	return f.app.issuers.Forget(ctx, accountID)
}

// refreshEvery is how often sessions are looked for about which an issuer is to be
// asked.
const refreshEvery = 15 * time.Second

// RefreshSessions asks the issuers about the sessions that are due. Run does so by
// itself.
func (a *App) RefreshSessions(ctx context.Context) error { return a.issuers.RefreshSessions(ctx) }

// RetryRevocations tells issuers of tokens that ended while they were away. Run
// does so by itself.
func (a *App) RetryRevocations(ctx context.Context) error { return a.issuers.RetryRevocations(ctx) }
