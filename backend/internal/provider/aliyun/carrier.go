package aliyun

import (
	"context"
	"net/url"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
)

// result is an answer of cloudauth.
type result struct {
	Code         string
	ResultObject struct{ BizCode, SubCode string }
}

// Check implements verify.Carrier. The provider does not say whether a number
// changed hands.
func (c *Client) Check(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	const action = "Mobile3MetaDetailVerify"
	form := person(who)
	form.Set("Mobile", who.Mobile.Reveal())
	out, err := c.verify(ctx, action, form)
	if err != nil {
		return verify.CarrierAnswer{}, err
	}
	code := out.ResultObject.BizCode + " " + out.ResultObject.SubCode
	meaning := mobileCodes[code]
	if meaning == cloud.Unregistered {
		return c.checkIdentity(ctx, who)
	}
	return meaning.Answer(action, code, c.cfg.Now())
}

// checkIdentity tells a new SIM from a person who does not exist.
func (c *Client) checkIdentity(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	const action = "Id2MetaVerify"
	out, err := c.verify(ctx, action, person(who))
	if err != nil {
		return verify.CarrierAnswer{}, err
	}
	code := out.ResultObject.BizCode
	return identityCodes[code].Answer(action, code, c.cfg.Now())
}

// person is what every question of cloudauth states, in clear.
func person(who verify.Identity) url.Values {
	return url.Values{"ParamType": {"normal"}, "IdentifyNum": {who.Number.Reveal()}, "UserName": {who.Name.Reveal()}}
}

// verify returns the result of a question that was answered.
func (c *Client) verify(ctx context.Context, action string, form url.Values) (out result, err error) {
	if err := c.call(ctx, question{api: cloudAuth, action: action, form: form}, &out); err != nil {
		return result{}, err
	}
	if out.Code != answered {
		return result{}, cloud.Unavailable(action, cloud.Code(out.Code))
	}
	return out, nil
}
