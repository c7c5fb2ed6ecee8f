package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// Services is what the API knows of services that rely on this server.
type Services interface {
	// Caller returns the service of a token, or verify.ErrUnauthorized.
	Caller(ctx context.Context, token string) (serviceID string, err error)
	// Person returns verify.ErrNotFound for whoever did not agree that the service
	// is told.
	Person(ctx context.Context, serviceID, subject string) (api.ServicePerson, error)
	// Events lists what happened after a number, at most limit of it.
	Events(ctx context.Context, serviceID string, after int64, limit int) ([]api.ServiceEvent, error)
	// Grants lists what a person agreed to, by the services' names.
	Grants(ctx context.Context, accountID string) ([]api.Grant, error)
	// Revoke returns verify.ErrNotFound where there is nothing to revoke.
	Revoke(ctx context.Context, accountID, serviceID string) error
}

func (s *Server) declareServices() {
	serve(s, route{
		method: http.MethodGet, path: api.PathGrants, who: whoAccount, status: http.StatusOK, tag: "account",
		summary: "The services that the person let know of them",
	}, s.grants)
	serve(s, route{
		method: http.MethodDelete, path: api.PathGrant, who: whoAccount, status: http.StatusNoContent, tag: "account",
		summary: "Revoke what was agreed to; the service's tokens end, and it is told",
		missing: "This account let no such service know of it.",
	}, s.revoke)
	serve(s, route{
		method: http.MethodGet, path: api.PathServicePerson, who: whoService, status: http.StatusOK, tag: "service",
		summary: "Whether a person who agreed is verified", codes: []problem.Code{problem.NotFound},
		missing: "Nobody of this sub lets this service know of them.",
	}, s.servicePerson)
	serve(s, route{
		method: http.MethodGet, path: api.PathServiceEvents, who: whoService, status: http.StatusOK, tag: "service",
		summary: "What changed after an event, for a service that was away", query: []string{"after"}, codes: []problem.Code{problem.RequestInvalid},
	}, s.serviceEvents)
}

func (s *Server) grants(ctx context.Context, c *call, _ none) ([]api.Grant, error) {
	return s.Services.Grants(ctx, c.caller.account.ID)
}

func (s *Server) revoke(ctx context.Context, c *call, _ none) (none, error) {
	return none{}, s.Services.Revoke(ctx, c.caller.account.ID, string(c.id))
}

func (s *Server) servicePerson(ctx context.Context, c *call, _ none) (api.ServicePerson, error) {
	sub := c.gin.Param("sub")
	if strings.Trim(strings.ToLower(sub), idAlphabet) != "" { // what no subject is never reaches the database
		return api.ServicePerson{}, verify.ErrNotFound
	}
	return s.Services.Person(ctx, c.caller.service, sub)
}

// eventsPage is how many events one answer has.
const eventsPage = 100

func (s *Server) serviceEvents(ctx context.Context, c *call, _ none) (api.ServiceEvents, error) {
	var after int64
	if text := c.gin.Query("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return api.ServiceEvents{}, invalid("after", "value", "after is the number of an event, or 0.")
		}
	}
	events, err := s.Services.Events(ctx, c.caller.service, after, eventsPage+1)
	out := api.ServiceEvents{Events: events[:min(len(events), eventsPage)], Next: after, More: len(events) > eventsPage}
	if n := len(out.Events); n > 0 {
		out.Next = out.Events[n-1].Number
	}
	return out, err
}
