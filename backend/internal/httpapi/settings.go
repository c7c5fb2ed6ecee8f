package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

func (s *Server) declareSettings() {
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminSettings, who: whoOperator, right: operator.Settings, status: http.StatusOK, tag: "operator",
		summary: "The settings in force at the server that answers: 50 a page, the next begins after the last one's name; name finds a part of a name",
		query:   []string{"after", "name"}, codes: []problem.Code{problem.RequestInvalid},
	}, s.settings)
	s.console(http.MethodGet, consoleRoot+"/settings", operator.Settings, s.consoleSettings)
}

func (s *Server) settings(_ context.Context, c *call, _ none) (api.AdminSettings, error) {
	after, err := c.after()
	if err != nil {
		return api.AdminSettings{}, err
	}
	text := strings.ToLower(strings.TrimSpace(c.gin.Query("name")))
	out := api.AdminSettings{Settings: []api.AdminSetting{}, Unknown: s.Settings.Unknown}
	behind := slices.IndexFunc(s.Settings.Settings, func(n api.AdminSetting) bool { return n.Name == after })
	for _, n := range s.Settings.Settings[behind+1:] {
		named := strings.Contains(n.Name, text) || strings.Contains(strings.ToLower(n.Variable), text)
		if named && len(out.Settings) < pageSize {
			out.Settings = append(out.Settings, n)
		}
	}
	return out, nil
}

// settingsPage is a page of settings.
type settingsPage struct {
	listPage[api.AdminSetting]
	Unknown []api.AdminUnknown
	Text    string
}

func (s *Server) consoleSettings(ctx context.Context, v *visit) error {
	found, err := s.settings(ctx, v.call, none{})
	if err != nil {
		return err
	}
	p := settingsPage{Unknown: found.Unknown, Text: strings.TrimSpace(v.gin.Query("name"))}
	if p.Rows = found.Settings; len(p.Rows) == pageSize {
		p.Next = "?" + url.Values{"after": {p.Rows[pageSize-1].Name}, "name": {p.Text}}.Encode()
	}
	return s.show(v, "settings", p)
}
