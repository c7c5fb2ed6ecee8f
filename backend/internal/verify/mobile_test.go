package verify_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

func TestBeginRefusesWhatCannotBeAnIdentity(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(*verify.Request)
		field  identity.Field
		cause  identity.Cause
	}{
		"certificate": {func(r *verify.Request) { r.CertificateType = "passport" }, identity.FieldCertificateType, identity.CauseUnsupported},
		"its number": {func(r *verify.Request) {
			r.CertificateType, r.Name, r.Number = "foreigner_pr", "JOHN SMITH", "932682198501010017"
		}, identity.FieldCertificateType, identity.CauseUnsupported},
		"unknown": {func(r *verify.Request) {
			r.CertificateType, r.Name, r.Number = "driving_licence", "JOHN SMITH", "DL 1"
		}, identity.FieldCertificateType, identity.CauseUnsupported},
		"check":    {func(r *verify.Request) { r.Number = "110100199003070112" }, identity.FieldNumber, identity.CauseCheckCharacter},
		"old form": {func(r *verify.Request) { r.Number = "110100900307011" }, identity.FieldNumber, identity.CauseOldForm},
		"child":    {func(r *verify.Request) { r.Number = "110100201506010196" }, identity.FieldNumber, identity.CauseUnderage},
		"name":     {func(r *verify.Request) { r.Name = "买买提··艾力" }, identity.FieldName, identity.CauseInterpunct},
		"mobile":   {func(r *verify.Request) { r.Mobile = "+85291234567" }, identity.FieldMobile, identity.CauseNotMainland},
	} {
		r := zhang
		c.change(&r)
		_, err := w.Begin(t.Context(), caller("demo"), r)
		var input *verify.InputError
		if !errors.As(err, &input) || len(input.Fields) != 1 || input.Fields[0].Field != c.field || input.Fields[0].Cause != c.cause {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if v, err := w.Current(t.Context(), "demo"); v != nil || err != nil {
		t.Errorf("a refused request made a case: %v, %v", v, err)
	}
}

func TestMobileVerifiesWhereAllAgrees(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	w.want(v, verification.CodeRequired, "")
	if v.Identity.Name != "张*" || v.Identity.Number != "110***********0111" || v.AttemptsLeft != 5 {
		t.Errorf("view is %+v", v)
	}
	v, err := w.check("demo", v.ID, w.send("demo", v.ID))
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.Verified, "")
	if _, err := w.Begin(t.Context(), caller("demo"), zhang); !errors.Is(err, verify.ErrAlreadyVerified) {
		t.Errorf("a verified account began again: %v", err)
	}
	if now, err := w.Current(t.Context(), "demo"); err != nil || now == nil || now.ID != v.ID {
		t.Errorf("current is %v, %v", now, err)
	}
}

func TestCarrierMismatchRejectsAndTheNextCaseIsFree(t *testing.T) {
	for _, why := range []verification.Reason{
		verification.MobileMismatch, verification.NameMismatch, verification.IdentityNotFound, verification.NotYetKnown,
	} {
		w := newWorld(t)
		w.answer = verify.CarrierAnswer{Mismatch: why}
		v := w.begin("demo", zhang)
		v, err := w.check("demo", v.ID, w.send("demo", v.ID))
		if err != nil {
			t.Fatal(err)
		}
		w.want(v, verification.Rejected, why)
		if v.TriesLeft == nil || *v.TriesLeft != 9 {
			t.Errorf("tries left: %v, want 9", v.TriesLeft)
		}
		w.begin("demo", zhang)
	}
}

func TestOneIDVerifiesOneAccountAndErasingFreesIt(t *testing.T) {
	w := newWorld(t)
	first := w.begin("demo", zhang)
	if _, err := w.check("demo", first.ID, w.send("demo", first.ID)); err != nil {
		t.Fatal(err)
	}
	w.pass(2 * time.Minute)
	second := w.begin("other", zhang)
	second, err := w.check("other", second.ID, w.send("other", second.ID))
	if err != nil {
		t.Fatal(err)
	}
	w.want(second, verification.Rejected, verification.IdentityAlreadyBound)
	if err := w.Erase(t.Context(), caller("demo")); err != nil {
		t.Fatal(err)
	}
	w.pass(2 * time.Minute)
	third := w.begin("other", zhang)
	third, err = w.check("other", third.ID, w.send("other", third.ID))
	if err != nil {
		t.Fatal(err)
	}
	w.want(third, verification.Verified, "")
	if erased := w.look("demo", first.ID); erased.Identity.Name != "" {
		t.Errorf("erased case still shows %q", erased.Identity.Name)
	}
}

