// Package spelling asks a carrier once more where a name holds a rare character
// that other systems keep under a private code: the same person may stand there in
// the other spelling. Nothing else is asked twice.
package spelling

import (
	"context"
	"errors"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Carrier implements verify.Carrier before one whose register is not ours.
type Carrier struct{ verify.Carrier }

// Check is the carrier's answer. Where that is a mismatch of the name alone, and the
// name has another spelling, it is the answer to that one if it agrees, and
// verify.ErrProviderUnavailable where nobody answers to that.
func (c Carrier) Check(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	answer, err := c.Carrier.Check(ctx, who)
	if err != nil || answer.Mismatch != verification.NameMismatch {
		return answer, err
	}
	older, differs := identity.OlderSpelling(who.Name.Reveal())
	if !differs {
		return answer, nil
	}
	who.Name = identity.NewPII(older)
	second, err := c.Carrier.Check(ctx, who)
	switch {
	case errors.Is(err, verify.ErrProviderUnavailable): // whoever stands there so is not refused for it
		return verify.CarrierAnswer{}, err
	case err != nil || second.Mismatch != "":
		return answer, nil //nolint:nilerr // the first answer stands
	}
	return second, nil
}
