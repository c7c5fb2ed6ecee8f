package e2e_test

import (
	"context"
	"iter"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// seenByApp is what a PC or a phone says: whether it is online, and where the person stands.
type seenByApp struct {
	online bool
	status verification.Status
}

// watching is one of the two apps as far as it watches, behind a network that can be cut.
type watching struct {
	name string
	way  line
	said <-chan seenByApp
}

// follow collects what a watch says. An error would be shown as the end of it all.
func follow[V any](t *testing.T, name string, way line, updates iter.Seq[client.Update[V]], status func(V) verification.Status) watching {
	t.Helper()
	said := make(chan seenByApp, 100)
	go func() {
		defer close(said)
		for u := range updates {
			if u.Err != nil {
				t.Errorf("%s: the watch ended: %v", name, u.Err)
			}
			said <- seenByApp{u.Online, status(u.View)}
		}
	}()
	return watching{name, way, said}
}

// says waits until the app says this, and has said nothing of another status before.
func (w watching) says(t *testing.T, want seenByApp, before ...verification.Status) {
	t.Helper()
	for got := range w.said {
		if got == want {
			return
		}
		known := got.status == want.status
		for _, status := range before {
			known = known || got.status == status
		}
		if !known {
			t.Errorf("%s said %+v before %+v", w.name, got, want)
		}
	}
	t.Errorf("%s never said %+v", w.name, want)
}

// The networks of PC and phone are cut in each step, and the person goes on meanwhile:
// each app says that it is offline, then by itself where the person stands now, and
// never that anything failed.
func TestNetworksThatAreCutInEachStepAreSaidAndComeBack(t *testing.T) {
	t.Parallel()
	s := start(t, sandboxConfig(t))
	s.givePortrait("郑强")
	a := s.signUp("cut-off")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	mustView(t, v, err, verification.FaceRequired, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	way, url := newLine(t, s.app.URL())
	session, err := newClient(t, url).SignIn(ctx, api.Credentials{Username: "cut-off", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	account := newClient(t, url).Account(client.AccountToken(session.Token))
	pc := follow(t, "the PC", way, account.Watch(ctx, v.ID), func(v verification.View) verification.Status { return v.Status })
	pc.says(t, seenByApp{true, verification.FaceRequired})

	var p *phone
	cut(t, verification.FaceRequired, verification.Confirming, func() {
		h, err := a.Handoff(ctx, v.ID, api.NewHandoff{})
		if err == nil {
			p, err = s.claim(h)
		}
		if err != nil {
			t.Fatal(err)
		}
	}, pc)
	way, url = newLine(t, s.app.URL())
	mobile := follow(t, "the phone", way, newClient(t, url).Phone(p.token).Watch(ctx), func(v api.PhoneView) verification.Status { return v.Status })
	mobile.says(t, seenByApp{true, verification.Confirming})
	cut(t, verification.Confirming, verification.Capturing, func() {
		v, err := a.View(ctx, v.ID)
		mustView(t, v, err, verification.Confirming, "")
		seen, err := p.Confirm(ctx, v.Handoff.Number)
		if err == nil {
			_, err = p.Consent(ctx, api.Consent{Version: seen.ConsentVersion})
		}
		if err != nil {
			t.Fatal(err)
		}
	}, pc, mobile)
	cut(t, verification.Capturing, verification.Verified, func() {
		if _, err := s.scan(p); err != nil {
			t.Fatal(err)
		}
		mustView(t, await(t, a, v.ID, verification.Judging), nil, verification.Verified, "")
	}, pc, mobile)
}

// cut takes the networks of apps away in one status, and brings them back in another.
func cut(t *testing.T, from, to verification.Status, meanwhile func(), apps ...watching) {
	t.Helper()
	for _, w := range apps {
		w.way.pull()
		w.says(t, seenByApp{false, from})
	}
	meanwhile()
	for _, w := range apps {
		w.way.plugIn()
		w.says(t, seenByApp{true, to}, from)
	}
}