func TestCodeIsReadAsPeopleTypeIt(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	code := w.send("demo", v.ID)
	for range 6 {
		if _, err := w.check("demo", v.ID, " \n"); !errors.Is(err, verify.ErrRequest) {
			t.Fatalf("nothing typed: %v", err)
		}
	}
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	v, err := w.check("demo", v.ID, wide[:9]+" "+wide[9:])
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.Verified, "")
}

func TestAnotherCodeIsPromisedForWhenTheCapsLetItFollow(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.SMSHourly, c.SMSDaily = 2, 3 })
	first := w.clock()
	id := w.begin("demo", zhang).ID
	for i, want := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour} {
		w.send("demo", id)
		v := w.look("demo", id)
		if got := v.Code.ResendAt.Sub(first); got != want || v.Code.ResendIn != int64(v.Code.ResendAt.Sub(w.clock())/time.Second) {
			t.Errorf("code %d: another after %v, in %d s; want %v", i+1, got, v.Code.ResendIn, want)
		}
		if i == 2 {
			return
		}
		w.pass(v.Code.ResendAt.Sub(w.clock()) - time.Second)
		if w.look("demo", id).Status == verification.Expired {
			id = w.begin("demo", zhang).ID
		}
		_, err := w.SendCode(t.Context(), caller("demo"), id)
		w.refusedUntil(err, verify.BucketSMSNumber, v.Code.ResendAt)
		w.pass(time.Second)
	}
}

func TestNoCapRefusesTheCodeThatWasPromised(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*verify.Config)
		bucket verify.Bucket
	}{
		"the account's":         {func(c *verify.Config) { c.SMSAccount = 2 }, verify.BucketSMSAccount},
		"the address'":          {func(c *verify.Config) { c.SMSAddress = 2 }, verify.BucketSMSAddress},
		"that of all numbers":   {func(c *verify.Config) { c.SMSAll = 2 }, verify.BucketSMSAll},
		"the account's of one":  {func(c *verify.Config) { c.SMSAccount = 1 }, verify.BucketSMSAccount},
		"the address' of one":   {func(c *verify.Config) { c.SMSAddress = 1 }, verify.BucketSMSAddress},
		"one message in a day":  {func(c *verify.Config) { c.SMSAll = 1 }, verify.BucketSMSAll},
		"the account's, before": {func(c *verify.Config) { c.SMSAccount, c.SMSAddress = 1, 2 }, verify.BucketSMSAccount},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.change)
			id := w.begin("demo", zhang).ID
			for {
				w.send("demo", id)
				at := w.look("demo", id).Code.ResendAt
				if wait := at.Sub(w.clock()); wait <= time.Minute {
					w.pass(wait)
					continue
				}
				w.pass(time.Minute)
				_, err := w.SendCode(t.Context(), caller("demo"), id)
				w.refusedUntil(err, c.bucket, at)
				w.pass(at.Sub(w.clock()))
				w.send("demo", w.begin("demo", zhang).ID)
				return
			}
		})
	}
}

func TestFiveWrongCodesEndTheCaseAcrossResends(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	code := w.send("demo", v.ID)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	for left := 4; left > 0; left-- {
		_, err := w.check("demo", v.ID, wrong)
		var refused *verify.CodeWrongError
		if !errors.As(err, &refused) || refused.GuessesLeft != left {
			t.Fatalf("got %v, want %d guesses left", err, left)
		}
		if left == 2 {
			w.pass(time.Minute)
			w.send("demo", v.ID)
		}
	}
	v, err := w.check("demo", v.ID, wrong)
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.Rejected, verification.TooManyAttempts)
	if v.TriesLeft != nil {
		t.Errorf("%d tries left, of a rejection that no cap counts", *v.TriesLeft)
	}
	if w.calls != 0 {
		t.Error("the carrier was asked for a wrong code")
	}
}

