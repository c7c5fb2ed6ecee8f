package httpapi

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
)

// maxPortraitJSON bounds the call that adds one's own person, whose portrait
// rides in it as base64.
const maxPortraitJSON = 4 << 20

func (s *Server) declareInbox() {
	r := route{
		method: http.MethodGet, path: api.PathSandboxSMS, status: http.StatusOK, tag: "sandbox",
		summary: "SMS inbox, newest first; a page for a browser", query: []string{"mobile"},
	}
	op := s.operation(r, nil, s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[[]api.SandboxSMS](), true, ""))
	op.Responses["200"].Content["text/html"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	s.mount(r, op, s.sandboxInbox)
}

// sandboxInbox answers JSON to a program and a page to a browser.
func (s *Server) sandboxInbox(ctx context.Context, c *call) error {
	typed, one := c.gin.GetQuery("mobile")
	mobile, err := identity.ParseMobile(typed)
	var messages []api.SandboxSMS
	if err == nil || typed == "" { // to what is no number nothing was sent
		messages, err = s.Sandbox.Messages(ctx, mobile)
		if err != nil {
			return err
		}
	}
	if one || !strings.Contains(c.gin.GetHeader("Accept"), "text/html") {
		if messages == nil {
			messages = []api.SandboxSMS{}
		}
		c.gin.JSON(http.StatusOK, messages)
		return nil
	}
	s.page(c.gin, http.StatusOK, "inbox", map[string]any{"Language": pageLanguage(c.gin), "Messages": messages})
	return nil
}

func (s *Server) sandboxPeople(ctx context.Context, _ *call, _ none) ([]api.Person, error) {
	people, err := s.Sandbox.People(ctx)
	if people == nil {
		people = []api.Person{}
	}
	return people, err
}

func (s *Server) sandboxAdd(ctx context.Context, _ *call, in api.NewPerson) (api.Person, error) {
	p, err := s.Sandbox.Add(ctx, in)
	if input := (*verify.InputError)(nil); errors.As(err, &input) {
		r := refusalOf(err, s.Now())
		for i := range r.errors {
			r.errors[i].Field = strings.TrimPrefix(r.errors[i].Field, "identity.")
		}
		return api.Person{}, r
	}
	return p, err
}

func (s *Server) sandboxReset(ctx context.Context, _ *call, _ api.Empty) (none, error) {
	return none{}, s.Sandbox.Reset(ctx)
}
