package httpapi

import (
	"context"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

func (s *Server) reviews(ctx context.Context, _ *call, _ none) ([]api.ReviewItem, error) {
	items, err := s.Verify.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]api.ReviewItem, len(items))
	for i, item := range items {
		out[i] = reviewItem(item)
		out[i].Name = identity.MaskName(out[i].Name)
		out[i].Number = identity.MaskNumber(out[i].Number)
		out[i].Mobile = identity.MaskMobile(out[i].Mobile)
	}
	return out, nil
}

func (s *Server) review(ctx context.Context, c *call, _ none) (api.ReviewItem, error) {
	item, err := s.Verify.Review(ctx, c.id)
	if err != nil {
		return api.ReviewItem{}, err
	}
	s.Logger.InfoContext(ctx, "operator looked at a case", "operator", c.caller.operator, "case", c.id)
	return reviewItem(item), nil
}

func reviewItem(i verify.ReviewItem) api.ReviewItem {
	return api.ReviewItem{
		View: i.View, Account: i.Account, Asked: i.Asked, Since: i.Since,
		Name: i.Identity.Name.Reveal(), Number: i.Identity.Number.Reveal(), Mobile: i.Identity.Mobile.Reveal(),
	}
}

func (s *Server) approve(ctx context.Context, c *call, in api.ReviewDecision) (verification.View, error) {
	return s.Verify.Decide(ctx, c.caller.operator, c.id, true, in.Reason)
}

func (s *Server) reject(ctx context.Context, c *call, in api.ReviewDecision) (verification.View, error) {
	return s.Verify.Decide(ctx, c.caller.operator, c.id, false, in.Reason)
}