func TestCodeEndsByTimeAndANewerOneVoidsIt(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	if _, err := w.check("demo", v.ID, "123456"); !errors.Is(err, verify.ErrCodeExpired) {
		t.Errorf("no code was sent: %v", err)
	}
	old := w.send("demo", v.ID)
	if _, err := w.SendCode(t.Context(), caller("demo"), v.ID); !errors.As(err, new(*verify.LimitError)) {
		t.Errorf("a second send within a minute: %v", err)
	}
	w.pass(5*time.Minute - time.Microsecond)
	w.pass(time.Microsecond)
	if _, err := w.check("demo", v.ID, old); !errors.Is(err, verify.ErrCodeExpired) {
		t.Errorf("five minutes later: %v", err)
	}
	fresh := w.send("demo", v.ID)
	if old != fresh {
		if _, err := w.check("demo", v.ID, old); !errors.As(err, new(*verify.CodeWrongError)) {
			t.Errorf("the code before: %v", err)
		}
	}
	if v, err := w.check("demo", v.ID, fresh); err != nil || v.Status != verification.Verified {
		t.Errorf("the new code: %v, %v", v.Status, err)
	}
}

func TestFailedSendKeepsTheCodeBefore(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	code := w.send("demo", v.ID)
	w.pass(time.Minute)
	w.sms = verify.ErrProviderUnavailable
	if _, err := w.SendCode(t.Context(), caller("demo"), v.ID); !errors.Is(err, verify.ErrProviderUnavailable) {
		t.Fatalf("got %v", err)
	}
	if v, err := w.check("demo", v.ID, code); err != nil || v.Status != verification.Verified {
		t.Errorf("the code before: %v, %v", v.Status, err)
	}
}

func TestProvenCodeRetriesTheCarrierWithoutAGuess(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	code := w.send("demo", v.ID)
	w.carrier = verify.ErrProviderUnavailable
	for range 7 {
		if _, err := w.check("demo", v.ID, code); !errors.Is(err, verify.ErrProviderUnavailable) {
			t.Fatalf("got %v", err)
		}
		w.pass(time.Minute)
	}
	if w.calls != 14 {
		t.Errorf("%d calls of the carrier, want two a check", w.calls)
	}
	now := w.look("demo", v.ID)
	w.want(now, verification.CodeRequired, "")
	if now.Code == nil || now.Code.GuessesLeft != 5 {
		t.Errorf("guesses were spent: %+v", now.Code)
	}
	w.carrier = nil
	if v, err := w.check("demo", v.ID, code); err != nil || v.Status != verification.Verified {
		t.Errorf("the carrier is back: %v, %v", v.Status, err)
	}
}

func TestProvenCodeEndsAfterTenMinutes(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	code := w.send("demo", v.ID)
	w.carrier = verify.ErrProviderUnavailable
	if _, err := w.check("demo", v.ID, code); !errors.Is(err, verify.ErrProviderUnavailable) {
		t.Fatal(err)
	}
	w.pass(10 * time.Minute)
	if _, err := w.check("demo", v.ID, code); !errors.Is(err, verify.ErrCodeExpired) {
		t.Errorf("got %v", err)
	}
}

func TestHundredRightCodesGiveOneSuccess(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	code := w.send("demo", v.ID)
	var (
		wg       sync.WaitGroup
		verified atomic.Int32
	)
	for range 100 {
		wg.Go(func() {
			got, err := w.check("demo", v.ID, code)
			switch {
			case err == nil && got.Status == verification.Verified:
				verified.Add(1)
			case err == nil:
				t.Errorf("a check answered %s", got.Status)
			default:
				w.conflicts(err)
			}
		})
	}
	wg.Wait()
	if verified.Load() != 1 || w.calls != 1 {
		t.Errorf("%d successes, %d calls of the carrier; want one of each", verified.Load(), w.calls)
	}
}

func TestCaseExpiresWithoutActivity(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	w.pass(20 * time.Minute)
	w.send("demo", v.ID)
	w.pass(30*time.Minute - time.Microsecond)
	w.want(w.look("demo", v.ID), verification.CodeRequired, "")
	w.pass(time.Microsecond)
	w.want(w.look("demo", v.ID), verification.Expired, "")
	w.begin("demo", zhang)
}

func TestSecondOpenCaseIsAConflictWithItsID(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	_, err := w.Begin(t.Context(), caller("demo"), zhang)
	var conflict *verify.ConflictError
	if !errors.As(err, &conflict) || conflict.ID != v.ID {
		t.Errorf("got %v", err)
	}
	if _, err := w.Cancel(t.Context(), caller("demo"), v.ID); err != nil {
		t.Fatal(err)
	}
	w.begin("demo", zhang)
}

