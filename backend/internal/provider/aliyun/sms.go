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
func (c *Client) Send(ctx context.Context, m verify.Message) (verify.Receipt, error) {
	const action = "SendSms"
	parameters, err := json.Marshal(map[string]string{"code": m.Code})
	if err != nil {
		return verify.Receipt{}, cloud.Unavailable(action, cloud.ErrRequest)
	}
	var out struct{ Code, Message, BizId string }
	err = c.call(ctx, question{api: sms, action: action, query: url.Values{
		"PhoneNumbers": {m.Mobile}, "SignName": {c.cfg.SMSSign}, "TemplateCode": {c.template(m)}, "TemplateParam": {string(parameters)},
	}}, &out)
	if err != nil {
		return verify.Receipt{}, err
	}
	if err := sending(out.Code, out.Message).Err(action, out.Code, c.cfg.Now()); err != nil {
		return verify.Receipt{}, err
	}
	return verify.Receipt{ID: out.BizId}, nil
}

// Delivery implements verify.Receipts.
func (c *Client) Delivery(ctx context.Context, m verify.SentMessage) (verify.Delivery, error) {
	const action = "QuerySendDetails"
	var out struct {
		Code              string
		SmsSendDetailDTOs struct {
			SmsSendDetailDTO []struct {
				PhoneNum, ErrCode string
				SendStatus        int
			}
		}
	}
	err := c.call(ctx, question{api: sms, action: action, query: url.Values{
		"PhoneNumber": {m.Mobile}, "BizId": {m.Receipt.ID}, "SendDate": {cloud.Day(m.At)}, "PageSize": {"10"}, "CurrentPage": {"1"},
	}}, &out)
	if err != nil {
		return verify.Delivery{}, err
	}
	if out.Code != allRight {
		return verify.Delivery{}, cloud.Unavailable(action, cloud.Code(out.Code))
	}
	details := out.SmsSendDetailDTOs.SmsSendDetailDTO
	if details == nil {
		return verify.Delivery{}, cloud.Unavailable(action, cloud.ErrShape)
	}
	if len(details) != 1 || details[0].PhoneNum != m.Mobile { // not there yet, or another one's
		return verify.Delivery{}, nil
	}
	return reported(action, details[0].SendStatus, details[0].ErrCode)
}

// template is the one that says what a code is for.
func (c *Client) template(m verify.Message) string {
	if m.Reset {
		return cmp.Or(c.cfg.SMSResetTemplate, c.cfg.SMSTemplate)
	}
	return c.cfg.SMSTemplate
}
