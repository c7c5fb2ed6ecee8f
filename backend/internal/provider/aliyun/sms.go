package aliyun

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"time"

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

// sendDetails is the question what became of a message.
const sendDetails = "QuerySendDetails"

// detail is what is known of one message.
type detail struct {
	PhoneNum, ErrCode string
	SendStatus        int
}

// Delivery implements verify.Receipts.
func (c *Client) Delivery(ctx context.Context, m verify.SentMessage) (verify.Delivery, error) {
	var details []detail
	for _, day := range days(m.At, c.cfg.Now()) {
		var err error
		if details, err = c.details(ctx, m, day); err != nil {
			return verify.Delivery{}, err
		}
		if len(details) > 0 {
			break
		}
	}
	if len(details) != 1 || details[0].PhoneNum != m.Mobile { // not there yet, or another one's
		return verify.Delivery{}, nil
	}
	return reported(sendDetails, details[0].SendStatus, details[0].ErrCode)
}

// midnightSpan is how far the provider's clock, or the way there, may bring a message
// to the other side of a midnight.
const midnightSpan = time.Minute

// days are those under which a message may be found that we sent at a moment, the
// likeliest first.
func days(at, now time.Time) []string {
	found := []string{cloud.Day(at)}
	for _, other := range []time.Time{at.Add(-midnightSpan), at.Add(midnightSpan)} {
		if day := cloud.Day(other); day != found[0] && day <= cloud.Day(now) {
			found = append(found, day)
		}
	}
	return found
}

// details asks for a message among those of one day.
func (c *Client) details(ctx context.Context, m verify.SentMessage, day string) ([]detail, error) {
	var out struct {
		Code              string
		SmsSendDetailDTOs struct{ SmsSendDetailDTO []detail }
	}
	err := c.call(ctx, question{api: sms, action: sendDetails, query: url.Values{
		"PhoneNumber": {m.Mobile}, "BizId": {m.Receipt.ID}, "SendDate": {day}, "PageSize": {"10"}, "CurrentPage": {"1"},
	}}, &out)
	if err != nil {
		return nil, err
	}
	if out.Code != allRight {
		return nil, cloud.Unavailable(sendDetails, cloud.Code(out.Code))
	}
	if out.SmsSendDetailDTOs.SmsSendDetailDTO == nil {
		return nil, cloud.Unavailable(sendDetails, cloud.ErrShape)
	}
	return out.SmsSendDetailDTOs.SmsSendDetailDTO, nil
}

// template is the one that says what a code is for.
func (c *Client) template(m verify.Message) string {
	if m.Reset {
		return cmp.Or(c.cfg.SMSResetTemplate, c.cfg.SMSTemplate)
	}
	return c.cfg.SMSTemplate
}
