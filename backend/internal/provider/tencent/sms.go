package tencent

import (
	"context"

	"realname.example/backend/internal/provider/cloud"
)

// Send implements verify.SMS.
func (c *Client) Send(ctx context.Context, mobile, code string) error {
	const action = "SendSms"
	var out struct {
		SendStatusSet []struct{ Code string }
	}
	err := c.call(ctx, sms, action, map[string]any{
		"PhoneNumberSet": []string{"+86" + mobile}, "SmsSdkAppId": c.cfg.SMSApp,
		"SignName": c.cfg.SMSSign, "TemplateId": c.cfg.SMSTemplate, "TemplateParamSet": []string{code},
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
