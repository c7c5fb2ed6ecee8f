package tencent

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// sameFrom is the similarity, of 0 to 100, from which the documents call two faces
// one person's: one stranger in 10,000 has it.
const sameFrom = 70

// Compare implements verify.Comparer. A code that says why there is no comparison
// stands in Result, or in place of the whole answer.
func (c *Client) Compare(ctx context.Context, q verify.Question) (verify.Comparison, error) {
	const action = "ImageRecognitionV2"
	var out struct {
		Result, Extra string
		Sim           *float64
	}
	err := c.call(ctx, faceID, action, map[string]any{
		"IdCard": q.Who.Number.Reveal(), "Name": q.Who.Name.Reveal(),
		"ImageBase64": base64.StdEncoding.EncodeToString(q.JPEG), "Extra": q.Capture,
	}, &out)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return compareCodes[refused.code].Comparison(action, refused.code, c.cfg.Now())
	case err != nil:
		return verify.Comparison{}, err
	case out.Extra != "" && out.Extra != q.Capture: // of another question
		return verify.Comparison{}, cloud.Unavailable(action, cloud.ErrShape)
	}
	got, err := compareCodes[out.Result].Comparison(action, out.Result, c.cfg.Now())
	if err != nil || got.Mismatch != "" {
		return got, err
	}
	if out.Sim == nil || !(*out.Sim >= 0 && *out.Sim <= 100) {
		return verify.Comparison{}, cloud.Unavailable(action, cloud.ErrShape)
	}
	if *out.Sim < sameFrom {
		got.Mismatch = verification.FaceMismatch
	}
	got.Detail = fmt.Sprintf("similarity=%.2f", *out.Sim)
	return got, nil
}
