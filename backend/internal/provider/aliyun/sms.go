package aliyun

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
)

// Send implements verify.SMS.
func (c *Client) Send(ctx context.Context, m verify.Message) error {
	const action = "SendSms"
	parameters, err := json.Marshal(map[string]string{"code": m.Code})
	if err != nil {
		return cloud.Unavailable(action, cloud.ErrRequest)
	}
	var out struct{ Code, Message string }
	err = c.call(ctx, question{api: sms, action: action, query: url.Values{
		"PhoneNumbers": {m.Mobile}, "SignName": {c.cfg.SMSSign}, "TemplateCode": {c.template(m)}, "TemplateParam": {string(parameters)},
	}}, &out)
	switch {
	case err != nil:
		return err
	case out.Code == sent:
		return nil
	case out.Code == tooFast:
		return cloud.TooFast(limitEnds(out.Message, c.cfg.Now()))
	}
	return cloud.Unavailable(action, cloud.Code(out.Code))
}

// template is the one that says what a code is for.
func (c *Client) template(m verify.Message) string {
	if m.Reset {
		return cmp.Or(c.cfg.SMSResetTemplate, c.cfg.SMSTemplate)
	}
	return c.cfg.SMSTemplate
}
