package tencent

import (
	"cmp"
	"context"
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
)

// Send implements verify.SMS.
func (c *Client) Send(ctx context.Context, m verify.Message) (verify.Receipt, error) {
	const action = "SendSms"
	var out struct {
		SendStatusSet []struct{ Code, SerialNo string }
	}
	err := c.call(ctx, sms, action, map[string]any{
		"PhoneNumberSet": []string{"+86" + m.Mobile}, "SmsSdkAppId": c.cfg.SMSApp,
		"SignName": c.cfg.SMSSign, "TemplateId": c.template(m), "TemplateParamSet": []string{m.Code},
	}, &out)
	if err != nil {
		return verify.Receipt{}, err
	}
	if len(out.SendStatusSet) != 1 {
		return verify.Receipt{}, cloud.Unavailable(action, cloud.ErrShape)
	}
	status := out.SendStatusSet[0]
	if err := sendCodes[status.Code].Err(action, status.Code, c.cfg.Now()); err != nil {
		return verify.Receipt{}, err
	}
	return verify.Receipt{ID: status.SerialNo}, nil
}

// receiptSpan is how far around its sending a message is looked for: clocks differ.
const receiptSpan = 10 * time.Minute

// Delivery implements verify.Receipts. What is pulled for one number stays there,
// unlike what PullSmsSendStatus hands out, once and to whoever comes first.
func (c *Client) Delivery(ctx context.Context, m verify.SentMessage) (verify.Delivery, error) {
	const action = "PullSmsSendStatusByPhoneNumber"
	var out struct {
		PullSmsSendStatusSet []struct{ SerialNo, PhoneNumber, ReportStatus, Description string }
	}
	err := c.call(ctx, sms, action, map[string]any{
		"PhoneNumber": "+86" + m.Mobile, "SmsSdkAppId": c.cfg.SMSApp, "Offset": 0, "Limit": 100,
		"BeginTime": m.At.Add(-receiptSpan).Unix(), "EndTime": m.At.Add(receiptSpan).Unix(),
	}, &out)
	if err != nil {
		return verify.Delivery{}, err
	}
	if out.PullSmsSendStatusSet == nil {
		return verify.Delivery{}, cloud.Unavailable(action, cloud.ErrShape)
	}
	for _, status := range out.PullSmsSendStatusSet {
		if status.SerialNo == m.Receipt.ID && status.PhoneNumber == "+86"+m.Mobile {
			return reported(action, status.ReportStatus, status.Description)
		}
	}
	return verify.Delivery{}, nil
}

// template is the one that says what a code is for.
func (c *Client) template(m verify.Message) string {
	if m.Reset {
		return cmp.Or(c.cfg.SMSResetTemplate, c.cfg.SMSTemplate)
	}
	return c.cfg.SMSTemplate
}
