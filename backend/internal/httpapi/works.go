package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

func (s *Server) declareWorks() {
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminWorks, who: whoOperator, right: operator.People, status: http.StatusOK, tag: "operator",
		summary: "Long work, such as an import, and how far it is, newest first: 50 a page, the next begins after the last one's id",
		query:   []string{"after", "kind", "operator"}, codes: []problem.Code{problem.RequestInvalid},
	}, s.works)
	s.console(http.MethodGet, consoleRoot+"/works", operator.People, s.consoleWorks)
}

func (s *Server) works(ctx context.Context, c *call, _ none) ([]api.AdminWork, error) {
	after, err := c.after()
	if err != nil {
		return nil, err
	}
	q := operator.WorkQuery{Kind: operator.WorkKind(c.gin.Query("kind")), Operator: c.gin.Query("operator"), Behind: after, Limit: pageSize}
	if q.Kind != "" && !slices.Contains(operator.WorkKinds(), q.Kind) {
		return nil, invalid("kind", "values", "kind is import, export or rotate.")
	}
	found, err := s.Works.ListWorks(ctx, q)
	out := make([]api.AdminWork, len(found))
	for i, w := range found {
		out[i] = api.AdminWork{
			ID: w.ID, Kind: string(w.Kind), Operator: w.Operator, State: string(w.State(s.Now())), Done: w.Done, Total: w.Total,
			BegunAt: w.BegunAt, SeenAt: w.SeenAt, EndedAt: whenever(w.EndedAt),
		}
	}
	return out, err
}

// worksPage is a page of work with what was searched for.
type worksPage struct {
	listPage[api.AdminWork]
	Kind, Operator string
	Kinds          []operator.WorkKind
}

func (s *Server) consoleWorks(ctx context.Context, v *visit) error {
	rows, err := s.works(ctx, v.call, none{})
	if err != nil {
		return err
	}
	p := worksPage{Kind: v.gin.Query("kind"), Operator: v.gin.Query("operator"), Kinds: operator.WorkKinds()}
	if p.Rows = rows; len(rows) == pageSize {
		p.Next = "?" + url.Values{"after": {rows[pageSize-1].ID}, "kind": {p.Kind}, "operator": {p.Operator}}.Encode()
	}
	return s.show(v, "works", p)
}
