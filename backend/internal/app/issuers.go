package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"realname.example/backend/internal/issuer"
)

// wireIssuers reads the file of issuers and makes what asks them.
func (a *App) wireIssuers() error {
	var (
		all []issuer.Config
		err error
	)
	if a.Config.Issuers != "" {
		if all, err = issuer.ReadFile(a.Config.Issuers); err != nil {
			return err
		}
	}
	signIn := a.Config.IssuerSignIn()
	if signIn && !slices.ContainsFunc(all, func(c issuer.Config) bool { return c.For(issuer.UseSignIn) }) {
		return fmt.Errorf("REALNAME_SIGN_IN is %s, and no entry of REALNAME_ISSUERS has sign_in in its use; add it there, or use password", a.Config.SignIn)
	}
	a.issuers = issuer.New(issuer.Settings{Issuers: all, SignIn: signIn}, issuer.Deps{
		Store: a.Store, Accounts: a.accounts, Now: a.now, Random: rand.Reader, Logger: a.logger,
	})
	return nil
}

// refreshEvery is how often sessions are looked for about which an issuer is to be
// asked.
const refreshEvery = 15 * time.Second

// RefreshSessions asks the issuers about the sessions that are due. Run does so by
// itself.
func (a *App) RefreshSessions(ctx context.Context) error { return a.issuers.RefreshSessions(ctx) }
