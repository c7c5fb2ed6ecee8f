package tencent

import (
	"cmp"
	"context"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
)

// Send implements verify.SMS.
func (c *Client) Send(ctx context.Context, m verify.Message) error {
	const action = "SendSms"
	var out struct {
		SendStatusSet []struct{ Code string }
	}
	err := c.call(ctx, sms, action, map[string]any{
		"PhoneNumberSet": []string{"+86" + m.Mobile}, "SmsSdkAppId": c.cfg.SMSApp,
		"SignName": c.cfg.SMSSign, "TemplateId": c.template(m), "TemplateParamSet": []string{m.Code},
	}, &out)
	if err != nil {
		return err
	}
	if len(out.SendStatusSet) != 1 {
		return cloud.Unavailable(action, cloud.ErrShape)
	}
	status := out.SendStatusSet[0].Code
	if status == sent {
		return nil
	}
	if over, limited := smsLimits[status]; limited {
		return cloud.TooFast(over(c.cfg.Now()))
	}
	return cloud.Unavailable(action, cloud.Code(status))
}

// template is the one that says what a code is for.
func (c *Client) template(m verify.Message) string {
	if m.Reset {
		return cmp.Or(c.cfg.SMSResetTemplate, c.cfg.SMSTemplate)
	}
	return c.cfg.SMSTemplate
}
