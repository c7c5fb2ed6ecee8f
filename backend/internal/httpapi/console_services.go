package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/service"
	"realname.example/shared/api"
)

func (s *Server) declareConsoleServices() {
	const root, right = consoleRoot + "/services", operator.Services
	s.console(http.MethodGet, root, right, s.consoleServices)
	s.console(http.MethodPost, root, right, s.consoleServiceAdd)
	s.console(http.MethodGet, consolePath("services", ""), right, s.consoleService)
	s.console(http.MethodPost, consolePath("services", "/change"), right, s.consoleServiceChange)
	s.console(http.MethodPost, consolePath("services", "/rotate"), right, s.consoleServiceRotate)
	consoleAct(s, right, "services", "turn-off", "service_off", s.adminServiceOff)
	consoleAct(s, right, "services", "turn-on", "service_on", s.adminServiceOn)
	consoleAct(s, right, "services", "resend", "events_resent", s.adminServiceResend)
	s.console(http.MethodPost, consolePath("services", "/remove"), right, s.consoleServiceRemove)
}

// servicesPage is a page of services, with the issuers and the form of a new one.
type servicesPage struct {
	listPage[api.AdminService]
	Text    string
	Issuers []api.AdminIssuer
	Claims  []string
}

func (s *Server) consoleServices(ctx context.Context, v *visit) error {
	rows, err := s.adminServices(ctx, v.call, none{})
	if err != nil {
		return err
	}
	p := servicesPage{Text: strings.TrimSpace(v.gin.Query("name")), Claims: service.Claims()}
	if p.Rows = rows; len(rows) == pageSize {
		p.Next = "?" + url.Values{"after": {rows[len(rows)-1].ID}, "name": {p.Text}}.Encode()
	}
	if p.Issuers, err = s.adminIssuers(ctx, v.call, none{}); err != nil {
		return err
	}
	return s.show(v, "services", p)
}

// lines are the lines of a form's field, without the empty ones.
func (v *visit) lines(field string) []string {
	var all []string
	for line := range strings.Lines(v.gin.PostForm(field)) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// ways to prove itself that the form of a new service has.
const wayNative, wayKeys = "native", "keys"

func (s *Server) consoleServiceAdd(ctx context.Context, v *visit) error {
	in := api.AdminNewService{
		Name: v.gin.PostForm("name"), Purpose: v.gin.PostForm("purpose"), Redirects: v.lines("redirects"),
		Claims: v.gin.PostFormArray("claims"), Webhook: strings.TrimSpace(v.gin.PostForm("webhook")),
		Native: v.gin.PostForm("auth") == wayNative,
	}
	if v.gin.PostForm("auth") == wayKeys {
		if in.Keys = strings.TrimSpace(v.gin.PostForm("keys")); in.Keys == "" {
			in.Keys = "{}" // no set: refused as one, with its sentence
		}
	}
	made, err := s.adminServiceAdd(ctx, v.call, in)
	if err != nil {
		return serviceSentence(err)
	}
	return s.show(v, "secrets", made)
}

// serviceSentence is the refusal of a value in the console's languages.
func serviceSentence(err error) error {
	var wrong *service.InvalidError
	if errors.As(err, &wrong) {
		return &sentence{http.StatusUnprocessableEntity, "refused.service." + wrong.Field}
	}
	return err
}

func (s *Server) consoleService(ctx context.Context, v *visit) error {
	detail, err := s.adminService(ctx, v.call, none{})
	if err != nil {
		return err
	}
	p := servicePage{AdminServiceDetail: detail}
	if len(detail.Events) == pageSize {
		p.Next = "?before=" + strconv.FormatInt(detail.Events[pageSize-1].Number, 10)
	}
	return s.show(v, "service", p)
}

// servicePage is one service, with the address of its next events.
type servicePage struct {
	api.AdminServiceDetail
	Next string
}

// Lines are the redirect addresses as the form has them.
func (p servicePage) Lines() string { return strings.Join(p.Redirects, "\n") }

// Secret reports whether the service has a secret that can be renewed.
func (p servicePage) Secret() bool { return p.Auth == string(service.AuthBasic) || p.Webhook != "" }

func (s *Server) consoleServiceChange(ctx context.Context, v *visit) error {
	reason, err := v.reason()
	if err != nil {
		return err
	}
	changed, err := s.adminServiceChange(ctx, v.call, api.AdminServiceChange{
		Redirects: v.lines("redirects"), Webhook: strings.TrimSpace(v.gin.PostForm("webhook")), Reason: reason,
	})
	switch {
	case err != nil:
		return serviceSentence(err)
	case changed.WebhookSecret != "":
		return s.show(v, "secrets", changed)
	}
	return v.done(consoleRoot+"/services/"+string(v.id), "service_changed")
}

// consoleServiceRotate shows secrets on a page that has no address of its own.
func (s *Server) consoleServiceRotate(ctx context.Context, v *visit) error {
	reason, err := v.reason()
	if err != nil {
		return err
	}
	fresh, err := s.adminServiceRotate(ctx, v.call, api.AdminReason{Reason: reason})
	if err != nil {
		return err
	}
	return s.show(v, "secrets", fresh)
}

func (s *Server) consoleServiceRemove(ctx context.Context, v *visit) error {
	reason, err := v.reason()
	if err != nil {
		return err
	}
	if _, err := s.adminServiceRemove(ctx, v.call, api.AdminReason{Reason: reason}); err != nil {
		return err
	}
	return v.done(consoleRoot+"/services", "service_removed")
}
