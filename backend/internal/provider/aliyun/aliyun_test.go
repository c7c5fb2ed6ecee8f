package aliyun_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/provider/aliyun"
	"realname.example/backend/internal/provider/aliyun/aliyuntest"
	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

var now = time.Date(2026, 11, 25, 14, 30, 0, 0, time.UTC)

func serve(t *testing.T) *providertest.Cloud {
	cloud := aliyuntest.New(t)
	cloud.Now = func() time.Time { return now }
	return cloud
}

func client(cloud *providertest.Cloud, change ...func(*aliyun.Config)) *aliyun.Client {
	cfg := aliyun.Config{
		KeyID: aliyuntest.KeyID, KeySecret: identity.NewPII(aliyuntest.KeySecret), Endpoint: cloud.URL,
		SMSSign: aliyuntest.SMSSign, SMSTemplate: aliyuntest.Template,
		Now: func() time.Time { return now }, Random: rand.Reader,
	}
	for _, c := range change {
		c(&cfg)
	}
	return aliyun.New(cfg)
}

func TestACodeForANewPasswordHasATemplateOfItsOwn(t *testing.T) {
	cloud := serve(t)
	c := client(cloud, func(cfg *aliyun.Config) { cfg.SMSTemplate, cfg.SMSResetTemplate = "another", aliyuntest.Template })
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
	check := func(ctx context.Context) error { _, err := c.Check(ctx, providertest.Agreeing); return err }
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: "Mobile3MetaDetailVerify", Good: aliyuntest.Result("200", "1", "101"), Code: "101", Do: check,
	})
	cloud.Say("Mobile3MetaDetailVerify", http.StatusOK, aliyuntest.Result("200", "3", "301"))
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: "Id2MetaVerify", Good: aliyuntest.Result("200", "1", ""), Code: "1", Do: check,
	})
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: "SendSms", Good: aliyuntest.Status("OK", "OK"), Code: "OK",
		Do: func(ctx context.Context) error {
			_, err := c.Send(ctx, verify.Message{Mobile: providertest.Agreeing.Mobile.Reveal(), Code: "123456"})
			return err
		},
	})
}

func TestEveryResultOfMobile3MetaDetailVerify(t *testing.T) {
	cloud := serve(t)
	providertest.RunOutcomes(t, cloud, "Mobile3MetaDetailVerify", client(cloud), []providertest.Outcome{
		{Body: aliyuntest.Result("200", "1", "101")},
		{Body: aliyuntest.Result("200", "2", "201"), Mismatch: verification.MobileMismatch},
		{Body: aliyuntest.Result("200", "2", "202"), Mismatch: verification.MobileMismatch},
		{Body: aliyuntest.Result("200", "2", "203"), Mismatch: verification.NameMismatch},
		{Body: aliyuntest.Result("200", "2", "204"), Mismatch: verification.MobileMismatch},
		{Body: aliyuntest.Result("200", "2", "205"), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("200", "1", "201"), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("200", "2", "101"), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("200", "1", ""), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("200", "", "101"), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("200", "4", "401"), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("401", "1", "101"), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("500", "1", "101"), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("", "1", "101"), Err: verify.ErrProviderUnavailable},
	})
}

func TestEveryResultOfId2MetaVerify(t *testing.T) {
	cloud := serve(t)
	cloud.Say("Mobile3MetaDetailVerify", http.StatusOK, aliyuntest.Result("200", "3", "301"))
	providertest.RunOutcomes(t, cloud, "Id2MetaVerify", client(cloud), []providertest.Outcome{
		{Body: aliyuntest.Result("200", "1", ""), Mismatch: verification.NotYetKnown},
		{Body: aliyuntest.Result("200", "2", ""), Mismatch: verification.IdentityNotFound},
		{Body: aliyuntest.Result("200", "3", ""), Mismatch: verification.IdentityNotFound},
		{Body: aliyuntest.Result("200", "0", ""), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("200", "", ""), Err: verify.ErrProviderUnavailable},
		{Body: aliyuntest.Result("401", "3", ""), Err: verify.ErrProviderUnavailable},
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
	if n := cloud.Asked("Id2MetaVerify"); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

func TestEveryCodeOfSendSms(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	for message, wait := range map[string]time.Duration{
		"触发分钟级流控Permits:1": time.Minute, "触发小时级流控Permits:5": time.Hour, "触发天级流控Permits:10": 24 * time.Hour,
		"another wording": time.Minute, "": time.Minute,
	} {
		cloud.Say("SendSms", http.StatusOK, aliyuntest.Status("isv.BUSINESS_LIMIT_CONTROL", message))
		var limit *verify.LimitError
		if _, err := c.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.As(err, &limit) ||
			limit.Bucket != verify.BucketSMSNumber || !limit.RetryAt.Equal(now.Add(wait)) {
			t.Errorf("%q: got %v, %+v", message, err, limit)
		}
	}
	for code, cause := range map[string]identity.Cause{
		"isv.MOBILE_NUMBER_ILLEGAL": identity.CauseUnsupported,
		"isv.CUSTOMER_REFUSED":      identity.CauseBlocked, "MOBILE_NOT_ON_SERVICE": identity.CauseBlocked, "MOBILE_IN_BLACK": identity.CauseBlocked,
	} {
		cloud.Say("SendSms", http.StatusOK, aliyuntest.Status(code, ""))
		_, err := c.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"})
		if want := providertest.Refused(cause); !reflect.DeepEqual(err, want) || !verify.Refused(err) {
			t.Errorf("%s: got %v, want %v", code, err, want)
		}
	}
	for _, code := range []string{"isv.SMS_TEMPLATE_ILLEGAL", "isv.OUT_OF_SERVICE", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "isp.SYSTEM_ERROR", "isv.BLACK_KEY_CONTROL_LIMIT", "Ok", "200", ""} {
		cloud.Say("SendSms", http.StatusOK, aliyuntest.Status(code, ""))
		if _, err := c.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.Is(err, verify.ErrProviderUnavailable) {
			t.Errorf("%s: got %v", code, err)
		}
	}
}

func TestRefusedRequestsNameTheirCodeAndNoVerdict(t *testing.T) {
	cloud := serve(t)
	for _, c := range []*aliyun.Client{
		client(cloud, func(c *aliyun.Config) { c.KeySecret = identity.NewPII("another") }),
		client(cloud, func(c *aliyun.Config) { c.KeyID = "another" }),
		client(cloud, func(c *aliyun.Config) { c.Now = func() time.Time { return now.Add(time.Hour) } }),
	} {
		_, err := c.Check(t.Context(), providertest.Agreeing)
		if !errors.Is(err, verify.ErrProviderUnavailable) || !strings.Contains(err.Error(), "SignatureDoesNotMatch") {
			t.Errorf("got %v", err)
		}
		providertest.MustHide(t, err, providertest.Agreeing)
	}
	if n := len(cloud.Refused()); n != 3 {
		t.Errorf("%d refused, want 3", n)
	}
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusTooManyRequests} {
		cloud.Say("SendSms", status, aliyuntest.Refusal("Throttling.User"))
		_, err := client(cloud).Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"})
		if !errors.Is(err, verify.ErrProviderUnavailable) || !strings.Contains(err.Error(), "Throttling.User") {
			t.Errorf("%d: got %v", status, err)
		}
	}
}
