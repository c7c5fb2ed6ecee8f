package aliyun_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/provider/aliyun"
	"realname.example/backend/internal/provider/aliyun/aliyuntest"
	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

const details = "QuerySendDetails"

func TestReceiptsConform(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	providertest.RunReceipts(t, providertest.Receipts{
		SMS: c, Receipts: c, Cloud: cloud, Arrived: [2]string{"3", "DELIVERED"}, Failed: [2]string{"2", "MOBILE_NOT_ON_SERVICE"},
	})
	if refused := cloud.Refused(); len(refused) > 0 {
		t.Errorf("signatures were refused: %v", refused)
	}
}

func TestEveryReport(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	m := verify.SentMessage{Receipt: verify.Receipt{ID: "b-1"}, Mobile: "13800000001", At: now}
	for code, why := range map[string]verification.Undelivered{
		"MOBILE_NOT_ON_SERVICE": verification.UndeliveredPhone, "MOBLLE_TERMINAL_ERROR": verification.UndeliveredPhone,
		"MOBILE_ACCOUNT_ABNORMAL": verification.UndeliveredPhone, "REQUEST_SUCCESS": verification.UndeliveredPhone,
		"INVALID_NUMBER": verification.UndeliveredPhone, "isv.MOBILE_NUMBER_ILLEGAL": verification.UndeliveredNumber,
		"MOBILE_IN_BLACK": verification.UndeliveredBlocked, "USER_REJECT": verification.UndeliveredBlocked,
		"isv.BLACK_KEY_CONTROL_LIMIT": verification.UndeliveredUnknown,
		"MOBILE_SEND_LIMIT":           verification.UndeliveredLimit, "isv.BUSINESS_LIMIT_CONTROL": verification.UndeliveredLimit,
		"CONTENT_KEYWORD": verification.UndeliveredUnknown, "CONTENT_ERROR": verification.UndeliveredUnknown,
		"SIGNATURE_BLACKLIST": verification.UndeliveredUnknown, "PORT_NOT_REGISTERED": verification.UndeliveredUnknown,
		"PARAMS_ILLEGAL": verification.UndeliveredUnknown, "IS_CLOSE": verification.UndeliveredUnknown,
		"NO_ROUTE": verification.UndeliveredUnknown, "SP_UNKNOWN_ERROR": verification.UndeliveredUnknown,
		"SP_NOT_BY_INTER_SMS": verification.UndeliveredUnknown, "A_NEW_ONE": verification.UndeliveredUnknown, "": verification.UndeliveredUnknown,
	} {
		for status, want := range map[string]verify.Delivery{
			"2": {Failed: why}, "3": {Arrived: true}, "1": {},
		} {
			cloud.Say(details, http.StatusOK, aliyuntest.Reported("OK", providertest.Report{Mobile: m.Mobile, Status: status, Code: code}))
			if got, err := c.Delivery(t.Context(), m); err != nil || got != want {
				t.Errorf("%s %q: got %+v, %v, want %+v", status, code, got, err, want)
			}
		}
	}
	for _, status := range []string{"0", "4"} {
		cloud.Say(details, http.StatusOK, aliyuntest.Reported("OK", providertest.Report{Mobile: m.Mobile, Status: status, Code: "DELIVERED"}))
		if _, err := c.Delivery(t.Context(), m); !errors.Is(err, verify.ErrProviderUnavailable) {
			t.Errorf("a status %s is none: %v", status, err)
		}
	}
	other := providertest.Report{Mobile: "13800000002", Status: "2", Code: "INVALID_NUMBER"}
	for name, body := range map[string]string{
		"nothing yet": aliyuntest.Reported("OK"), "another number's": aliyuntest.Reported("OK", other),
		"two": aliyuntest.Reported("OK", other, providertest.Report{Mobile: m.Mobile, Status: "2", Code: "INVALID_NUMBER"}),
	} {
		cloud.Say(details, http.StatusOK, body)
		if got, err := c.Delivery(t.Context(), m); err != nil || got.Known() {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for _, code := range []string{"isp.RAM_PERMISSION_DENY", "isv.INVALID_PARAMETERS", "", "ok"} {
		cloud.Say(details, http.StatusOK, aliyuntest.Reported(code, other))
		if _, err := c.Delivery(t.Context(), m); !errors.Is(err, verify.ErrProviderUnavailable) {
			t.Errorf("%q: got %v", code, err)
		}
	}
}

func TestAMessageNearMidnightIsLookedForOnBothDays(t *testing.T) {
	cloud := serve(t)
	midnight := time.Date(2026, 11, 25, 16, 0, 0, 0, time.UTC) // in Beijing
	for name, test := range map[string]struct {
		at, now time.Time
		noted   string // the day under which the message is
		asked   []string
		found   bool
	}{
		"sent before, noted after": {midnight.Add(-20 * time.Second), midnight.Add(5 * time.Second), "20261126", []string{"20261125", "20261126"}, true},
		"sent after, noted before": {midnight.Add(20 * time.Second), midnight.Add(25 * time.Second), "20261125", []string{"20261126", "20261125"}, true},
		"on its own day":           {midnight.Add(-20 * time.Second), midnight.Add(5 * time.Second), "20261125", []string{"20261125"}, true},
		"the next day is not yet":  {midnight.Add(-20 * time.Second), midnight.Add(-time.Second), "20261126", []string{"20261125"}, false},
		"long before":              {midnight.Add(-61 * time.Second), midnight.Add(5 * time.Second), "20261126", []string{"20261125"}, false},
		"long after":               {midnight.Add(60 * time.Second), midnight.Add(90 * time.Second), "20261125", []string{"20261126"}, false},
	} {
		var asked []string
		cloud.Now = func() time.Time { return test.now }
		cloud.Script(details, func(w http.ResponseWriter, r *http.Request) {
			body, day := aliyuntest.Reported("OK"), r.URL.Query().Get("SendDate")
			if asked = append(asked, day); day == test.noted {
				body = aliyuntest.Reported("OK", providertest.Report{Mobile: "13800000001", Status: "3", Code: "DELIVERED"})
			}
			_, _ = io.WriteString(w, body)
		})
		c := client(cloud, func(c *aliyun.Config) { c.Now = cloud.Now })
		d, err := c.Delivery(t.Context(), verify.SentMessage{Receipt: verify.Receipt{ID: "b-1"}, Mobile: "13800000001", At: test.at})
		if err != nil || d.Arrived != test.found || !slices.Equal(asked, test.asked) {
			t.Errorf("%s: %+v, %v after asking about %v", name, d, err, asked)
		}
	}
}

func TestBadAnswersSayNothingOfAMessage(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	m := verify.SentMessage{Receipt: verify.Receipt{ID: "b-1"}, Mobile: providertest.Agreeing.Mobile.Reveal(), At: now}
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: details, Good: aliyuntest.Reported("OK", providertest.Report{Mobile: m.Mobile, Status: "2", Code: "INVALID_NUMBER"}), Code: "OK",
		Do: func(ctx context.Context) error {
			d, err := c.Delivery(ctx, m)
			if err != nil && d.Known() {
				t.Errorf("beside an error: %+v", d)
			}
			return err
		},
	})
}
