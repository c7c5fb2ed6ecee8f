package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

func TestTicketRotatesWithGraceAndTheTypedCodeStays(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	first := w.ticket(id)
	w.pass(55 * time.Second)
	second := w.ticket(id)
	if first.Ticket == second.Ticket || first.TypedCode != second.TypedCode {
		t.Errorf("ticket %v, typed code %v; want another ticket and the same typed code",
			first.Ticket != second.Ticket, first.TypedCode == second.TypedCode)
	}
	if _, err := w.Ticket(t.Context(), first.Ticket); err != nil {
		t.Errorf("the ticket before, in its grace: %v", err)
	}
	w.pass(30 * time.Second)
	if _, err := w.claim(verify.ClaimRequest{Ticket: first.Ticket}); !errors.Is(err, verify.ErrTicketExpired) {
		t.Errorf("the ticket before, after its grace: %v", err)
	}
	third := w.ticket(id)
	fourth := w.ticket(id)
	if _, err := w.claim(verify.ClaimRequest{Ticket: second.Ticket}); !errors.Is(err, verify.ErrTicketExpired) {
		t.Errorf("a ticket that was rotated out twice, and never used: %v", err)
	}
	if _, err := w.claim(verify.ClaimRequest{Ticket: third.Ticket}); err != nil {
		t.Errorf("the ticket before the last: %v", err)
	}
	for name, r := range map[string]verify.ClaimRequest{
		"the same ticket": {Ticket: third.Ticket}, "the other ticket": {Ticket: fourth.Ticket}, "the typed code": {TypedCode: fourth.TypedCode},
	} {
		if _, err := w.claim(r); !errors.Is(err, verify.ErrTicketUsed) {
			t.Errorf("%s after the claim: %v", name, err)
		}
	}
}

func TestTicketOfACancelledCaseHasEnded(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	h := w.ticket(id)
	if _, err := w.Cancel(t.Context(), caller("demo"), id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.claim(verify.ClaimRequest{Ticket: h.Ticket}); !errors.Is(err, verify.ErrTicketExpired) {
		t.Errorf("nobody used it: %v", err)
	}
}

func TestTypedCodeClaimsInAnyCaseAndEndsByTime(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	typed := w.ticket(id).TypedCode
	w.pass(5 * time.Minute)
	if _, err := w.claim(verify.ClaimRequest{TypedCode: typed}); !errors.Is(err, verify.ErrTicketExpired) {
		t.Errorf("five minutes later: %v", err)
	}
	typed = w.ticket(id).TypedCode
	if _, err := w.claim(verify.ClaimRequest{TypedCode: " " + typed[:4] + "-" + typed[4:]}); err != nil {
		t.Errorf("as people type it: %v", err)
	}
}

func TestTypedCodesCannotBeSearchedFromOneAddress(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.ClaimsPerHour = 3 })
	w.atRisk()
	for range 3 {
		if _, err := w.claim(verify.ClaimRequest{TypedCode: "AAAAAAAA", Address: "192.0.2.9"}); !errors.Is(err, verify.ErrTicketExpired) {
			t.Fatal(err)
		}
	}
	if _, err := w.claim(verify.ClaimRequest{TypedCode: "AAAAAAAA", Address: "192.0.2.9"}); !errors.As(err, new(*verify.LimitError)) {
		t.Errorf("a fourth: %v", err)
	}
}

