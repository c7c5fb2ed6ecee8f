// Package people answers for the carrier and the portraits from the registry:
// the fictional people of the sandbox, or the members that an operator has
// imported. It asks nobody outside.
package people

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"

	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Provider implements verify.Carrier and verify.Portraits over a registry.
type Provider struct{ Registry registry.Store }

// Check implements verify.Carrier.
func (p Provider) Check(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	person, err := p.Registry.ByNumber(ctx, who.Key())
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return verify.CarrierAnswer{Mismatch: verification.IdentityNotFound}, nil
	case err != nil:
		return verify.CarrierAnswer{}, fmt.Errorf("%w: %w", verify.ErrProviderUnavailable, err)
	case person.Silent:
		return verify.CarrierAnswer{}, verify.ErrProviderUnavailable
	}
	answer := verify.CarrierAnswer{Mismatch: person.Carrier, HolderChanged: person.HolderChanged}
	switch {
	case answer.Mismatch != "":
	case !same(person.Identity.Name.Reveal(), who.Name.Reveal()):
		answer.Mismatch = verification.NameMismatch
	case !same(person.Identity.Mobile.Reveal(), who.Mobile.Reveal()):
		answer.Mismatch = verification.MobileMismatch
	}
	return answer, nil
}

// Portrait implements verify.Portraits.
func (p Provider) Portrait(ctx context.Context, who verify.Identity) ([]byte, verification.Reason, error) {
	person, err := p.Registry.ByNumber(ctx, who.Key())
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return nil, verification.IdentityNotFound, nil
	case err != nil:
		return nil, "", fmt.Errorf("%w: %w", verify.ErrProviderUnavailable, err)
	case !same(person.Identity.Name.Reveal(), who.Name.Reveal()):
		return nil, verification.NameMismatch, nil
	case len(person.Portrait) == 0:
		return nil, verification.PortraitMissing, nil
	}
	return person.Portrait, "", nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
