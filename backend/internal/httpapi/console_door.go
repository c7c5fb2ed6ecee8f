package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"realname.example/backend/internal/operator"
	"realname.example/shared/problem"
)

// doorAnswer is what the script of the passkey pages sends back: the answer of
// the authenticator to a ceremony, and the secret of an enrolment.
type doorAnswer struct {
	Enrolment  string          `json:"enrolment,omitempty"`
	Ceremony   string          `json:"ceremony,omitempty"`
	Credential json.RawMessage `json:"credential,omitempty"`
}

// entered is where the script goes after a ceremony.
type entered struct {
	Next string `json:"next"`
}

func (s *Server) declareConsoleDoor() {
	for path, name := range map[string]string{consoleSignIn: "signin", consoleEnrol: "enrol"} {
		s.engine.GET(path, func(g *gin.Context) { s.doorPage(g, name) })
	}
	s.engine.POST(consoleSignIn+"/begin", s.door(func(ctx context.Context, _ *gin.Context, _ doorAnswer) (any, error) {
		return s.Operators.BeginSignIn(ctx)
	}))
	s.engine.POST(consoleSignIn+"/finish", s.door(func(ctx context.Context, g *gin.Context, in doorAnswer) (any, error) {
		token, err := s.Operators.FinishSignIn(ctx, in.Ceremony, in.Credential)
		return s.enter(g, token, err)
	}))
	s.engine.POST(consoleEnrol+"/begin", s.door(func(ctx context.Context, _ *gin.Context, in doorAnswer) (any, error) {
		return s.Operators.BeginEnrolment(ctx, in.Enrolment)
	}))
	s.engine.POST(consoleEnrol+"/finish", s.door(func(ctx context.Context, g *gin.Context, in doorAnswer) (any, error) {
		token, err := s.Operators.FinishEnrolment(ctx, in.Enrolment, in.Ceremony, in.Credential)
		return s.enter(g, token, err)
	}))
	s.console(http.MethodPost, consoleSignOut, operator.Any, s.consoleLeave)
}

// doorPage shows one of the two pages that anybody may see.
func (s *Server) doorPage(g *gin.Context, name string) {
	v := &visit{call: &call{gin: g}, lang: s.consoleLanguage(g)}
	p := s.newPage(v, name, consoleNext(g.Query("next")))
	p.Script = true
	if err := s.render(g, http.StatusOK, p); err != nil {
		_ = g.Error(err)
	}
}

// door answers the script. A page of another site cannot send JSON here.
func (s *Server) door(handle func(context.Context, *gin.Context, doorAnswer) (any, error)) gin.HandlerFunc {
	return func(g *gin.Context) {
		var in doorAnswer
		body, err := readBody(g, 0)
		if err == nil {
			err = json.Unmarshal(body, &in)
			if err != nil {
				err = refuse(problem.RequestInvalid, "The body is not what the console's page sends.")
			}
		}
		var out any
		if err == nil {
			out, err = handle(g.Request.Context(), g, in)
		}
		if err != nil {
			_ = g.Error(doorRefusal(err))
			return
		}
		g.JSON(http.StatusOK, out)
	}
}

// doorRefusal says why somebody cannot come in, and whether the address or the
// passkey is at fault.
func doorRefusal(err error) error {
	switch {
	case errors.Is(err, operator.ErrEnrolment), errors.Is(err, operator.ErrNotFound):
		return refuse(problem.TicketUsed, operator.ErrEnrolment.Error())
	case errors.Is(err, operator.ErrPasskey):
		return refuse(problem.CredentialsWrong, operator.ErrPasskey.Error())
	case errors.Is(err, operator.ErrPlace):
		return refuse(problem.Conflict, operator.ErrPlace.Error())
	}
	return err
}

// enter sets the session's cookie.
func (s *Server) enter(g *gin.Context, token string, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	s.setCookie(g, sessionCookie, token, int(operator.SessionLife.Seconds()))
	return entered{Next: consoleNext(g.Query("next"))}, nil
}

func (s *Server) consoleLeave(ctx context.Context, v *visit) error {
	if err := s.Operators.SignOut(ctx, v.caller.operator, v.token); err != nil {
		return err
	}
	s.setCookie(v.gin, sessionCookie, "", -1)
	v.gin.Redirect(http.StatusSeeOther, consoleSignIn)
	return nil
}
