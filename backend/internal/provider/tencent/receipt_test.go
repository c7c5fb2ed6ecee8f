package tencent_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/provider/tencent"
	"realname.example/backend/internal/provider/tencent/tencenttest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

func TestReceiptsConform(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	providertest.RunReceipts(t, providertest.Receipts{
		SMS: c, Receipts: c, Cloud: cloud, Arrived: [2]string{"SUCCESS", "DELIVRD"}, Failed: [2]string{"FAIL", "UNDELIV"},
	})
	if refused := cloud.Refused(); len(refused) > 0 {
		t.Errorf("signatures were refused: %v", refused)
	}
}

func TestEveryReport(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	m := verify.SentMessage{Receipt: verify.Receipt{ID: "5000:1"}, Mobile: "13800000001", At: now}
	report := func(status, code string) providertest.Report {
		return providertest.Report{ID: "5000:1", Mobile: "13800000001", Status: status, Code: code}
	}
	failed := func(why verification.Undelivered) verify.Delivery { return verify.Delivery{Failed: why} }
	for _, test := range []struct {
		reports []providertest.Report
		want    verify.Delivery
	}{
		{nil, verify.Delivery{}},
		{[]providertest.Report{report("SUCCESS", "DELIVRD")}, verify.Delivery{Arrived: true}},
		{[]providertest.Report{report("SUCCESS", "UNDELIV")}, verify.Delivery{Arrived: true}},
		{[]providertest.Report{report("FAIL", "UNDELIV")}, failed(verification.UndeliveredPhone)},
		{[]providertest.Report{report("FAIL", "EXPIRED")}, failed(verification.UndeliveredPhone)},
		{[]providertest.Report{report("FAIL", "DELETED")}, failed(verification.UndeliveredPhone)},
		{[]providertest.Report{report("FAIL", "SUBFAIL")}, failed(verification.UndeliveredNumber)},
		{[]providertest.Report{report("FAIL", "REJECTD")}, failed(verification.UndeliveredUnknown)},
		{[]providertest.Report{report("FAIL", "UNKNOWN")}, failed(verification.UndeliveredUnknown)},
		{[]providertest.Report{report("FAIL", "COMFAIL")}, failed(verification.UndeliveredUnknown)},
		{[]providertest.Report{report("FAIL", "WTNFAIL")}, failed(verification.UndeliveredUnknown)},
		{[]providertest.Report{report("FAIL", "MK:0001")}, failed(verification.UndeliveredUnknown)},
		{[]providertest.Report{report("FAIL", "")}, failed(verification.UndeliveredUnknown)},
		{[]providertest.Report{report("", "UNDELIV")}, verify.Delivery{}},
		{ // of other messages: one before to the same number, and one to another
			[]providertest.Report{
				{ID: "5000:0", Mobile: "13800000001", Status: "FAIL", Code: "UNDELIV"},
				{ID: "5000:1", Mobile: "13800000002", Status: "FAIL", Code: "UNDELIV"},
			}, verify.Delivery{},
		},
	} {
		cloud.Say(pull, http.StatusOK, tencenttest.Reported(test.reports...))
		if got, err := c.Delivery(t.Context(), m); err != nil || got != test.want {
			t.Errorf("%+v: got %+v, %v, want %+v", test.reports, got, err, test.want)
		}
	}
}

const pull = "PullSmsSendStatusByPhoneNumber"

func TestBadAnswersSayNothingOfAMessage(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	m := verify.SentMessage{Receipt: verify.Receipt{ID: "5000:1"}, Mobile: providertest.Agreeing.Mobile.Reveal(), At: now}
	good := tencenttest.Reported(providertest.Report{ID: "5000:1", Mobile: m.Mobile, Status: "FAIL", Code: "UNDELIV"})
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: pull, Good: good, Code: "FAIL", Do: func(ctx context.Context) error {
			d, err := c.Delivery(ctx, m)
			if err != nil && d.Known() {
				t.Errorf("beside an error: %+v", d)
			}
			return err
		},
	})
	wrong := client(cloud, func(cfg *tencent.Config) { cfg.SMSApp = "another" })
	if _, err := wrong.Delivery(t.Context(), m); !errors.Is(err, verify.ErrProviderUnavailable) {
		t.Errorf("a refused request: %v", err)
	}
}