func TestAnotherAccountSeesNothing(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	code := w.send("demo", v.ID)
	for name, err := range map[string]error{
		"view":   second(w.View(t.Context(), "other", v.ID)),
		"send":   second(w.SendCode(t.Context(), caller("other"), v.ID)),
		"check":  second(w.check("other", v.ID, code)),
		"cancel": second(w.Cancel(t.Context(), caller("other"), v.ID)),
		"review": second(w.AskReview(t.Context(), caller("other"), v.ID)),
	} {
		if !errors.Is(err, verify.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAffiliateVouchesAtOnce(t *testing.T) {
	w := newWorld(t)
	r := verify.Request{Method: verification.Affiliate, Affiliate: "mall"}
	w.want(w.begin("zhoujie", r), verification.Verified, "")
	w.want(w.begin("demo", r), verification.Rejected, verification.IdentityNotFound)
}

func TestAffiliateCannotBindABoundID(t *testing.T) {
	w := newWorld(t)
	taken := zhang
	taken.Name, taken.Number = "周杰", "110100199505200318"
	v := w.begin("demo", taken)
	if _, err := w.check("demo", v.ID, w.send("demo", v.ID)); err != nil {
		t.Fatal(err)
	}
	got := w.begin("zhoujie", verify.Request{Method: verification.Affiliate, Affiliate: "mall"})
	w.want(got, verification.Rejected, verification.IdentityAlreadyBound)
}

func TestRiskRulesDemandAFace(t *testing.T) {
	t.Run(string(verify.RiskAccountsPerID), func(t *testing.T) {
		w := newWorld(t, func(c *verify.Config) { c.Risk.AccountsPerID = 3 })
		for _, account := range []string{"a", "b"} {
			v := w.begin(account, zhang)
			if _, err := w.Cancel(t.Context(), caller(account), v.ID); err != nil {
				t.Fatal(err)
			}
		}
		v := w.begin("demo", zhang)
		v, err := w.check("demo", v.ID, w.send("demo", v.ID))
		if err != nil {
			t.Fatal(err)
		}
		w.want(v, verification.FaceRequired, verification.Risk)
	})
	t.Run(string(verify.RiskNewPlace), func(t *testing.T) {
		w := newWorld(t, func(c *verify.Config) { c.Risk.NewPlace = true })
		who := caller("demo")
		who.NewDevice, who.NewNetwork = true, true
		v, err := w.Begin(t.Context(), who, zhang)
		if err != nil {
			t.Fatal(err)
		}
		v, err = w.check("demo", v.ID, w.send("demo", v.ID))
		if err != nil {
			t.Fatal(err)
		}
		w.want(v, verification.FaceRequired, verification.Risk)
	})
	t.Run(string(verify.RiskFailures), func(t *testing.T) {
		w := newWorld(t, func(c *verify.Config) { c.Risk.Failures = 2 })
		w.answer.Mismatch = verification.NameMismatch
		for range 2 {
			v := w.begin("demo", zhang)
			if _, err := w.check("demo", v.ID, w.send("demo", v.ID)); err != nil {
				t.Fatal(err)
			}
			w.pass(time.Minute)
		}
		w.answer.Mismatch = ""
		v := w.begin("demo", zhang)
		v, err := w.check("demo", v.ID, w.send("demo", v.ID))
		if err != nil {
			t.Fatal(err)
		}
		w.want(v, verification.FaceRequired, verification.Risk)
	})
}

func TestDifferentIDsOfAnAccountAreCapped(t *testing.T) {
	w := newWorld(t, func(c *verify.Config) { c.IDsPerAccount = 3 })
	try := func(digits string) error {
		r := zhang
		r.Number = digits + string(identity.CheckCharacter(digits))
		v, err := w.Begin(t.Context(), caller("demo"), r)
		if err == nil {
			_, err = w.Cancel(t.Context(), caller("demo"), v.ID)
		}
		return err
	}
	for _, digits := range []string{"11010019900307001", "11010019900307002", "11010019900307003", "11010019900307001"} {
		if err := try(digits); err != nil {
			t.Fatal(err)
		}
	}
	if err := try("11010019900307004"); !errors.As(err, new(*verify.LimitError)) {
		t.Errorf("a fourth ID: %v", err)
	}
	w.pass(30*24*time.Hour + time.Second)
	if err := try("11010019900307004"); err != nil {
		t.Errorf("a month later: %v", err)
	}
}

// second returns the error of a call with two results.
func second[T any](_ T, err error) error { return err }
