package httpapi

import (
	"context"
	"net/http"

	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

func (s *Server) declareWorks() {
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminWorks, who: whoOperator, right: operator.People, status: http.StatusOK, tag: "operator",
		summary: "Long work, such as an import, and how far it is, newest first: 50 a page, the next begins after the last one's id",
		query:   []string{"after"}, codes: []problem.Code{problem.RequestInvalid},
	}, s.works)
	s.console(http.MethodGet, consoleRoot+"/works", operator.People, s.consoleWorks)
}

func (s *Server) works(ctx context.Context, c *call, _ none) ([]api.AdminWork, error) {
	after, err := c.after()
	if err != nil {
		return nil, err
	}
	found, err := s.Works.ListWorks(ctx, after, pageSize)
	out := make([]api.AdminWork, len(found))
	for i, w := range found {
		out[i] = api.AdminWork{
			ID: w.ID, Kind: string(w.Kind), Operator: w.Operator, State: string(w.State(s.Now())), Done: w.Done, Total: w.Total,
			BegunAt: w.BegunAt, SeenAt: w.SeenAt, EndedAt: whenever(w.EndedAt),
		}
	}
	return out, err
}

func (s *Server) consoleWorks(ctx context.Context, v *visit) error {
	rows, err := s.works(ctx, v.call, none{})
	if err != nil {
		return err
	}
	p := listPage[api.AdminWork]{Rows: rows}
	if len(rows) == pageSize {
		p.Next = "?after=" + rows[pageSize-1].ID
	}
	return s.show(v, "works", p)
}
