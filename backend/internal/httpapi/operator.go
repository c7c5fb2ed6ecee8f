package httpapi

import (
	"context"
	"errors"
	"strings"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

func (s *Server) operatorSelf(_ context.Context, c *call, _ none) (api.OperatorSelf, error) {
	me := api.OperatorSelf{Name: c.caller.operator.Name, Roles: []string{}, Rights: []string{}}
	for _, r := range c.caller.operator.Roles {
		me.Roles = append(me.Roles, string(r))
	}
	for _, r := range c.caller.operator.Rights() {
		me.Rights = append(me.Rights, string(r))
	}
	return me, nil
}

// pageSize is how many rows a list of /v1/admin has.
const pageSize = 50

// after is the id behind which a page of a list begins.
func (c *call) after() (string, error) {
	id := c.gin.Query("after")
	if strings.Trim(id, idAlphabet) != "" {
		return "", invalid("after", "characters", "after is the id of the last row of the page before.")
	}
	return id, nil
}

func (s *Server) reviews(ctx context.Context, c *call, _ none) ([]api.ReviewItem, error) {
	after, err := c.after()
	if err != nil {
		return nil, err
	}
	items, err := s.Verify.Reviews(ctx, verification.ID(after), pageSize)
	return maskedReviews(items), err
}

// maskedReviews are reviews as lists have them.
func maskedReviews(items []verify.ReviewItem) []api.ReviewItem {
	out := make([]api.ReviewItem, len(items))
	for i, item := range items {
		out[i] = reviewItem(item)
		out[i].Name = identity.MaskName(out[i].Name)
		out[i].Number = identity.MaskNumber(out[i].Number)
		out[i].Mobile = identity.MaskMobile(out[i].Mobile)
		out[i].Email = "" // no list has it
	}
	return out
}

// findReview is what waits of one account. That it was searched for is an act.
func (s *Server) findReview(ctx context.Context, c *call, username string) ([]api.ReviewItem, error) {
	if err := s.note(ctx, c, operator.ActSearched, "", "username"); err != nil {
		return nil, err
	}
	a, err := s.Accounts.ByUsername(ctx, username)
	if errors.Is(err, account.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	item, err := s.Verify.ReviewOf(ctx, a.ID)
	if errors.Is(err, verify.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return maskedReviews([]verify.ReviewItem{item}), nil
}

func (s *Server) review(ctx context.Context, c *call, _ none) (api.ReviewItem, error) {
	item, err := s.Verify.Review(ctx, c.id)
	if err != nil {
		return api.ReviewItem{}, err
	}
	if err := s.Operators.Note(ctx, c.caller.operator, operator.ActReviewOpened, string(c.id), ""); err != nil {
		return api.ReviewItem{}, err
	}
	about, err := s.Accounts.Account(ctx, item.AccountID)
	if err != nil {
		return api.ReviewItem{}, err
	}
	out := reviewItem(item)
	out.Account = about.Username // a reviewer decides by it; lists have it masked
	if out.Email == "" {         // nobody has vouched for the person yet
		address, err := s.Issuers.Address(ctx, about.ID)
		if err != nil {
			return api.ReviewItem{}, err
		}
		out.Email = address.Email
	}
	if item.Identity.CertificateType == identity.Passport {
		out.Zone = identity.MachineReadable(out.Number)
	}
	return out, nil
}

func reviewItem(i verify.ReviewItem) api.ReviewItem {
	out := api.ReviewItem{
		View: i.View, Account: i.Account, Asked: i.Asked, Since: i.Since,
		Name: i.Identity.Name.Reveal(), Number: i.Identity.Number.Reveal(), Mobile: i.Identity.Mobile.Reveal(), Email: i.Identity.Email.Reveal(),
		Pictures: []api.ReviewPicture{}, Declined: i.Declined, Likeness: i.Likeness,
	}
	for _, p := range i.Pictures {
		picture := api.ReviewPicture{Picture: p.Picture}
		if !p.At.IsZero() {
			picture.At = &p.At
		}
		out.Pictures = append(out.Pictures, picture)
	}
	return out
}

func (s *Server) approve(ctx context.Context, c *call, in api.ReviewDecision) (verification.View, error) {
	return s.decide(ctx, c, true, in.Reason)
}

func (s *Server) reject(ctx context.Context, c *call, in api.ReviewDecision) (verification.View, error) {
	return s.decide(ctx, c, false, in.Reason)
}

func (s *Server) decide(ctx context.Context, c *call, approve bool, reason string) (verification.View, error) {
	item, err := s.Verify.Review(ctx, c.id)
	if err != nil {
		return verification.View{}, err
	}
	about, err := s.Accounts.Account(ctx, item.AccountID)
	if err != nil {
		return verification.View{}, err
	}
	if c.caller.operator.Owns(about.Username) {
		return verification.View{}, operator.ErrOwn
	}
	return s.Verify.Decide(ctx, c.caller.operator.Name, c.id, approve, reason)
}
