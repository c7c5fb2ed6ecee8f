package httpapi

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// consoleExportPath is where people are exported.
const consoleExportPath = consoleRoot + "/people/export"

// everybody is the subject of a request to export the registry.
const everybody = "registry"

func (s *Server) declarePeopleExport() {
	r := route{
		method: http.MethodPost, path: api.PathAdminExport, who: whoOperator, right: operator.People, status: http.StatusOK, tag: "operator",
		summary: "Export the registry as CSV, in clear and without portraits; the first of two admins is answered with 202",
		codes:   []problem.Code{problem.Conflict}, asks: true, fresh: true,
	}
	schemas := s.api.OpenAPI().Components.Schemas
	in := schemas.Schema(reflect.TypeFor[api.AdminReason](), true, "")
	op := s.operation(r, in, nil)
	op.Responses["200"].Content = map[string]*huma.MediaType{csvType: {Schema: &huma.Schema{Type: huma.TypeString}}}
	op.Responses[strconv.Itoa(http.StatusAccepted)] = &huma.Response{
		Description: "Another admin has to ask for it too.",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(reflect.TypeFor[api.AdminAgreement](), true, "")}},
	}
	s.mount(r, op, func(ctx context.Context, c *call) error {
		body, err := readBody(c.gin, r.limit)
		if err != nil {
			return err
		}
		var why api.AdminReason
		if err := decode(schemas, in, body, &why); err != nil {
			return err
		}
		until, err := s.exportPeople(ctx, c, why.Reason)
		if err != nil || until.IsZero() {
			return err
		}
		text, err := encode(api.AdminAgreement{Until: &until})
		if err == nil {
			answer(c.gin, http.StatusAccepted, text)
		}
		return err
	})
}

// exportPeople answers with everybody, once a second admin asks for it. For the first
// one it answers nothing, and returns until when the other may.
func (s *Server) exportPeople(ctx context.Context, c *call, reason string) (until time.Time, err error) {
	first, err := s.Operators.Agree(ctx, c.caller.operator, operator.Request{Kind: operator.KindExport, Subject: everybody, Reason: reason})
	if err != nil {
		return time.Time{}, err
	}
	if first == nil {
		return s.Now().Add(operator.RequestLife), nil
	}
	all, err := s.Registry.CountPeople(ctx)
	if err != nil {
		return time.Time{}, err
	}
	work, err := operator.Begin(ctx, s.Works, s.Now, operator.Ticking, operator.WorkExport, c.caller.operator.Name, all)
	if err != nil {
		return time.Time{}, err
	}
	if err := s.note(ctx, c, operator.ActExported, "", "with "+first.Operator+": "+reason); err != nil {
		return time.Time{}, work.End(ctx, err)
	}
	c.gin.Header("Content-Type", csvType+"; charset=utf-8")
	c.gin.Header("Content-Disposition", `attachment; filename="people-`+s.Now().UTC().Format("20060102T150405Z")+`.csv"`)
	_, err = registry.Write(c.gin.Writer, operator.Counted(ctx, work, s.Registry.All(ctx)), nil)
	if err = work.End(ctx, err); err != nil {
		s.Logger.WarnContext(ctx, "an export of the registry was cut off", "request", c.gin.GetString(requestID), "err", err)
		panic(http.ErrAbortHandler) // what was sent would look whole
	}
	return time.Time{}, nil
}

func (s *Server) declareConsoleExport() {
	s.console(http.MethodGet, consoleExportPath, operator.People, func(ctx context.Context, v *visit) error {
		requests, err := s.Operators.Requests(ctx, everybody)
		if err != nil {
			return err
		}
		return s.show(v, "export", adminRequests(requests))
	})
	s.console(http.MethodPost, consoleExportPath, operator.People, func(ctx context.Context, v *visit) error {
		reason, err := v.reason()
		if err != nil {
			return err
		}
		until, err := s.exportPeople(ctx, v.call, reason)
		if err != nil || until.IsZero() {
			return err
		}
		return v.done(consoleExportPath, "export_asked")
	})
}
