package aliyun

import (
	"context"
	"encoding/json"
	"net/url"

	"realname.example/backend/internal/provider/cloud"
)

// Send implements verify.SMS.
func (c *Client) Send(ctx context.Context, mobile, code string) error {
	const action = "SendSms"
	parameters, err := json.Marshal(map[string]string{"code": code})
	if err != nil {
		return cloud.Unavailable(action, cloud.ErrRequest)
	}
	var out struct{ Code, Message string }
	err = c.call(ctx, question{api: sms, action: action, query: url.Values{
		"PhoneNumbers": {mobile}, "SignName": {c.cfg.SMSSign}, "TemplateCode": {c.cfg.SMSTemplate}, "TemplateParam": {string(parameters)},
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
