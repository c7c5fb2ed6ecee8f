package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/service"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// ServiceDesk looks after the services that rely on the server.
type ServiceDesk interface {
	service.Desk
	// AddNotedService keeps a service together with the act of who adds it.
	AddNotedService(ctx context.Context, n service.Service, e operator.Entry) error
}

func (s *Server) declareServiceDesk() {
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminServices, who: whoOperator, right: operator.Services, status: http.StatusOK, tag: "operator",
		summary: "Services that rely on this server, by name: 50 a page, the next begins after the last one's id; name finds a part of a name",
		query:   []string{"after", "name"}, codes: []problem.Code{problem.RequestInvalid},
	}, s.adminServices)
	serve(s, route{
		method: http.MethodPost, path: api.PathAdminServices, who: whoOperator, right: operator.Services, status: http.StatusCreated, tag: "operator",
		summary: "Add a service; its secrets are shown once", fresh: true,
	}, s.adminServiceAdd)
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminService, who: whoOperator, right: operator.Services, status: http.StatusOK, tag: "operator",
		summary: "A service, with what waits for it and its events, newest first: 50 a page, the next is before the last one's number",
		query:   []string{"before"}, codes: []problem.Code{problem.RequestInvalid},
	}, s.adminService)
	serve(s, route{
		method: http.MethodPost, path: api.PathAdminServiceRotate, who: whoOperator, right: operator.Services, status: http.StatusOK, tag: "operator",
		summary: "New secrets, shown once; those before stay good for a day", fresh: true, codes: []problem.Code{problem.Conflict},
	}, s.adminServiceRotate)
	serve(s, route{
		method: http.MethodPost, path: api.PathAdminServiceChange, who: whoOperator, right: operator.Services, status: http.StatusOK, tag: "operator",
		summary: "Other redirect addresses, and another webhook; the secret of a first webhook is shown once", fresh: true,
	}, s.adminServiceChange)
	act(s, operator.Services, api.PathAdminServiceOff, "Turn a service off: nobody signs in there, its tokens open nothing, its events wait", s.adminServiceOff)
	act(s, operator.Services, api.PathAdminServiceOn, "Turn a service on again; what waited is sent", s.adminServiceOn)
	act(s, operator.Services, api.PathAdminServiceResend, "Send again what was given up after three days", s.adminServiceResend)
	act(s, operator.Services, api.PathAdminServiceRemove, "Remove a service, with all that people agreed to tell it, its tokens and its events", s.adminServiceRemove)
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminIssuers, who: whoOperator, right: operator.Services, status: http.StatusOK, tag: "operator",
		summary: "The issuers of the settings, and how they were when they were last asked",
	}, s.adminIssuers)
}

func adminService(n service.Service) api.AdminService {
	return api.AdminService{
		ID: n.ID, Name: n.Name, Purpose: n.Purpose, Auth: string(n.Auth), Redirects: append([]string{}, n.Redirects...),
		Claims: append([]string{}, n.Claims...), Webhook: n.Webhook, MadeAt: n.MadeAt, OffAt: whenever(n.OffAt),
	}
}

// maxSearch is how long a part of a name may be.
const maxSearch = 100

func (s *Server) adminServices(ctx context.Context, c *call, _ none) ([]api.AdminService, error) {
	after, err := c.after()
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(c.gin.Query("name"))
	if len(text) > maxSearch || strings.ContainsRune(text, 0) {
		return nil, invalid("name", "length", "name is a part of a service's name.")
	}
	found, err := s.ServiceDesk.FindServices(ctx, s.ServiceManager.Realm, service.Find{Text: text, After: after, Limit: pageSize})
	out := make([]api.AdminService, len(found))
	for i, n := range found {
		out[i] = adminService(n)
	}
	return out, err
}

func (s *Server) adminServiceAdd(ctx context.Context, c *call, in api.AdminNewService) (api.AdminServiceSecrets, error) {
	made, secrets, err := s.ServiceManager.Make(service.Draft{
		Name: in.Name, Purpose: in.Purpose, Redirects: in.Redirects, Claims: in.Claims, Webhook: in.Webhook, Native: in.Native,
		Keys: []byte(in.Keys),
	})
	if err != nil {
		return api.AdminServiceSecrets{}, err
	}
	asks := strings.Join(append([]string{"status"}, made.Claims...), ", ")
	err = s.ServiceDesk.AddNotedService(ctx, made, s.Operators.EntryOf(c.caller.operator, operator.ActServiceAdded, made.ID, made.Name+": "+asks))
	return serviceSecrets(made, secrets), err
}

func serviceSecrets(n service.Service, secrets service.Secrets) api.AdminServiceSecrets {
	return api.AdminServiceSecrets{AdminService: adminService(n), ClientSecret: secrets.Client, WebhookSecret: secrets.Webhook}
}

// before is the number of the event before which a page of events begins; 0 for all.
func (c *call) before() (int64, error) {
	text := c.gin.Query("before")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, invalid("before", "value", "before is the number of the last event of the page before.")
	}
	return n, nil
}