func TestHundredClaimsOneWins(t *testing.T) {
	w := newWorld(t)
	ticket := w.ticket(w.atRisk()).Ticket
	var (
		wg  sync.WaitGroup
		won atomic.Int32
	)
	for range 100 {
		wg.Go(func() {
			switch _, err := w.claim(verify.ClaimRequest{Ticket: ticket}); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, verify.ErrTicketUsed):
				t.Errorf("a loser got %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d claims won", won.Load())
	}
}

func TestOpeningTheTicketClaimsNothing(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	ticket := w.ticket(id).Ticket
	got, err := w.Ticket(t.Context(), ticket)
	if err != nil || got.Name != "张*" || got.PC != "Office PC" {
		t.Errorf("got %+v, %v", got, err)
	}
	w.want(w.look("demo", id), verification.FaceRequired, verification.Risk)
}

func TestRelayedTicketWithAnotherAccountsBearerIsForbiddenAndAudited(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	ticket := w.ticket(id).Ticket
	if _, err := w.claim(verify.ClaimRequest{Ticket: ticket, AccountID: "victim"}); !errors.Is(err, verify.ErrForbidden) {
		t.Fatalf("got %v", err)
	}
	w.want(w.look("demo", id), verification.FaceRequired, verification.Risk)
	ledger, err := w.Ledger(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(ledger.Entries, func(e verify.AccountEntry) bool { return e.Event == verify.EventClaimForbidden }) {
		t.Error("the attempt is not in the audit trail")
	}
}

func TestNumberStandsOnThePCAlone(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	token := w.claimed(id)
	onPC := w.look("demo", id).Handoff
	if onPC == nil || len(onPC.Number) != 2 || onPC.Device != "Phone" || !onPC.Online {
		t.Fatalf("the PC sees %+v", onPC)
	}
	phone, err := w.Phone(t.Context(), token)
	if err != nil || phone.Handoff.Number != "" {
		t.Errorf("the phone sees %+v, %v", phone.Handoff, err)
	}
	if _, err := w.Confirm(t.Context(), token, onPC.Number); err != nil {
		t.Fatal(err)
	}
	if h := w.look("demo", id).Handoff; h.Number != "" || h.Step != verification.StepConsent {
		t.Errorf("after the right number the PC sees %+v", h)
	}
}

func TestWrongNumberEndsTheHandoffAndTheSecondGoesToReview(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	for _, want := range []verification.Status{verification.FaceRequired, verification.InReview} {
		token := w.claimed(id)
		v, err := w.Confirm(t.Context(), token, "09") // numbers begin at 10
		if err != nil {
			t.Fatal(err)
		}
		w.want(v.View, want, verification.NumberMismatch)
		if _, err := w.Phone(t.Context(), token); !errors.Is(err, verify.ErrUnauthorized) {
			t.Errorf("the phone still reads: %v", err)
		}
	}
}

func TestDeclineGoesBackAndTheSecondToReview(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	for _, want := range []verification.Status{verification.FaceRequired, verification.InReview} {
		v, err := w.Decline(t.Context(), w.claimed(id))
		if err != nil {
			t.Fatal(err)
		}
		w.want(v.View, want, verification.Declined)
	}
}

func TestConsentNeedsTheNumberAndEvidenceNeedsConsent(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	token := w.claimed(id)
	_, err := w.Consent(t.Context(), token, verify.Consent{Version: "face-9"})
	w.conflicts(err)
	if _, err := w.Challenge(t.Context(), token, 30, false); !errors.Is(err, verify.ErrConsentRequired) {
		t.Errorf("a challenge before consent: %v", err)
	}
	if _, err := w.Evidence(t.Context(), token, nil, nil, w.filmed(nil)); !errors.Is(err, verify.ErrConsentRequired) {
		t.Errorf("evidence before consent: %v", err)
	}
	if _, err := w.Confirm(t.Context(), token, w.look("demo", id).Handoff.Number); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Consent(t.Context(), token, verify.Consent{}); !errors.Is(err, verify.ErrRequest) {
		t.Errorf("no sentence: %v", err)
	}
	var request *verify.RequestError
	if err := w.Progress(t.Context(), token, verification.StepAction, "fly", 0); !errors.As(err, &request) || request.Field != "action" {
		t.Errorf("an unknown action: %v", err)
	}
	if _, err := w.Challenge(t.Context(), token, 0, false); !errors.As(err, &request) || request.Field != "frames_per_second" {
		t.Errorf("no camera's rate: %v", err)
	}
	if _, err := w.Consent(t.Context(), token, verify.Consent{Version: "face-8"}); !errors.Is(err, verify.ErrConsentUnknown) {
		t.Errorf("an older sentence: %v", err)
	}
	w.want(w.look("demo", id), verification.Confirming, "")
}

func TestWithoutPortraitTheCameraStaysClosedOnTheMobilePath(t *testing.T) {
	w := newWorld(t)
	w.mismatch = verification.PortraitMissing
	id := w.atRisk()
	token := w.claimed(id)
	if _, err := w.Confirm(t.Context(), token, w.look("demo", id).Handoff.Number); err != nil {
		t.Fatal(err)
	}
	v, err := w.Consent(t.Context(), token, verify.Consent{Version: "face-9"})
	if err != nil {
		t.Fatal(err)
	}
	w.want(v.View, verification.InReview, verification.PortraitMissing)
	if v.Handoff == nil || v.Handoff.Step != verification.StepNone {
		t.Errorf("in review the phone is at %+v", v.Handoff)
	}
	w.watches(token, id)
}

// watches fails the test unless the phone reads a case in review, can scan
// nothing more, and sees the operator's decision.
func (w *world) watches(token string, id verification.ID) {
	w.Helper()
	v, err := w.Phone(w.Context(), token)
	if err != nil {
		w.Fatalf("the phone may watch a review: %v", err)
	}
	w.want(v.View, verification.InReview, w.look("demo", id).Reason)
	_, err = w.Challenge(w.Context(), token, 30, false)
	w.conflicts(err)
	if _, err := w.Decide(w.Context(), "operator", id, true, "came to the counter with the card"); err != nil {
		w.Fatal(err)
	}
	if v, err = w.Phone(w.Context(), token); err != nil {
		w.Fatalf("the phone may see the end: %v", err)
	}
	w.want(v.View, verification.Verified, verification.Reviewed)
}

func TestPhoneWatchesAReviewThatThePCAskedFor(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	if _, err := w.AskReview(t.Context(), caller("demo"), id); err != nil {
		t.Fatal(err)
	}
	w.watches(token, id)
}

func TestConsentIsRecordedWithItsLanguage(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	token := w.claimed(id)
	if _, err := w.Confirm(t.Context(), token, w.look("demo", id).Handoff.Number); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Consent(t.Context(), token, verify.Consent{Version: "face-9", Language: "zh"}); err != nil {
		t.Fatal(err)
	}
	ledger, err := w.Ledger(t.Context(), "demo")
	if err != nil || len(ledger.Cases) != 1 || ledger.Cases[0].Phone.ConsentVersion != "face-9" || ledger.Cases[0].Phone.ConsentLanguage != "zh" {
		t.Errorf("recorded %+v, %v", ledger.Cases, err)
	}
	w.agreed(verify.PurposeFace, "face-9 zh")
}

// agreed fails the test unless the account's last consent to a purpose is
// audited so.
func (w *world) agreed(purpose verify.Purpose, detail string) {
	w.Helper()
	last := ""
	for _, e := range w.entries() {
		if e.Event == verify.EventConsented && e.Party == string(purpose) {
			last = e.Detail
		}
	}
	if last != detail {
		w.Errorf("consent to %s is audited as %q, want %q", purpose, last, detail)
	}
}

// entries are the audit entries of the account demo.
func (w *world) entries() []verify.AccountEntry {
	w.Helper()
	entries, err := w.store.Entries(w.Context(), "demo")
	if err != nil {
		w.Fatal(err)
	}
	return entries
}

func TestTheCarrierIsAskedWithConsentThatIsRecorded(t *testing.T) {
	for name, test := range map[string]struct {
		consent *verify.Consent
		err     error
		detail  string
	}{
		"a client that does not say": {nil, nil, "implied"},
		"the present text":           {&verify.Consent{Version: "mobile-9", Language: "en"}, nil, "mobile-9 en"},
		"another text":               {&verify.Consent{Version: "face-9"}, verify.ErrConsentUnknown, ""},
		"no text":                    {&verify.Consent{}, verify.ErrConsentUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := zhang
			r.Consent = test.consent
			if _, err := w.Begin(t.Context(), caller("demo"), r); !errors.Is(err, test.err) {
				t.Errorf("%v, want %v", err, test.err)
			}
			w.agreed(verify.PurposeMobile, test.detail)
		})
	}
}

func TestByFaceNothingIsToldBeforeLiveEvidence(t *testing.T) {
	for _, c := range []struct {
		mismatch verification.Reason
		judged   verification.Reason
		status   verification.Status
		reason   verification.Reason
	}{
		{verification.PortraitMissing, "", verification.InReview, verification.PortraitMissing},
		{verification.IdentityNotFound, "", verification.Rejected, verification.IdentityNotFound},
		{verification.NameMismatch, "", verification.Rejected, verification.NameMismatch},
		{verification.NameMismatch, verification.LivenessFailed, verification.FaceRequired, verification.LivenessFailed},
	} {
		w := newWorld(t)
		w.mismatch, w.judged.Failed = c.mismatch, c.judged
		v := w.begin("demo", byFace(zhang))
		w.want(v, verification.FaceRequired, "")
		token := w.consented(v.ID)
		w.want(w.look("demo", v.ID), verification.Capturing, "")
		w.judge(token)
		w.want(w.look("demo", v.ID), c.status, c.reason)
	}
}

func TestStatusesOfThePhoneEndByTime(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	token := w.claimed(id)
	w.pass(2 * time.Minute)
	w.want(w.look("demo", id), verification.FaceRequired, verification.TooSlow)
	if _, err := w.Phone(t.Context(), token); !errors.Is(err, verify.ErrUnauthorized) {
		t.Errorf("a slow phone still reads: %v", err)
	}
	token = w.consented(id)
	w.pass(5*time.Minute - time.Microsecond)
	w.want(w.look("demo", id), verification.Capturing, "")
	w.pass(time.Microsecond)
	if _, err := w.Challenge(t.Context(), token, 30, false); !errors.Is(err, verify.ErrUnauthorized) {
		t.Errorf("a slow phone asks: %v", err)
	}
	w.want(w.look("demo", id), verification.FaceRequired, verification.TooSlow)
}

func TestAnotherPhoneRevokesTheFirst(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	_, err := w.Handoff(t.Context(), caller("demo"), id, false)
	w.conflicts(err)
	h, err := w.Handoff(t.Context(), caller("demo"), id, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Phone(t.Context(), token); !errors.Is(err, verify.ErrUnauthorized) {
		t.Errorf("the first phone still reads: %v", err)
	}
	if _, err := w.claim(verify.ClaimRequest{Ticket: h.Ticket}); err != nil {
		t.Errorf("the other phone: %v", err)
	}
}

func TestPasswordChangeEndsTheHandoff(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	if err := w.EndHandoffs(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	w.want(w.look("demo", id), verification.FaceRequired, "")
	if _, err := w.Phone(t.Context(), token); !errors.Is(err, verify.ErrUnauthorized) {
		t.Errorf("the phone still reads: %v", err)
	}
}

func TestPhoneGoesOfflineAndComesBack(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	token := w.claimed(id)
	w.pass(26 * time.Second)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h := w.look("demo", id).Handoff; h == nil || h.Online {
		t.Fatalf("a silent phone is %+v", h)
	}
	if _, err := w.Phone(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if h := w.look("demo", id).Handoff; !h.Online {
		t.Error("a phone that calls is offline")
	}
}

func TestReviewIsFirstClass(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	v, err := w.AskReview(t.Context(), caller("demo"), id)
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.InReview, verification.Risk)
	items, err := w.Reviews(t.Context(), "", 0)
	if err != nil || len(items) != 1 || items[0].Identity.Name.Reveal() != "张伟" || items[0].Asked != verification.Risk {
		t.Fatalf("got %d items, %v", len(items), err)
	}
	if _, err := w.Decide(t.Context(), "operator", id, true, " "); !errors.Is(err, verify.ErrRequest) {
		t.Errorf("a decision without a reason: %v", err)
	}
	v, err = w.Decide(t.Context(), "operator", id, true, "came to the counter with the card")
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.Verified, verification.Reviewed)
	_, err = w.Decide(t.Context(), "operator", id, false, "again")
	w.conflicts(err)
}

func TestReviewCannotBindABoundID(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	if _, err := w.AskReview(t.Context(), caller("demo"), id); err != nil {
		t.Fatal(err)
	}
	w.answer.HolderChanged = false
	w.pass(time.Minute)
	v := w.begin("other", zhang)
	if _, err := w.check("other", v.ID, w.send("other", v.ID)); err != nil {
		t.Fatal(err)
	}
	got, err := w.Decide(t.Context(), "operator", id, true, "looks right")
	if err != nil {
		t.Fatal(err)
	}
	w.want(got, verification.Rejected, verification.IdentityAlreadyBound)
}

func TestPhoneThatServedSeveralIDsGoesToReview(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.Risk.IDsPerPhone = 2 })
	other := byFace(zhang)
	other.Name, other.Number = "吴敏", "110100198704120332"
	v := w.begin("demo", other)
	w.judge(w.consented(v.ID))
	w.want(w.look("demo", v.ID), verification.Verified, "")
	if err := w.Erase(t.Context(), caller("demo")); err != nil {
		t.Fatal(err)
	}
	v = w.begin("demo", byFace(zhang))
	w.judge(w.consented(v.ID))
	w.want(w.look("demo", v.ID), verification.InReview, verification.Risk)
}

