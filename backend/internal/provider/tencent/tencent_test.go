package tencent_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/provider/tencent"
	"realname.example/backend/internal/provider/tencent/tencenttest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// now is 22:30 in Beijing; the day there ends at 16:00 UTC.
var now = time.Date(2026, 11, 25, 14, 30, 0, 0, time.UTC)

func serve(t *testing.T) *providertest.Cloud {
	cloud := tencenttest.New(t)
	cloud.Now = func() time.Time { return now }
	return cloud
}

func client(cloud *providertest.Cloud, change ...func(*tencent.Config)) *tencent.Client {
	cfg := tencent.Config{
		KeyID: tencenttest.KeyID, KeySecret: identity.NewPII(tencenttest.KeySecret), Region: "ap-guangzhou",
		Endpoint: cloud.URL, SMSApp: tencenttest.SMSApp, SMSSign: tencenttest.SMSSign, SMSTemplate: tencenttest.Template,
		Now: func() time.Time { return now },
	}
	for _, c := range change {
		c(&cfg)
	}
	return tencent.New(cfg)
}

func TestACodeForANewPasswordHasATemplateOfItsOwn(t *testing.T) {
	cloud := serve(t)
	c := client(cloud, func(cfg *tencent.Config) { cfg.SMSTemplate, cfg.SMSResetTemplate = "another", tencenttest.Template })
	message := verify.Message{Mobile: "13800000001", Code: "123456", Reset: true}
	if _, err := c.Send(t.Context(), message); err != nil {
		t.Errorf("by its own template: %v", err)
	}
	message.Reset = false
	if _, err := c.Send(t.Context(), message); !errors.Is(err, verify.ErrProviderUnavailable) {
		t.Errorf("a verification's code by the other: %v", err)
	}
	message.Reset = true
	if _, err := client(cloud).Send(t.Context(), message); err != nil {
		t.Errorf("without a template of its own: %v", err)
	}
}

func TestConforms(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	providertest.RunCarrier(t, providertest.Carrier{Carrier: c})
	providertest.RunSMS(t, providertest.SMS{SMS: c, Inbox: cloud.Inbox})
	if refused := cloud.Refused(); len(refused) > 0 {
		t.Errorf("signatures were refused: %v", refused)
	}
}

func TestBadAnswersDecideNothing(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: "PhoneVerification", Good: tencenttest.Result("0", ""), Code: "0",
		Do: func(ctx context.Context) error { _, err := c.Check(ctx, providertest.Agreeing); return err },
	})
	cloud.Say("PhoneVerification", http.StatusOK, tencenttest.Result("-9", ""))
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: "IdCardVerification", Good: tencenttest.Result("0", ""), Code: "0",
		Do: func(ctx context.Context) error { _, err := c.Check(ctx, providertest.Agreeing); return err },
	})
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: "SendSms", Good: tencenttest.Status("Ok"), Code: "Ok",
		Do: func(ctx context.Context) error {
			_, err := c.Send(ctx, verify.Message{Mobile: providertest.Agreeing.Mobile.Reveal(), Code: "123456"})
			return err
		},
	})
}

// tomorrow is a limit until the next day in Beijing.
var tomorrow = &verify.LimitError{Bucket: verify.BucketFailsID, RetryAt: time.Date(2026, 11, 25, 16, 0, 0, 0, time.UTC)}

func TestEveryResultOfPhoneVerification(t *testing.T) {
	cloud := serve(t)
	providertest.RunOutcomes(t, cloud, "PhoneVerification", client(cloud), []providertest.Outcome{
		{Body: tencenttest.Result("0", "")},
		{Body: tencenttest.Result("0", "OnlyMismatchesAreDetailed")},
		{Body: tencenttest.Result("-4", ""), Mismatch: verification.MobileMismatch},
		{Body: tencenttest.Result("-4", "PhoneIdCardMismatch"), Mismatch: verification.MobileMismatch},
		{Body: tencenttest.Result("-4", "PhoneNameMismatch"), Mismatch: verification.NameMismatch},
		{Body: tencenttest.Result("-4", "PhoneNameIdCardMismatch"), Mismatch: verification.MobileMismatch},
		{Body: tencenttest.Result("-4", "NameIdCardMismatch"), Mismatch: verification.IdentityNotFound},
		{Body: tencenttest.Result("-4", "OtherMismatch"), Mismatch: verification.MobileMismatch},
		{Body: tencenttest.Result("-6", ""), Err: providertest.Unsupported(identity.FieldMobile)},
		{Body: tencenttest.Result("-7", ""), Err: providertest.Unsupported(identity.FieldNumber)},
		{Body: tencenttest.Result("-8", ""), Err: providertest.Unsupported(identity.FieldName)},
		{Body: tencenttest.Result("-11", ""), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Result("-12", ""), Err: tomorrow},
		{Body: tencenttest.Result("-13", ""), Err: providertest.Unsupported(identity.FieldMobile)},
		{Body: tencenttest.Result("-4", "NewMismatch"), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Result("-5", ""), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Result("1", ""), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Result("", ""), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Result(" 0", ""), Err: verify.ErrProviderUnavailable},
	})
}

