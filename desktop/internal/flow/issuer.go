package flow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// errGivenUp is a person who does not want to answer in the browser any more.
var errGivenUp = errors.New("the person gave up")

// SignInAt signs in at an issuer, in the system's browser.
func (f *Flow) SignInAt(ctx context.Context, at api.Issuer) {
	f.act(ctx, DoingBrowser, func(ctx context.Context) error {
		conn, address := f.connection()
		begun, answer, err := f.throughBrowser(ctx, at, conn.Server.BeginSignIn)
		if err != nil {
			return ignoreGivenUp(err)
		}
		session, err := conn.Server.FinishSignIn(ctx, begun.ID, answer)
		if err != nil {
			return err
		}
		return f.take(ctx, conn, address, session)
	})
}

// LinkAndAuthorize links the account at an affiliated site, in the system's
// browser, and takes over the identity that the site has verified.
func (f *Flow) LinkAndAuthorize(ctx context.Context, a api.Affiliate) {
	f.set(func(s *State) { s.AskAffiliate = false })
	f.act(ctx, DoingBrowser, func(ctx context.Context) error {
		me, _ := f.account()
		begun, answer, err := f.throughBrowser(ctx, api.Issuer{ID: a.ID, Name: a.Name, RedirectPort: a.RedirectPort}, me.BeginLink)
		if err != nil {
			return ignoreGivenUp(err)
		}
		if _, err := me.FinishLink(ctx, begun.ID, answer); err != nil {
			return err
		}
		f.set(func(s *State) { s.Doing = DoingBegin })
		return f.beginCase(ctx, api.NewVerification{Method: verification.Affiliate, Affiliate: a.ID})
	})
}

// Unlink forgets a link, here and at the site.
func (f *Flow) Unlink(ctx context.Context, issuer string) {
	f.act(ctx, DoingErase, func(ctx context.Context) error {
		me, _ := f.account()
		if err := me.Unlink(ctx, issuer); err != nil {
			return err
		}
		return f.loadRecords(ctx, me)
	})
}

// GiveUpBrowser ends the wait for the browser; nothing was changed.
func (f *Flow) GiveUpBrowser() {
	f.mu.Lock()
	giveUp := f.giveUp
	f.mu.Unlock()
	if giveUp != nil {
		giveUp()
	}
}

func ignoreGivenUp(err error) error {
	if errors.Is(err, errGivenUp) {
		return nil
	}
	return err
}

// throughBrowser has the person answer at an issuer, and returns what their
// browser brought to this PC.
func (f *Flow) throughBrowser(ctx context.Context, at api.Issuer, begin func(context.Context, api.IssuerStart) (api.IssuerStarted, error)) (api.IssuerStarted, api.IssuerAnswer, error) {
	var answer api.IssuerAnswer
	callback, err := f.config.Listen(at.RedirectPort)
	if err != nil {
		return api.IssuerStarted{}, answer, &ListenError{Port: at.RedirectPort, Err: err}
	}
	defer callback.Close()
	begun, err := begin(ctx, api.IssuerStart{Issuer: at.ID, RedirectURI: callback.Redirect()})
	if err != nil {
		return begun, answer, err
	}
	address, err := url.Parse(begun.AuthorizationURL)
	if err != nil {
		return begun, answer, err
	}
	// Whatever else a server names, such as a file, is not for the browser.
	if address.Scheme != "https" && (address.Scheme != "http" || !handoff.Loopback(address.Hostname())) {
		return begun, answer, fmt.Errorf("%w: it leads to %q", handoff.ErrServer, address.Scheme)
	}
	waiting, giveUp := context.WithTimeout(ctx, time.Duration(begun.ExpiresIn)*time.Second)
	defer giveUp()
	f.setGiveUp(giveUp)
	defer f.setGiveUp(nil)
	lost := f.config.Browse(begun.AuthorizationURL) != nil
	f.set(func(s *State) { s.Browser = &Browser{Name: at.Name, Address: begun.AuthorizationURL, Lost: lost} })
	defer f.set(func(s *State) { s.Browser = nil })
	answer, err = callback.Wait(waiting, address.Query().Get("state"))
	switch {
	case err == nil:
		return begun, answer, nil
	case errors.Is(waiting.Err(), context.DeadlineExceeded):
		return begun, answer, ErrBrowserTooSlow
	}
	return begun, answer, errGivenUp
}

func (f *Flow) setGiveUp(giveUp context.CancelFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.giveUp = giveUp
}

// ErrBrowserTooSlow is an answer that did not come in time.
var ErrBrowserTooSlow = errors.New("nobody answered in the browser in time")

// ListenError is a port on which this PC cannot listen.
type ListenError struct {
	Port int
	Err  error
}

// Error implements error.
func (e *ListenError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ListenError) Unwrap() error { return e.Err }
