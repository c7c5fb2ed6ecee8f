package sandbox

import (
	"context"
	"slices"
	"strings"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// affiliates are the two sites at which affiliated is verified.
var affiliates = []verify.Offer{
	{ID: "mall", Name: "Mall", NameZH: "商城", Linked: true, Claims: []string{"certificate_type", "name", "number"}, Purpose: "real_name_verification"},
	{ID: "finance", Name: "Finance", NameZH: "金融", Linked: true, Claims: []string{"certificate_type", "name", "number"}, Purpose: "real_name_verification"},
}

// affiliated is the account that both sites know, and affiliatedNumber whose it
// is.
const (
	affiliated       = "zhoujie"
	affiliatedNumber = "110100199505200318"
)

// Offers implements verify.Affiliates.
func (s *Sandbox) Offers(_ context.Context, who verify.Caller) ([]verify.Offer, error) {
	if who.Username != affiliated {
		return nil, nil
	}
	return slices.Clone(affiliates), nil
}

// Claims implements verify.Affiliates.
func (s *Sandbox) Claims(ctx context.Context, affiliate string, who verify.Caller) (verify.Vouched, error) {
	switch known := slices.ContainsFunc(affiliates, func(o verify.Offer) bool { return strings.EqualFold(o.ID, affiliate) }); {
	case !known:
		return verify.Vouched{}, verify.ErrAffiliateUnknown
	case who.Username != affiliated:
		return verify.Vouched{Refused: verification.IdentityNotFound}, nil
	}
	person, err := s.Store.ByNumber(ctx, affiliatedNumber)
	if err != nil {
		return verify.Vouched{}, verify.ErrProviderUnavailable
	}
	return verify.Vouched{Identity: person.Identity}, nil
}

// Forget implements verify.Affiliates: the sandbox's sites know zhoujie for good.
func (s *Sandbox) Forget(context.Context, string) error { return nil }