func TestEveryResultOfIdCardVerification(t *testing.T) {
	cloud := serve(t)
	cloud.Say("PhoneVerification", http.StatusOK, tencenttest.Result("-9", ""))
	providertest.RunOutcomes(t, cloud, "IdCardVerification", client(cloud), []providertest.Outcome{
		{Body: tencenttest.Result("0", ""), Mismatch: verification.NotYetKnown},
		{Body: tencenttest.Result("-1", ""), Mismatch: verification.IdentityNotFound},
		{Body: tencenttest.Result("-2", ""), Err: providertest.Unsupported(identity.FieldNumber)},
		{Body: tencenttest.Result("-3", ""), Err: providertest.Unsupported(identity.FieldName)},
		{Body: tencenttest.Result("-4", ""), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Result("-5", ""), Mismatch: verification.IdentityNotFound},
		{Body: tencenttest.Result("-6", ""), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Result("-7", ""), Err: tomorrow},
		{Body: tencenttest.Result("-9", ""), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Result("", ""), Err: verify.ErrProviderUnavailable},
	})
}

func TestPersonIsAskedAboutOnlyWhereTheNumberHasNoRecord(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	for _, who := range []verify.Identity{providertest.Agreeing, providertest.OtherHolder, providertest.OtherName} {
		if _, err := c.Check(t.Context(), who); err != nil {
			t.Fatal(err)
		}
	}
	if n := cloud.Asked("IdCardVerification"); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

func TestEveryStatusOfSendSms(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	for code, until := range map[string]time.Time{
		"LimitExceeded.PhoneNumberThirtySecondLimit":     now.Add(30 * time.Second),
		"LimitExceeded.PhoneNumberOneHourLimit":          now.Add(time.Hour),
		"LimitExceeded.PhoneNumberDailyLimit":            tomorrow.RetryAt,
		"LimitExceeded.PhoneNumberSameContentDailyLimit": tomorrow.RetryAt,
	} {
		cloud.Say("SendSms", http.StatusOK, tencenttest.Status(code))
		var limit *verify.LimitError
		if _, err := c.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.As(err, &limit) ||
			limit.Bucket != verify.BucketSMSNumber || !limit.RetryAt.Equal(until) {
			t.Errorf("%s: got %v, %+v", code, err, limit)
		}
	}
	for code, cause := range map[string]identity.Cause{
		"FailedOperation.PhoneNumberInBlacklist": identity.CauseBlocked, "InvalidParameterValue.IncorrectPhoneNumber": identity.CauseUnsupported,
		"UnsupportedOperation.UnsupportedRegion": identity.CauseUnsupported,
	} {
		cloud.Say("SendSms", http.StatusOK, tencenttest.Status(code))
		_, err := c.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"})
		if want := providertest.Refused(cause); !reflect.DeepEqual(err, want) || !verify.Refused(err) {
			t.Errorf("%s: got %v, want %v", code, err, want)
		}
	}
	two := strings.Replace(tencenttest.Status("Ok"), `"SendStatusSet":[`, `"SendStatusSet":[{"Code":"Ok"},`, 1)
	for name, body := range map[string]string{
		"no status": `{"Response":{"SendStatusSet":[],"RequestId":"r-1"}}`, "two": two,
		"another code": tencenttest.Status("FailedOperation.InsufficientBalanceInSmsPackage"),
		"lower case":   tencenttest.Status("ok"), "no code": tencenttest.Status(""),
		"another account": tencenttest.Status("UnauthorizedOperation.SmsSdkAppIdVerifyFail"), "no balance": tencenttest.Status("UnauthorizedOperation.ServiceSuspendDueToArrears"),
		"whole request": tencenttest.Refusal("LimitExceeded.DeliveryFrequencyLimit"),
	} {
		cloud.Say("SendSms", http.StatusOK, body)
		if _, err := c.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.Is(err, verify.ErrProviderUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRefusedRequestsNameTheirCodeAndNoVerdict(t *testing.T) {
	cloud := serve(t)
	wrongKey := client(cloud, func(c *tencent.Config) { c.KeySecret = identity.NewPII("another") })
	wrongID := client(cloud, func(c *tencent.Config) { c.KeyID = "another" })
	for _, c := range []*tencent.Client{wrongKey, wrongID} {
		_, err := c.Check(t.Context(), providertest.Agreeing)
		if !errors.Is(err, verify.ErrProviderUnavailable) || !strings.Contains(err.Error(), "AuthFailure.SignatureFailure") {
			t.Errorf("got %v", err)
		}
	}
	if n := len(cloud.Refused()); n != 2 {
		t.Errorf("%d refused, want 2", n)
	}
	for _, code := range []string{"RequestLimitExceeded", "InternalError", "UnauthorizedOperation.Nonactivated", "FailedOperation.UnKnown"} {
		cloud.Say("PhoneVerification", http.StatusOK, tencenttest.Refusal(code))
		answer, err := client(cloud).Check(t.Context(), providertest.Agreeing)
		if !errors.Is(err, verify.ErrProviderUnavailable) || !strings.Contains(err.Error(), code) || answer != (verify.CarrierAnswer{}) {
			t.Errorf("%s: got %+v, %v", code, answer, err)
		}
	}
}
