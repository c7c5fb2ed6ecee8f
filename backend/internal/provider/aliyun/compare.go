package aliyun

import (
	"context"
	"encoding/base64"
	"net/url"

	"realname.example/backend/internal/verify"
)

// Compare implements verify.Comparer. The provider's own liveness is off: the face
// engine has judged it. A capture has one order, by which the provider tells a
// question that comes again.
func (c *Client) Compare(ctx context.Context, q verify.Question) (verify.Comparison, error) {
	const action = "ContrastFaceVerify"
	var out struct {
		Code         string
		ResultObject struct{ Passed, SubCode string }
	}
	err := c.call(ctx, question{api: cloudAuth, action: action, form: url.Values{
		"SceneId": {c.cfg.FaceScene}, "OuterOrderNo": {q.Capture}, "ProductCode": {"ID_MIN"}, "Model": {"NO_LIVENESS"}, "Crop": {"T"},
		"CertType": {"IDENTITY_CARD"}, "CertName": {q.Who.Name.Reveal()}, "CertNo": {q.Who.Number.Reveal()},
		"FaceContrastPicture": {base64.StdEncoding.EncodeToString(q.JPEG)},
	}}, &out)
	if err != nil {
		return verify.Comparison{}, err
	}
	code := out.Code
	if code == answered {
		code += " " + out.ResultObject.Passed + " " + out.ResultObject.SubCode
	}
	got, err := compareCodes[code].Comparison(action, out.Code+" "+out.ResultObject.SubCode, c.cfg.Now())
	if err == nil {
		got.Detail = "code=" + out.ResultObject.SubCode
	}
	return got, err
}
