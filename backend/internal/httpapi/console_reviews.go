package httpapi

import (
	"context"
	"net/http"
	"strings"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/watermark"
	"realname.example/shared/api"
	"realname.example/shared/verification"
)

func (s *Server) declareConsoleReviews() {
	s.console(http.MethodGet, consoleRoot+"/reviews", operator.Review, s.consoleReviews)
	s.console(http.MethodPost, consoleRoot+"/reviews", operator.Review, s.consoleFindReview)
	s.console(http.MethodGet, consolePath("reviews", ""), operator.Review, s.consoleReview)
	s.console(http.MethodPost, consolePath("reviews", "/decide"), operator.Review, s.consoleDecide)
	s.console(http.MethodGet, consolePath("reviews", "/pictures/:picture"), operator.Review, s.consolePicture)
}

// listPage is a list with the address of its next page, where there is one.
type listPage[T any] struct {
	Rows []T
	Next string
}

// reviewsPage is a page of what waits, or what was found.
type reviewsPage struct {
	listPage[api.ReviewItem]
	Account string
}

func (s *Server) consoleReviews(ctx context.Context, v *visit) error {
	items, err := s.reviews(ctx, v.call, none{})
	if err != nil {
		return err
	}
	p := reviewsPage{listPage: listPage[api.ReviewItem]{Rows: items}}
	if len(items) == pageSize {
		p.Next = "?after=" + string(items[len(items)-1].View.ID)
	}
	return s.show(v, "reviews", p)
}

// consoleFindReview takes the user name in a form: an address would stay in logs.
func (s *Server) consoleFindReview(ctx context.Context, v *visit) error {
	username := strings.TrimSpace(v.gin.PostForm("account"))
	if username == "" || len(username) > 100 {
		return &sentence{http.StatusUnprocessableEntity, "refused.search"}
	}
	items, err := s.findReview(ctx, v.call, username)
	if err != nil {
		return err
	}
	return s.show(v, "reviews", reviewsPage{listPage[api.ReviewItem]{Rows: items}, username})
}

func (s *Server) consoleReview(ctx context.Context, v *visit) error {
	item, err := s.review(ctx, v.call, none{})
	if err != nil {
		return err
	}
	return s.show(v, "review", struct {
		api.ReviewItem
		Open bool
	}{item, item.View.Status == verification.InReview})
}

func (s *Server) consoleDecide(ctx context.Context, v *visit) error {
	reason, err := v.reason()
	if err != nil {
		return err
	}
	decide, what := s.reject, "rejected"
	switch v.gin.PostForm("decision") {
	case "approve":
		decide, what = s.approve, "approved"
	case "reject":
	default: // a form that was cut or made elsewhere decides nothing
		return &sentence{http.StatusUnprocessableEntity, "refused.decision"}
	}
	view, err := decide(ctx, v.call, api.ReviewDecision{Reason: reason})
	if err != nil {
		return err
	}
	if what == "approved" && view.Status != verification.Verified {
		what = "bound_elsewhere"
	}
	return v.done(consoleRoot+"/reviews", what)
}

// consolePicture shows a picture with the reviewer's name over it. Each look is an
// act, and no browser keeps it. The API has no such call: pictures are for eyes.
func (s *Server) consolePicture(ctx context.Context, v *visit) error {
	p := verification.Picture(v.gin.Param("picture"))
	picture, err := s.Verify.ReviewPicture(ctx, v.id, p)
	if err != nil {
		return err
	}
	me := v.caller.operator
	if err := s.Operators.Note(ctx, me, operator.ActPicturesOpened, string(v.id), string(p)); err != nil {
		return err
	}
	marked, err := watermark.Mark(picture, me.Name+" "+s.Now().UTC().Format("2006-01-02 15:04")+"Z")
	if err != nil {
		return err
	}
	v.gin.Data(http.StatusOK, "image/jpeg", marked)
	return nil
}
