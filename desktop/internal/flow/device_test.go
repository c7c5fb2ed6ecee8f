package flow_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

var shop = api.Affiliate{ID: "shop", Name: "Shop", Device: true}

func pending() error {
	return &problem.Problem{
		Code: problem.Conflict, Errors: []problem.FieldError{{Field: "device", Cause: api.CausePending}}, RetryAfter: 8 * time.Second,
	}
}

func TestALinkByDeviceIsAskedAboutUntilItIsThere(t *testing.T) {
	d := signedIn(t)
	d.backend.Fail["poll"] = pending()
	var shown flow.Device
	d.backend.During["pause 8s"] = func(context.Context) {
		shown = *d.State().Device
		d.backend.Fail["poll"] = &problem.Problem{Code: problem.IssuerUnavailable, RetryAfter: 9 * time.Second}
	}
	d.LinkByDevice(ctx, shop)
	d.is(flow.ScreenResult)
	if shown != (flow.Device{Name: "Shop", Scan: "https://issuer.example/activate?user_code=WDJB-MJHT", Page: "https://issuer.example/activate", Code: "WDJB-MJHT"}) {
		t.Errorf("shown: %+v", shown)
	}
	if pauses := d.pauses(); !slices.Equal(pauses, []string{"pause 5s", "pause 8s", "pause 9s"}) {
		t.Errorf("pauses: %v", pauses)
	}
	if d.State().Device != nil || d.backend.Stated.Method != verification.Affiliate || d.backend.Stated.Affiliate != "shop" {
		t.Errorf("stated %+v, still shown %+v", d.backend.Stated, d.State().Device)
	}
}

func TestALinkByDeviceOutlivesAnOutage(t *testing.T) {
	for name, test := range map[string]struct {
		outage error
		pauses []string
	}{
		"busy":                     {&problem.Problem{Code: problem.Busy, RetryAfter: 9 * time.Second}, []string{"pause 5s", "pause 9s"}},
		"asked too often":          {&problem.Problem{Code: problem.RateLimited, RetryAfter: time.Minute}, []string{"pause 5s", "pause 1m0s"}},
		"unreachable":              {&client.UnreachableError{Err: io.ErrUnexpectedEOF}, []string{"pause 5s", "pause 5s"}},
		"busy without a next time": {&problem.Problem{Code: problem.Busy}, []string{"pause 5s", "pause 5s"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := signedIn(t)
			d.backend.Fail["poll"] = test.outage
			d.LinkByDevice(ctx, shop)
			d.is(flow.ScreenResult)
			if pauses := d.pauses(); !slices.Equal(pauses, test.pauses) {
				t.Errorf("pauses: %v", pauses)
			}
		})
	}
}

func TestALinkWhoseAnswerWasLostIsThere(t *testing.T) {
	spent := &problem.Problem{Code: problem.SignInRefused, Errors: []problem.FieldError{{Field: "issuer", Cause: api.CauseExpired}}}
	for name, test := range map[string]struct {
		links []api.Link
		begun int
	}{
		"linked":           {[]api.Link{{Issuer: "shop", LinkedBy: api.LinkedByDevice}}, 1},
		"linked elsewhere": {[]api.Link{{Issuer: "bank"}}, 0},
		"not linked":       {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := signedIn(t)
			d.backend.Linked = test.links
			d.backend.Fail["poll"] = &client.UnreachableError{Err: io.ErrUnexpectedEOF}
			d.backend.Fail["links"] = &problem.Problem{Code: problem.Busy}
			d.backend.During["poll"] = func(context.Context) {
				d.backend.During["pause 5s"] = func(context.Context) { d.backend.Fail["poll"] = spent }
				d.backend.During["links"] = func(context.Context) {
					d.backend.During["pause 5s"] = func(context.Context) { d.backend.Fail["poll"] = spent }
				}
			}
			d.LinkByDevice(ctx, shop)
			if s := d.State(); d.count("begin") != test.begun || (s.Err == nil) != (test.begun == 1) {
				t.Errorf("error %v, calls %v", s.Err, d.backend.Calls)
			}
		})
	}
}

func (d *desk) pauses() []string {
	return slices.DeleteFunc(slices.Clone(d.backend.Calls), func(c string) bool { return !strings.HasPrefix(c, "pause") })
}

func TestALinkByDeviceThatComesToNothing(t *testing.T) {
	for name, test := range map[string]struct {
		set  func(d *desk)
		want error
	}{
		"declined there": {func(d *desk) { d.backend.Fail["poll"] = &problem.Problem{Code: problem.SignInRefused} }, &problem.Problem{}},
		"given up here":  {func(d *desk) { d.backend.During["pause 5s"] = func(context.Context) { d.GiveUpBrowser() } }, nil},
		"given up while the server is asked": {func(d *desk) {
			d.backend.Fail["poll"] = context.Canceled
			d.backend.During["poll"] = func(context.Context) { d.GiveUpBrowser() }
		}, nil},
		"too slow":                   {func(d *desk) { d.backend.Life = -1 }, flow.ErrDeviceTooSlow},
		"a page that is not the web": {func(d *desk) { d.backend.Leads = "other-app:activate" }, handoff.ErrServer},
	} {
		t.Run(name, func(t *testing.T) {
			d := signedIn(t)
			test.set(d)
			d.LinkByDevice(ctx, shop)
			s := d.State()
			var p *problem.Problem
			if test.want == nil && s.Err != nil || test.want != nil && !errors.Is(s.Err, test.want) && !errors.As(s.Err, &p) {
				t.Errorf("error %v, want %v", s.Err, test.want)
			}
			if d.count("begin") != 0 || s.Device != nil || s.Doing != flow.DoingNothing {
				t.Errorf("calls %v, shown %+v", d.backend.Calls, s.Device)
			}
		})
	}
}
