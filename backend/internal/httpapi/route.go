package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// route declares one call of the API.
type route struct {
	method  string
	path    string
	who     who
	right   operator.Right // what an operator needs
	status  int            // of the answer that is not a problem
	summary string
	tag     string
	// codes are the problems that this call can answer beside those that
	// every call can.
	codes []problem.Code
	// missing is what not_found says, where it is about no verification of one's own.
	missing string
	// query lists the names of optional query parameters.
	query []string
	// limit of the body in bytes; zero for maxJSON.
	limit int64
	// fresh routes are never answered from a kept answer.
	fresh bool
	// asks is true where others than the database are waited for: a provider, an
	// issuer, the face engine, whoever sends or reads MBs. They have times of their
	// own.
	asks bool
	// looks is true for what those ask who wait for a case, however many: each in turn.
	looks bool
}

// declared is a route with the names that the OpenAPI document has for it.
type declared struct {
	route
	body string // schema of the request, "" for none
}

// none is the request or the answer of a call that has no body.
type none struct{}

// call is one request, bound.
type call struct {
	gin    *gin.Context
	caller caller
	// id is the {id} of the path.
	id verification.ID
	// looked gives back the turn of a route that looks; it is called as soon as the
	// database was asked, and before anything is written.
	looked func()
}

// serve declares a route whose body is JSON. Handle gets the request and
// returns the answer, or an error for the one map of problem.go.
func serve[In, Out any](s *Server, r route, handle func(context.Context, *call, In) (Out, error)) {
	schemas := s.api.OpenAPI().Components.Schemas
	var in *huma.Schema
	if !is[none, In]() {
		in = schemas.Schema(reflect.TypeFor[In](), true, "")
	}
	var out *huma.Schema
	if !is[none, Out]() {
		out = schemas.Schema(reflect.TypeFor[Out](), true, "")
	}
	op := s.operation(r, in, out)
	// Where a call takes nothing its body may be left out; not where it needs no token
	// either, since the type of its body is what another site's page cannot send unasked.
	bare := is[api.Empty, In]() && r.who != whoNobody
	if bare {
		op.RequestBody.Required = false
	}
	s.mount(r, op, func(ctx context.Context, c *call) error {
		var body []byte
		var request In
		if in != nil && (!bare || c.gin.Request.ContentLength != 0) {
			var err error
			if body, err = readBody(c.gin, r.limit); err != nil {
				return err
			}
			if err := decode(schemas, in, body, &request); err != nil {
				return err
			}
		}
		return s.once(ctx, r, c, body, func() (any, error) {
			answer, err := handle(ctx, c, request)
			if r.missing != "" && errors.Is(err, verify.ErrNotFound) {
				err = refuse(problem.NotFound, r.missing)
			}
			if out == nil {
				return nil, err
			}
			return answer, err
		})
	})
}

// is reports whether two types are the same.
func is[A, B any]() bool { return reflect.TypeFor[A]() == reflect.TypeFor[B]() }

// idAlphabet has every character of an id. Others never reach the database,
// which takes some of them for a fault of its own.
const idAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz_-"

// mount puts a route on the router and into the document.
func (s *Server) mount(r route, op *huma.Operation, handle func(context.Context, *call) error) {
	s.api.OpenAPI().AddOperation(op)
	body := ""
	if op.RequestBody != nil {
		for kind := range op.RequestBody.Content {
			body = kind
		}
	}
	s.routes = append(s.routes, declared{route: r, body: body})
	s.api.Adapter().Handle(op, func(h huma.Context) {
		g := humagin.Unwrap(h)
		if err := s.handle(g, &r, handle); err != nil {
			_ = g.Error(err)
		}
	})
}

