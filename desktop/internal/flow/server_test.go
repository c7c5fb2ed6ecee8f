package flow_test

import (
	"errors"
	"testing"
	"time"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
)

const elsewhere = "https://server.example:8443"

func TestTheFirstStartLooksOnThisPC(t *testing.T) {
	d := start(t)
	d.Connect(ctx)
	d.is(flow.ScreenSignIn)
	if s := d.State(); s.Address != flow.Local || d.memory.Address != flow.Local {
		t.Errorf("at %s, remembered %q", s.Address, d.memory.Address)
	}
}

func TestAnAddressIsReadAsPeopleTypeIt(t *testing.T) {
	for typed, want := range map[string]string{
		"server.example:8443":           elsewhere,
		" HTTPS://Server.Example:8443/": elsewhere,
		"localhost:8080":                "http://localhost:8080",
		"127.0.0.1:9000":                "http://127.0.0.1:9000",
	} {
		d := start(t)
		d.UseServer(ctx, typed)
		d.is(flow.ScreenSignIn)
		if s := d.State(); s.Address != want || d.memory.Address != want {
			t.Errorf("%q: at %s, remembered %q", typed, s.Address, d.memory.Address)
		}
	}
}

func TestATextThatIsNoAddressIsKeptAndExplained(t *testing.T) {
	for _, typed := range []string{"", "http://server.example", "two words", "https://user@server.example"} {
		d := start(t)
		d.backend.Fail["info"] = &client.UnreachableError{Err: errors.New("down")}
		d.Connect(ctx)
		d.backend.Calls = nil
		d.UseServer(ctx, typed)
		d.now = d.now.Add(4 * time.Second)
		d.Tick(ctx)
		d.is(flow.ScreenConnect)
		if s := d.State(); !errors.Is(s.Err, handoff.ErrServer) || s.Wanted != typed || d.count("info") != 0 {
			t.Errorf("%q: %v, kept %q, calls %v", typed, s.Err, s.Wanted, d.backend.Calls)
		}
	}
}

// refusals are the ways in which another server is not reached.
func refusals() map[string]error {
	return map[string]error{
		"away":        &client.UnreachableError{Err: errors.New("down")},
		"not ours":    &client.UnreachableError{Err: client.ErrNotBackend},
		"unknown key": &client.KeyUnknownError{Presented: client.PinOf([]byte("other"))},
	}
}

func TestAServerThatIsNotReachedLeavesAllAsItWas(t *testing.T) {
	for name, err := range refusals() {
		t.Run(name, func(t *testing.T) {
			d := signedIn(t)
			d.Choose("mobile")
			d.backend.Fail["info"] = err
			d.UseServer(ctx, elsewhere)
			d.is(flow.ScreenConnect)
			if s := d.State(); s.Wanted != elsewhere || s.Err == nil || s.Offline {
				t.Errorf("wants %q, error %v, offline %v", s.Wanted, s.Err, s.Offline)
			}
			if d.State().Key != nil {
				d.TrustKey(ctx, false)
			} else {
				d.KeepServer()
			}
			d.is(flow.ScreenMobile)
			s := d.State()
			if s.Address != flow.Local || s.Account.Username != "demo" || s.Err != nil || s.Key != nil {
				t.Errorf("state %+v", s)
			}
			if d.memory.Address != flow.Local || d.memory.Pin != "" || d.memory.Token != "t" {
				t.Errorf("remembered %+v", d.memory)
			}
			// The old server still answers: nothing goes to the other one.
			d.GetCode(ctx, "en")
			if d.State().View == nil {
				t.Errorf("no case: %v", d.State().Err)
			}
		})
	}
}

func TestAnotherServerSignsOutHere(t *testing.T) {
	d := signedIn(t)
	d.UseServer(ctx, elsewhere)
	d.is(flow.ScreenSignIn)
	if s := d.State(); s.Address != elsewhere || s.Account.Username != "" || d.memory.Token != "" {
		t.Errorf("state %+v, token %q", s, d.memory.Token)
	}
	d.KeepServer()
	d.is(flow.ScreenSignIn)
}

func TestAChangedKeyIsAskedAboutAndKeptOutWithoutAYes(t *testing.T) {
	before, now := client.PinOf([]byte("before")), client.PinOf([]byte("now"))
	changed := &client.KeyChangedError{Pinned: before, Presented: now}
	for _, trust := range []bool{false, true} {
		d := start(t)
		d.memory.Address, d.memory.Pin, d.memory.Token = elsewhere, before, "kept"
		d.Flow = d.again()
		d.backend.Fail["info"] = changed
		d.Connect(ctx)
		if q := d.State().Key; q == nil || q.Address != elsewhere || q.Pinned != before || q.Presented != now {
			t.Fatalf("asked %+v", q)
		}
		d.TrustKey(ctx, trust)
		if trust {
			d.is(flow.ScreenHome)
			if d.memory.Pin != now || d.State().Fingerprint != now.Fingerprint() {
				t.Errorf("remembered %q, shows %q", d.memory.Pin, d.State().Fingerprint)
			}
			continue
		}
		d.is(flow.ScreenConnect)
		if d.memory.Pin != before || d.memory.Token != "kept" || d.count("account") != 0 || d.State().Err == nil {
			t.Errorf("remembered %+v, calls %v, error %v", d.memory, d.backend.Calls, d.State().Err)
		}
	}
}

func TestAKeyThatChangesWhileTheServerWasAwayIsAskedAbout(t *testing.T) {
	d := signedIn(t)
	d.backend.Fail["options"] = &client.UnreachableError{Err: errors.New("down")}
	d.VerifyNow(ctx)
	if !d.State().Offline {
		t.Fatalf("not offline: %v", d.State().Err)
	}
	d.backend.Fail["info"] = &client.KeyChangedError{Pinned: client.PinOf([]byte("a")), Presented: client.PinOf([]byte("b"))}
	d.now = d.now.Add(4 * time.Second)
	d.Tick(ctx)
	if q := d.State().Key; q == nil || q.Address != flow.Local {
		t.Errorf("asked %+v", q)
	}
}

func TestBackFromTheAddressGoesToWhereTheCaseIs(t *testing.T) {
	d := signedIn(t)
	d.Choose("mobile")
	d.Type(person)
	d.GetCode(ctx, "en")
	d.AskServer()
	d.told(d.backend.Stand("in_review", "mobile", ""))
	d.is(flow.ScreenConnect)
	d.KeepServer()
	d.is(flow.ScreenReview)
}
