package flow_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"realname.example/desktop/internal/flow"
	"realname.example/desktop/internal/flow/flowtest"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// desk is a flow over a scripted backend; nothing runs by itself.
type desk struct {
	*flow.Flow
	t       *testing.T
	backend *flowtest.Backend
	memory  *flowtest.Memory
	now     time.Time
}

var ctx = context.Background()

func start(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, backend: flowtest.New(), memory: &flowtest.Memory{}, now: flowtest.Start()}
	d.Flow = d.again()
	return d
}

// again is another start of the app with the same memory.
func (d *desk) again() *flow.Flow {
	return flow.New(flow.Config{
		Dial: d.backend.Dial, Settings: d.memory, Vault: d.memory, Now: func() time.Time { return d.now },
		Listen: d.backend.Listen, Browse: d.backend.Browse, Pause: d.backend.Pause,
	})
}

func signedIn(t *testing.T) *desk {
	t.Helper()
	d := start(t)
	d.Connect(ctx)
	d.SignIn(ctx, api.Credentials{Username: "demo", Password: "sandbox-demo"}, false)
	d.is(flow.ScreenHome)
	return d
}

func (d *desk) is(want flow.Screen) {
	d.t.Helper()
	if s := d.State(); flow.ScreenOf(s) != want {
		d.t.Errorf("the screen is %s, want %s (error %v)", flow.ScreenOf(s), want, s.Err)
	}
}

func (d *desk) count(call string) int {
	n := 0
	for _, c := range d.backend.Calls {
		if c == call {
			n++
		}
	}
	return n
}

// told has the watch tell views.
func (d *desk) told(views ...verification.View) {
	d.backend.Updates = nil
	for _, v := range views {
		d.backend.Updates = append(d.backend.Updates, client.Update[verification.View]{View: v, Online: true})
	}
	d.Follow(ctx, "v1")
}

