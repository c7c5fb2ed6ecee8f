package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
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

// LinkByDevice links the account at an affiliated site by a code that the person
// scans with their phone, and begins with what the site has verified. The server
// asks for a face scan then.
func (f *Flow) LinkByDevice(ctx context.Context, a api.Affiliate) {
	f.set(func(s *State) { s.AskAffiliate = false })
	f.act(ctx, DoingBrowser, func(ctx context.Context) error {
		me, _ := f.account()
		begun, err := me.BeginLinkByDevice(ctx, a.ID)
		if err != nil {
			return err
		}
		if err := f.throughDevice(ctx, a, me, begun); err != nil {
			return ignoreGivenUp(err)
		}
		f.set(func(s *State) { s.Doing = DoingBegin })
		return f.beginCase(ctx, api.NewVerification{Method: verification.Affiliate, Affiliate: a.ID})
	})
}

// throughDevice shows a code until the person has answered on another device.
func (f *Flow) throughDevice(ctx context.Context, a api.Affiliate, me Account, begun api.LinkStarted) error {
	scan := cmp.Or(begun.VerificationURIComplete, begun.VerificationURI)
	for _, text := range []string{scan, begun.VerificationURI} {
		if err := web(text); err != nil {
			return err
		}
	}
	waiting, giveUp := context.WithTimeout(ctx, time.Duration(begun.ExpiresIn)*time.Second)
	defer giveUp()
	f.setGiveUp(giveUp)
	defer f.setGiveUp(nil)
	f.set(func(s *State) {
		s.Device = &Device{Name: a.Name, Scan: scan, Page: begun.VerificationURI, Code: begun.UserCode}
	})
	defer f.set(func(s *State) { s.Device = nil })
	interval := time.Duration(begun.Interval) * time.Second
	pause := interval
	for {
		if err := f.config.Pause(waiting, pause); err != nil {
			return endOf(waiting, ErrDeviceTooSlow)
		}
		err := linked(waiting, me, a.ID, begun.ID)
		if err == nil {
			return nil
		}
		if waiting.Err() != nil {
			return endOf(waiting, ErrDeviceTooSlow)
		}
		after, passes := passing(err)
		if !passes {
			return err
		}
		pause = cmp.Or(after, interval)
	}
}

// linked asks whether the account is linked at a site by what was begun. Where that
// was used, the answer to an earlier question was lost, and the links tell.
func linked(ctx context.Context, me Account, site, begun string) error {
	_, err := me.PollLink(ctx, begun)
	var p *problem.Problem
	if !errors.As(err, &p) || p.Code != problem.SignInRefused ||
		!slices.ContainsFunc(p.Errors, func(e problem.FieldError) bool { return e.Cause == api.CauseExpired }) {
		return err
	}
	links, lost := me.Links(ctx)
	if lost != nil {
		return lost
	}
	if slices.ContainsFunc(links, func(l api.Link) bool { return l.Issuer == site }) {
		return nil
	}
	return err
}

// passing reports whether an error goes by itself, and after how long the server
// wants to be asked again; 0 where it does not say.
func passing(err error) (after time.Duration, passes bool) {
	var away *client.UnreachableError
	if errors.As(err, &away) {
		return 0, true
	}
	var p *problem.Problem
	if !errors.As(err, &p) {
		return 0, false
	}
	again := []problem.Code{problem.Conflict, problem.IssuerUnavailable, problem.Busy, problem.RateLimited}
	return p.RetryAfter, slices.Contains(again, p.Code)
}

// endOf says why a wait ended: by time, or by the person.
func endOf(waiting context.Context, slow error) error {
	if errors.Is(waiting.Err(), context.DeadlineExceeded) {
		return slow
	}
	return errGivenUp
}

// web refuses what is no address of the web: whatever else a server names, such as
// a file, is not for a browser.
func web(text string) error {
	address, err := url.Parse(text)
	if err == nil && address.Scheme != "https" && (address.Scheme != "http" || !handoff.Loopback(address.Hostname())) {
		err = fmt.Errorf("%w: it leads to %q", handoff.ErrServer, address.Scheme)
	}
	return err
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

// GiveUpBrowser ends the wait for the browser, or for another device; nothing was
// changed.
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
	if err := web(begun.AuthorizationURL); err != nil {
		return begun, answer, err
	}
	address, err := url.Parse(begun.AuthorizationURL)
	if err != nil {
		return begun, answer, err
	}
	waiting, giveUp := context.WithTimeout(ctx, time.Duration(begun.ExpiresIn)*time.Second)
	defer giveUp()
	f.setGiveUp(giveUp)
	defer f.setGiveUp(nil)
	lost := f.config.Browse(begun.AuthorizationURL) != nil
	f.set(func(s *State) { s.Browser = &Browser{Name: at.Name, Address: begun.AuthorizationURL, Lost: lost} })
	defer f.set(func(s *State) { s.Browser = nil })
	answer, err = callback.Wait(waiting, address.Query().Get("state"))
	if err == nil {
		return begun, answer, nil
	}
	return begun, answer, endOf(waiting, ErrBrowserTooSlow)
}

func (f *Flow) setGiveUp(giveUp context.CancelFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.giveUp = giveUp
}

// ErrBrowserTooSlow is an answer that did not come in time.
var ErrBrowserTooSlow = errors.New("nobody answered in the browser in time")

// ErrDeviceTooSlow is a code that nobody answered in time.
var ErrDeviceTooSlow = errors.New("nobody answered on another device in time")

// ListenError is a port on which this PC cannot listen.
type ListenError struct {
	Port int
	Err  error
}

// Error implements error.
func (e *ListenError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ListenError) Unwrap() error { return e.Err }
