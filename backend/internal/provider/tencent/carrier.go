package tencent

import (
	"context"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
)

// detailed is the VerifyMode whose answer says which factor differs.
const detailed = "1"

// Check implements verify.Carrier. The provider does not say whether a number
// changed hands.
func (c *Client) Check(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	const action = "PhoneVerification"
	var out struct{ Result, ResultDetail string }
	err := c.call(ctx, faceID, action, map[string]any{
		"IdCard": who.Number.Reveal(), "Name": who.Name.Reveal(), "Phone": who.Mobile.Reveal(), "VerifyMode": detailed,
	}, &out)
	if err != nil {
		return verify.CarrierAnswer{}, err
	}
	code := out.Result
	if code == "-4" && out.ResultDetail != "" {
		code += " " + out.ResultDetail
	}
	meaning := phoneCodes[code]
	if meaning == cloud.Unregistered {
		return c.checkIdentity(ctx, who)
	}
	return meaning.Answer(action, code, c.cfg.Now())
}

// checkIdentity tells a new SIM from a person who does not exist.
func (c *Client) checkIdentity(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	const action = "IdCardVerification"
	var out struct{ Result string }
	err := c.call(ctx, faceID, action, map[string]any{"IdCard": who.Number.Reveal(), "Name": who.Name.Reveal()}, &out)
	if err != nil {
		return verify.CarrierAnswer{}, err
	}
	return identityCodes[out.Result].Answer(action, out.Result, c.cfg.Now())
}