var person = flow.Details{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"}

func TestTheSandboxFillsTheFormIn(t *testing.T) {
	d := start(t)
	d.Connect(ctx)
	d.is(flow.ScreenSignIn)
	if c := d.State().Credentials; c.Username != "demo" || c.Password != "sandbox-demo" {
		t.Errorf("filled in %+v", c)
	}
}

func TestACaseThatIsOpenIsResumedAfterARestart(t *testing.T) {
	for status, screen := range map[verification.Status]flow.Screen{
		verification.CodeRequired: flow.ScreenMobile, verification.Checking: flow.ScreenWait,
		verification.FaceRequired: flow.ScreenHandoff, verification.Confirming: flow.ScreenHandoff,
		verification.Capturing: flow.ScreenHandoff, verification.Judging: flow.ScreenHandoff, verification.InReview: flow.ScreenReview,
		verification.Verified: flow.ScreenHome, verification.Rejected: flow.ScreenHome,
		verification.Expired: flow.ScreenHome, verification.Cancelled: flow.ScreenHome,
	} {
		t.Run(string(status), func(t *testing.T) {
			d := start(t)
			d.memory.Token = "kept"
			d.backend.Stand(status, verification.Mobile, "")
			d.Connect(ctx)
			d.is(screen)
		})
	}
}

func TestASessionThatIsOverLeadsToSignIn(t *testing.T) {
	d := start(t)
	d.memory.Token = "old"
	d.backend.Fail["account"] = &problem.Problem{Code: problem.Unauthorized, Status: 401}
	d.Connect(ctx)
	d.is(flow.ScreenSignIn)
}

func TestAServerThatIsAwayIsTriedUntilItComes(t *testing.T) {
	d := start(t)
	d.backend.Fail["info"] = &client.UnreachableError{Err: errors.New("down")}
	d.Connect(ctx)
	d.is(flow.ScreenConnect)
	if !d.State().Offline {
		t.Error("not said to be offline")
	}
	d.now = d.now.Add(4 * time.Second)
	d.Tick(ctx)
	d.is(flow.ScreenSignIn)
	if s := d.State(); s.Offline || s.Err != nil {
		t.Errorf("still %v %v", s.Offline, s.Err)
	}
}

func TestANewKeyIsTrustedOnlyByThePerson(t *testing.T) {
	pin := client.PinOf([]byte("key"))
	d := start(t)
	d.backend.Fail["info"] = &client.KeyUnknownError{Presented: pin}
	d.Connect(ctx)
	if q := d.State().Key; q == nil || q.Presented != pin {
		t.Fatalf("asked %+v", q)
	}
	d.TrustKey(ctx, false)
	if d.memory.Pin != "" || d.State().Key != nil {
		t.Error("trusted without the person")
	}
	d.backend.Fail["info"] = &client.KeyUnknownError{Presented: pin}
	d.Connect(ctx)
	d.TrustKey(ctx, true)
	d.is(flow.ScreenSignIn)
	if d.memory.Pin != pin {
		t.Errorf("remembered %q", d.memory.Pin)
	}
}

func TestNobodyIsCheckedWithoutTheTextThatTheyAgreeTo(t *testing.T) {
	d := signedIn(t)
	d.Choose(verification.Mobile)
	d.Type(person)
	d.backend.Fail["consent"] = &client.UnreachableError{}
	d.GetCode(ctx, "zh")
	if d.count("begin") != 0 || d.State().Err == nil {
		t.Errorf("calls %v, %v", d.backend.Calls, d.State().Err)
	}
	d.GetCode(ctx, "zh")
	if d.count("begin") != 1 || d.backend.Stated.Consent.Language != "zh" {
		t.Errorf("calls %v", d.backend.Calls)
	}
}

func TestARefusalKeepsWhatWasTypedAndACorrectionBeginsAnew(t *testing.T) {
	d := signedIn(t)
	d.Choose(verification.Mobile)
	d.Type(person)
	d.GetCode(ctx, "en")
	if c := d.backend.Stated.Consent; c == nil || c.Version != "mobile-1" || c.Language != "en" {
		t.Errorf("consent %+v", c)
	}
	d.backend.Stand(verification.Rejected, verification.Mobile, verification.MobileMismatch)
	d.CheckCode(ctx, " 123456 ")
	d.is(flow.ScreenResult)
	d.Correct()
	d.is(flow.ScreenMobile)
	if d.State().Details != person {
		t.Errorf("kept %+v", d.State().Details)
	}
	d.GetCode(ctx, "en")
	if d.count("begin") != 2 || d.count("code") != 2 {
		t.Errorf("calls %v", d.backend.Calls)
	}
}

func TestAskingForAnotherCodeBeginsNoOtherCase(t *testing.T) {
	d := signedIn(t)
	d.Choose(verification.Mobile)
	d.Type(person)
	d.GetCode(ctx, "en")
	d.GetCode(ctx, "en")
	if d.count("begin") != 1 || d.count("code") != 2 {
		t.Errorf("calls %v", d.backend.Calls)
	}
}

func TestAConflictShowsTheCaseThatIsOpen(t *testing.T) {
	d := signedIn(t)
	d.backend.Stand(verification.InReview, verification.Mobile, "")
	d.backend.Fail["begin"] = &problem.Problem{Code: problem.Conflict, Status: 409, Instance: "/v1/verifications/v1"}
	d.Choose(verification.Mobile)
	d.Type(person)
	d.GetCode(ctx, "en")
	d.is(flow.ScreenReview)
	if s := d.State(); s.View == nil || s.View.Status != verification.InReview {
		t.Errorf("shows %+v", s.View)
	}
}

func TestTheCodeShowsByItselfOnlyTheFirstTime(t *testing.T) {
	for reason, shows := range map[verification.Reason]bool{
		"": true, verification.Risk: true, verification.NumberMismatch: false, verification.Declined: false,
		verification.TooSlow: false, verification.LivenessFailed: false, verification.FaceMismatch: false,
	} {
		d := signedIn(t)
		d.told(d.backend.Stand(verification.FaceRequired, verification.Face, reason))
		if got := d.State().Handoff != nil; got != shows {
			t.Errorf("%q: shown %v", reason, got)
		}
	}
}

// skews are how far a PC's clock may be off the server's.
var skews = []time.Duration{0, 90 * time.Second, -time.Hour, 8 * time.Hour, -8 * time.Hour}

func TestTheTicketRotatesForTenMinutesWhateverTheClock(t *testing.T) {
	for _, skew := range skews {
		d := signedIn(t)
		d.now = d.now.Add(skew)
		began := d.now
		d.told(d.backend.Stand(verification.FaceRequired, verification.Face, ""))
		for second := 1; second <= 54; second++ {
			d.now = d.now.Add(time.Second)
			d.Tick(ctx)
		}
		if n := d.count("handoff"); n != 1 {
			t.Errorf("clock %v off: %d tickets after 54 s", skew, n)
		}
		d.now = d.now.Add(time.Second)
		d.Tick(ctx)
		if n := d.count("handoff"); n != 2 {
			t.Errorf("clock %v off: %d tickets after 55 s", skew, n)
		}
		for d.State().Handoff != nil && d.count("handoff") < 30 {
			d.now = d.State().HandoffUntil().Add(-5 * time.Second)
			d.Tick(ctx)
		}
		if s := d.State(); s.Handoff != nil || !s.HandoffOver || d.now.Sub(began) > 11*time.Minute {
			t.Errorf("clock %v off: after %v: %+v", skew, d.now.Sub(began), s.Handoff)
		}
		d.ShowCode(ctx)
		if s := d.State(); s.Handoff == nil || s.HandoffOver {
			t.Errorf("clock %v off: no code after it was asked for", skew)
		}
	}
}

func TestAFaceCaseDrawsOneTicketAtItsStart(t *testing.T) {
	d := signedIn(t)
	d.Choose(verification.Face)
	d.Type(person)
	d.backend.During["handoff"] = func(context.Context) { d.told(d.backend.Case) } // the stream's first view
	d.BeginFace(ctx)
	if n := d.count("handoff"); n != 1 || d.State().Handoff == nil {
		t.Errorf("%d tickets, shows %v", n, d.State().Handoff)
	}
}

func TestWhatIsDueGivesWayToThePerson(t *testing.T) {
	d := signedIn(t)
	d.Choose(verification.Mobile)
	d.Type(person)
	d.GetCode(ctx, "en")
	checked := make(chan struct{})
	d.backend.During["sms"] = func(due context.Context) {
		go func() {
			defer close(checked)
			d.CheckCode(ctx, "123456")
		}()
		select {
		case <-due.Done():
		case <-checked: // it was dropped, or did not wait
		}
	}
	d.Tick(ctx)
	<-checked
	if d.backend.Code != "123456" {
		t.Error("the code was typed while the sandbox was asked for messages, and was not handed in")
	}
}

func TestAClaimTakesTheCodeAway(t *testing.T) {
	d := signedIn(t)
	d.told(d.backend.Stand(verification.FaceRequired, verification.Face, ""), d.backend.Stand(verification.Confirming, verification.Face, ""))
	if d.State().Handoff != nil {
		t.Error("the code is still shown")
	}
	d.AnotherPhone(ctx)
	if s := d.State(); !d.backend.Asked.Replace || s.Handoff == nil || s.View.Status != verification.FaceRequired {
		t.Errorf("asked %+v, shows %+v", d.backend.Asked, s.View)
	}
}

func TestAnOlderViewIsNotShown(t *testing.T) {
	d := signedIn(t)
	old := d.backend.Stand(verification.FaceRequired, verification.Face, verification.TooSlow)
	d.told(d.backend.Stand(verification.Judging, verification.Face, ""), old)
	if s := d.State(); s.View.Status != verification.Judging {
		t.Errorf("shows %s", s.View.Status)
	}
}

func TestALostConnectionIsSaidAndTakenBack(t *testing.T) {
	d := signedIn(t)
	v := d.backend.Stand(verification.Judging, verification.Face, "")
	var offline []bool
	d.backend.Updates = []client.Update[verification.View]{{View: v, Online: true}, {View: v}}
	d.Follow(ctx, "v1")
	offline = append(offline, d.State().Offline)
	d.told(v)
	offline = append(offline, d.State().Offline)
	if !slices.Equal(offline, []bool{true, false}) {
		t.Errorf("offline %v", offline)
	}
}

func TestAuthorizeNowEndsVerified(t *testing.T) {
	d := signedIn(t)
	d.backend.Choices.Affiliates = []api.Affiliate{{ID: "mall", Name: "Mall", Linked: true}}
	d.VerifyNow(ctx)
	if !d.State().AskAffiliate {
		t.Fatal("not offered")
	}
	d.Authorize(ctx, "mall")
	if s := d.State(); s.View == nil || s.View.Status != verification.Verified || s.AskAffiliate {
		t.Errorf("shows %+v", s.View)
	}
}

func TestManuallyLeadsToTheMethods(t *testing.T) {
	d := signedIn(t)
	d.backend.Choices.Affiliates = []api.Affiliate{{ID: "mall", Name: "Mall", Linked: true}}
	d.VerifyNow(ctx)
	d.Manually()
	d.is(flow.ScreenMethods)
	if d.State().AskAffiliate {
		t.Error("still offered")
	}
}

func TestTryingAPersonWithAnAccountSignsInToThat(t *testing.T) {
	d := signedIn(t)
	d.Try(ctx, d.backend.People[2])
	d.is(flow.ScreenSignIn)
	if s := d.State(); s.Credentials.Username != "zhoujie" || s.Details.Mobile != "13800000009" || d.memory.Token != "" {
		t.Errorf("filled %+v %+v", s.Credentials, s.Details)
	}
}

func TestTheSandboxsMessagesAreShownWhileACodeIsAwaited(t *testing.T) {
	d := signedIn(t)
	d.Choose(verification.Mobile)
	d.Type(person)
	d.GetCode(ctx, "en")
	d.backend.SMS = []api.SandboxSMS{{Code: "483920"}}
	d.Tick(ctx)
	if s := d.State(); len(s.SMS) != 1 || s.SMS[0].Code != "483920" {
		t.Errorf("shows %v", s.SMS)
	}
}

func TestErasingForgetsWhatWasTyped(t *testing.T) {
	d := signedIn(t)
	d.Type(person)
	d.Erase(ctx)
	if s := d.State(); s.Details != (flow.Details{}) || s.Account.Verification != nil || s.Records == nil {
		t.Errorf("state %+v", s)
	}
}

func TestSigningOutForgetsTheToken(t *testing.T) {
	d := signedIn(t)
	d.SignOut(ctx)
	d.is(flow.ScreenSignIn)
	if d.memory.Token != "" || d.count("signout") != 1 {
		t.Errorf("token %q, calls %v", d.memory.Token, d.backend.Calls)
	}
}

func TestCancellingAFinishedCaseIsNoError(t *testing.T) {
	d := signedIn(t)
	d.told(d.backend.Stand(verification.InReview, verification.Face, ""))
	d.backend.Fail["cancel"] = &problem.Problem{Code: problem.Conflict, Status: 409}
	d.Cancel(ctx, flow.PageHome)
	d.is(flow.ScreenHome)
	if d.State().Err != nil {
		t.Errorf("error %v", d.State().Err)
	}
}

func TestInputIsCheckedAsItIsTyped(t *testing.T) {
	now := flowtest.Start()
	for _, c := range []struct {
		what string
		got  flow.Check
		want flow.Check
	}{
		{"half a number", flow.CheckNumber(identity.CNID, "1101001990", now, false), flow.Check{}},
		{"half a number, finished", flow.CheckNumber(identity.CNID, "1101001990", now, true), flow.Check{Cause: "too_short"}},
		{"15 digits on the way", flow.CheckNumber(identity.CNID, "110100900307011", now, false), flow.Check{}},
		{"15 digits, finished", flow.CheckNumber(identity.CNID, "110100900307011", now, true), flow.Check{Cause: "old_form"}},
		{"wrong check character", flow.CheckNumber(identity.CNID, "110100199003070112", now, false), flow.Check{Cause: "check_character"}},
		{"under 14", flow.CheckNumber(identity.CNID, "110100201506010196", now, false), flow.Check{Cause: "underage"}},
		{"right number", flow.CheckNumber(identity.CNID, "11010019930615024x", now, false), flow.Check{}},
		{"a passport", flow.CheckNumber(identity.Passport, "C01X00T47", now, false), flow.Check{Hint: "hint.reviewed"}},
		{"another document's number on the way", flow.CheckNumber(identity.Passport, "110100199003070111", now, false), flow.Check{}},
		{"another document's number", flow.CheckNumber(identity.Passport, "110100199003070111", now, true), flow.Check{Cause: "other_type", Detail: "cn_id"}},
		{"half a mobile", flow.CheckMobile("138", false), flow.Check{}},
		{"virtual operator", flow.CheckMobile("17000000001", false), flow.Check{Hint: "hint.virtual"}},
		{"mobile", flow.CheckMobile("13800000001", false), flow.Check{Hint: "hint.new_sim"}},
		{"not mainland", flow.CheckMobile("12800000001", true), flow.Check{Cause: "not_mainland"}},
		{"doubled interpunct", flow.CheckName(identity.CNID, "买买提··艾力", false), flow.Check{Cause: "interpunct"}},
		{"one character", flow.CheckName(identity.CNID, "张", false), flow.Check{}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, c.got, c.want)
		}
	}
}