// handle finds out who makes a call, and has it answered where they may make it.
func (s *Server) handle(g *gin.Context, r *route, answer func(context.Context, *call) error) error {
	ctx := g.Request.Context()
	if r.asks {
		// The time for the database is not kept: a stream holds nothing that it does not need.
		c, err := briefly(ctx, s, func(ctx context.Context) (*call, error) { return s.admit(ctx, g, r) })
		if err != nil {
			return err
		}
		defer c.looked()
		return answer(ctx, c)
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	c, err := s.admit(ctx, g, r)
	if err != nil {
		return err
	}
	defer c.looked()
	return answer(ctx, c)
}

// admit returns a call whose caller may make it, with the turn of a route that looks.
func (s *Server) admit(ctx context.Context, g *gin.Context, r *route) (*call, error) {
	c := &call{gin: g, id: verification.ID(g.Param("id")), looked: func() {}}
	if r.looks {
		var err error
		// What is left of the time is the database's.
		if c.looked, err = s.turns.take(ctx, s.cfg.DatabaseTimeout/2); err != nil {
			return nil, err
		}
	}
	admitted := false
	defer func() {
		if !admitted {
			c.looked()
		}
	}()
	if err := s.allow(ctx, c, r); err != nil {
		return nil, err
	}
	admitted = true
	return c, nil
}

// allow finds out who makes a call, and refuses what they may not.
func (s *Server) allow(ctx context.Context, c *call, r *route) error {
	var err error
	if c.caller, err = s.authenticate(ctx, c.gin, r.who); err != nil {
		return err
	}
	if r.who == whoOperator && !c.caller.operator.May(r.right) {
		return refuse(problem.Forbidden, fmt.Sprintf("This needs the right %q, which your role does not have.", r.right))
	}
	if strings.Trim(string(c.id), idAlphabet) != "" {
		return refuse(problem.NotFound, "Nothing has this id.")
	}
	return nil
}

// within gives a call the time that it may wait for the database: one that hangs, or
// of which others hold every connection, is told as busy.
func (s *Server) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.cfg.DatabaseTimeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, s.cfg.DatabaseTimeout)
}

// pathParameter finds {id} and its like in a path.
var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// operation describes a route for the document.
func (s *Server) operation(r route, in, out *huma.Schema) *huma.Operation {
	op := &huma.Operation{
		OperationID: operationID(r), Method: r.method, Path: r.path, DefaultStatus: r.status,
		Summary: r.summary, Tags: []string{r.tag},
		Responses: map[string]*huma.Response{},
		Security:  r.who.security(),
	}
	if r.who == whoOperator {
		op.Description = fmt.Sprintf("Needs the right %q.", r.right)
	}
	for _, match := range pathParameter.FindAllStringSubmatch(r.path, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: match[1], In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
		})
	}
	if r.method == http.MethodPost && r.who != whoNobody && !r.fresh {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: api.IdempotencyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(maxIdempotencyKey)},
			Description: "The first answer to a key is kept ten minutes and given again.",
		})
	}
	for _, name := range r.query {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
	}
	if in != nil {
		op.RequestBody = &huma.RequestBody{
			Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: in}},
		}
	}
	answer := &huma.Response{Description: http.StatusText(r.status)}
	if out != nil {
		answer.Content = map[string]*huma.MediaType{"application/json": {Schema: out}}
	}
	op.Responses[strconv.Itoa(r.status)] = answer
	s.describeProblems(op, r)
	return op
}

// describeProblems lists the problem codes by their HTTP status.
func (s *Server) describeProblems(op *huma.Operation, r route) {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, "")
	codes := append([]problem.Code{problem.Internal, problem.Busy, problem.Forbidden}, r.codes...)
	if op.RequestBody != nil {
		codes = append(codes, problem.RequestInvalid, problem.TooLarge)
	}
	if r.who != whoNobody {
		codes = append(codes, problem.Unauthorized)
	}
	if pathParameter.MatchString(r.path) {
		codes = append(codes, problem.NotFound)
	}
	said := map[problem.Code]bool{}
	for _, code := range codes {
		if said[code] {
			continue
		}
		said[code] = true
		key := strconv.Itoa(code.Status())
		if known := op.Responses[key]; known != nil {
			known.Description += ", " + string(code)
			continue
		}
		op.Responses[key] = &huma.Response{
			Description: string(code), Headers: problemHeaders(code),
			Content: map[string]*huma.MediaType{problem.ContentType: {Schema: schema}},
		}
	}
}

func operationID(r route) string {
	name := strings.NewReplacer("/v1/", "", "/", "-", "{", "", "}", "").Replace(r.path)
	return strings.ToLower(r.method) + "-" + strings.Trim(name, "-")
}

// answer writes JSON. Nil writes the status alone.
func answer(g *gin.Context, status int, body []byte) {
	if body == nil {
		g.Status(status)
		g.Writer.WriteHeaderNow()
		return
	}
	g.Data(status, "application/json; charset=utf-8", body)
}

// encode returns the JSON of an answer, nil for none.
func encode(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}