func TestClaimNeedsADeviceKey(t *testing.T) {
	w := newWorld(t)
	ticket := w.ticket(w.atRisk()).Ticket
	for name, r := range map[string]verify.ClaimRequest{
		"short key": {Ticket: ticket, PublicKey: bytes.Repeat([]byte{1}, ed25519.PublicKeySize-1)},
		"neither":   {},
		"both":      {Ticket: ticket, TypedCode: "KFRM7TQX"},
	} {
		if _, err := w.claim(r); !errors.Is(err, verify.ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for in, want := range map[string]string{
		"  Anna's\nphone\x00\u202e ": "Anna'sphone", string(bytes.Repeat([]byte("x"), 90)): string(bytes.Repeat([]byte("x"), 40)),
	} {
		if got := verify.DeviceName(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// TestErasureOfAnOpenReviewLeavesNothingToApprove is threat 27.
func TestErasureOfAnOpenReviewLeavesNothingToApprove(t *testing.T) {
	w := newWorld(t)
	id := w.begin("demo", byFace(zhang)).ID
	if _, err := w.AskReview(t.Context(), caller("demo"), id); err != nil {
		t.Fatal(err)
	}
	if err := w.Erase(t.Context(), caller("demo")); err != nil {
		t.Fatal(err)
	}
	w.want(w.look("demo", id), verification.Cancelled, "")
	_, err := w.Decide(t.Context(), "op", id, true, "looks right")
	w.conflicts(err)
	if _, err := w.store.Bound(t.Context(), "demo"); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("bound: %v", err)
	}
}

func TestHandoffsOfACaseAreCapped(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.HandoffsPerHour = 4 })
	id := w.begin("demo", byFace(zhang)).ID
	for range 5 { // an hour each
		for range 4 {
			w.ticket(id)
		}
		_, err := w.Handoff(t.Context(), caller("demo"), id, true)
		var limit *verify.LimitError
		if !errors.As(err, &limit) || limit.Bucket != verify.BucketHandoff {
			t.Fatalf("one more: %v", err)
		}
		for range 3 {
			w.pass(20 * time.Minute)
			w.keepOpen(id)
		}
	}
	if _, err := w.Handoff(t.Context(), caller("demo"), id, false); !errors.As(err, new(*verify.LimitError)) {
		t.Errorf("more than a day has: %v", err)
	}
}

// keepOpen moves the end of a case, as a person's acts do.
func (w *world) keepOpen(id verification.ID) {
	w.Helper()
	_, err := w.store.Update(w.Context(), id, func(c *verify.Case) (verify.Effects, error) {
		c.EndsAt = w.clock().Add(30 * time.Minute)
		return verify.Effects{}, nil
	})
	if err != nil {
		w.Fatal(err)
	}
}
