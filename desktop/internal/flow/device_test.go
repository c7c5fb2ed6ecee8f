package flow_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
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
	d.is(flow.PageCase)
	if shown != (flow.Device{Name: "Shop", Scan: "https://issuer.example/activate?user_code=WDJB-MJHT", Page: "https://issuer.example/activate", Code: "WDJB-MJHT"}) {
		t.Errorf("shown: %+v", shown)
	}
	pauses := slices.DeleteFunc(slices.Clone(d.backend.Calls), func(c string) bool { return len(c) < 5 || c[:5] != "pause" })
	if !slices.Equal(pauses, []string{"pause 5s", "pause 8s", "pause 9s"}) {
		t.Errorf("pauses: %v", pauses)
	}
	if d.State().Device != nil || d.backend.Stated.Method != verification.Affiliate || d.backend.Stated.Affiliate != "shop" {
		t.Errorf("stated %+v, still shown %+v", d.backend.Stated, d.State().Device)
	}
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
