package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"realname.example/shared/api"
)

// maxPortraitJSON bounds the call that adds one's own person, whose portrait
// rides in it as base64.
const maxPortraitJSON = 4 << 20

// sandboxInbox answers JSON to a program and a page to a browser.
func (s *Server) sandboxInbox(g *gin.Context) {
	mobile, one := g.GetQuery("mobile")
	messages, err := s.Sandbox.Messages(g.Request.Context(), mobile)
	if err != nil {
		_ = g.Error(err)
		return
	}
	if one || !strings.Contains(g.GetHeader("Accept"), "text/html") {
		if messages == nil {
			messages = []api.SandboxSMS{}
		}
		g.JSON(http.StatusOK, messages)
		return
	}
	s.page(g, http.StatusOK, "inbox", map[string]any{"Language": pageLanguage(g), "Messages": messages})
}

func (s *Server) sandboxPeople(ctx context.Context, _ *call, _ none) ([]api.Person, error) {
	people, err := s.Sandbox.People(ctx)
	if people == nil {
		people = []api.Person{}
	}
	return people, err
}

func (s *Server) sandboxAdd(ctx context.Context, _ *call, in api.NewPerson) (api.Person, error) {
	return s.Sandbox.Add(ctx, in)
}

func (s *Server) sandboxReset(ctx context.Context, _ *call, _ api.Empty) (none, error) {
	return none{}, s.Sandbox.Reset(ctx)
}