func (s *Server) adminService(ctx context.Context, c *call, _ none) (out api.AdminServiceDetail, err error) {
	n, err := s.ServiceManager.Show(ctx, string(c.id))
	if err != nil {
		return out, err
	}
	backlog, err := s.ServiceDesk.Backlog(ctx, n.ID)
	if err != nil {
		return out, err
	}
	before, err := c.before()
	if err != nil {
		return out, err
	}
	events, err := s.ServiceDesk.NewestEvents(ctx, n.ID, before, pageSize)
	out = api.AdminServiceDetail{
		AdminService: adminService(n), Waiting: backlog.Waiting, GivenUp: backlog.Dead, Failures: backlog.Failures,
		OldSecretUntil: n.OldSecretUntil(s.Now()), Events: make([]api.AdminDelivery, len(events)),
	}
	if backlog.RestsUntil.After(s.Now()) {
		out.RestsUntil = &backlog.RestsUntil
	}
	for i, e := range events {
		out.Events[i] = api.AdminDelivery{
			Number: e.Number, Type: string(e.Type), At: e.At, State: string(e.State), Tries: e.Tries, Failure: e.Failure,
		}
	}
	return out, err
}

// serviceNoted finds the service of a call and writes the act with its reason.
func (s *Server) serviceNoted(ctx context.Context, c *call, a operator.Act, reason string) (service.Service, error) {
	n, err := s.ServiceManager.Show(ctx, string(c.id))
	if err == nil {
		err = s.note(ctx, c, a, n.ID, n.Name+": "+reason)
	}
	return n, err
}

func (s *Server) adminServiceRotate(ctx context.Context, c *call, in api.AdminReason) (out api.AdminServiceSecrets, err error) {
	n, err := s.ServiceManager.Show(ctx, string(c.id))
	if err != nil {
		return out, err
	}
	if !n.HasSecret() {
		return out, refuse(problem.Conflict, "The service has no secret: it proves itself by "+string(n.Auth)+" and has no webhook.")
	}
	if err := s.note(ctx, c, operator.ActServiceRotated, n.ID, n.Name+": "+in.Reason); err != nil {
		return out, err
	}
	n, secrets, err := s.ServiceManager.Rotate(ctx, n.ID)
	out = serviceSecrets(n, secrets)
	out.OldUntil = n.OldSecretUntil(s.Now())
	return out, err
}

func (s *Server) adminServiceChange(ctx context.Context, c *call, in api.AdminServiceChange) (out api.AdminServiceSecrets, err error) {
	change := service.Change{Redirects: in.Redirects, Webhook: in.Webhook}
	if _, err := s.serviceNoted(ctx, c, operator.ActServiceChanged, in.Reason+" -> "+change.String()); err != nil {
		return out, err
	}
	n, secrets, err := s.ServiceManager.Change(ctx, string(c.id), change)
	if err != nil {
		return out, err
	}
	return serviceSecrets(n, secrets), nil
}

func (s *Server) adminServiceOff(ctx context.Context, c *call, in api.AdminReason) (none, error) {
	return none{}, s.turnService(ctx, c, operator.ActServiceOff, s.Now(), in.Reason)
}

func (s *Server) adminServiceOn(ctx context.Context, c *call, in api.AdminReason) (none, error) {
	return none{}, s.turnService(ctx, c, operator.ActServiceOn, time.Time{}, in.Reason)
}

func (s *Server) turnService(ctx context.Context, c *call, a operator.Act, offAt time.Time, reason string) error {
	n, err := s.serviceNoted(ctx, c, a, reason)
	if err == nil {
		_, err = s.ServiceDesk.TurnService(ctx, n.Realm, n.ID, offAt, s.Now())
	}
	return err
}

func (s *Server) adminServiceResend(ctx context.Context, c *call, in api.AdminReason) (out api.AdminResent, err error) {
	n, err := s.serviceNoted(ctx, c, operator.ActEventsResent, in.Reason)
	if err == nil {
		out.Events, err = s.ServiceDesk.ResendEvents(ctx, n.ID, s.Now())
	}
	return out, err
}

func (s *Server) adminServiceRemove(ctx context.Context, c *call, in api.AdminReason) (none, error) {
	n, err := s.serviceNoted(ctx, c, operator.ActServiceRemoved, in.Reason)
	if err == nil {
		err = s.ServiceManager.Remove(ctx, n.ID)
	}
	return none{}, err
}

func (s *Server) adminIssuers(context.Context, *call, none) ([]api.AdminIssuer, error) {
	out := []api.AdminIssuer{}
	for _, i := range s.Issuers.All() {
		issuer := api.AdminIssuer{
			ID: i.ID, NameZH: i.Name.ZH, NameEN: i.Name.EN, Issuer: i.Issuer, Device: i.Device, State: string(i.State), Use: []string{},
		}
		for _, use := range i.Use {
			issuer.Use = append(issuer.Use, string(use))
		}
		out = append(out, issuer)
	}
	return out, nil
}
