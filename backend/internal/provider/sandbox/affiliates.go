package sandbox

import (
	"context"
	"slices"
	"strings"

	"realname.example/backend/internal/verify"
)

// affiliates are the two sites at which affiliated is verified.
var affiliates = []verify.Offer{
	{ID: "mall", Name: "Mall", Claims: []string{"certificate_type", "name", "number"}, Purpose: "real_name_verification"},
	{ID: "finance", Name: "Finance", Claims: []string{"certificate_type", "name", "number"}, Purpose: "real_name_verification"},
}

// affiliated is the account that both sites know, and affiliatedNumber whose it
// is.
const (
	affiliated       = "zhoujie"
	affiliatedNumber = "110100199505200318"
)

// Offers implements verify.Affiliates.
func (s *Sandbox) Offers(_ context.Context, username string) ([]verify.Offer, error) {
	if username != affiliated {
		return nil, nil
	}
	return slices.Clone(affiliates), nil
}

// Claims implements verify.Affiliates.
func (s *Sandbox) Claims(ctx context.Context, affiliate, username string) (verify.Identity, error) {
	switch known := slices.ContainsFunc(affiliates, func(o verify.Offer) bool { return strings.EqualFold(o.ID, affiliate) }); {
	case !known:
		return verify.Identity{}, verify.ErrAffiliateUnknown
	case username != affiliated:
		return verify.Identity{}, verify.ErrNotFound
	}
	person, err := s.Store.ByNumber(ctx, affiliatedNumber)
	if err != nil {
		return verify.Identity{}, verify.ErrProviderUnavailable
	}
	return person.Identity, nil
}
