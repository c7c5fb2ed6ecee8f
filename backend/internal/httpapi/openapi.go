package httpapi

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"realname.example/shared/verification"
)

func openAPIConfig(cfg Config) huma.Config {
	bearer := func(description string) *huma.SecurityScheme {
		return &huma.SecurityScheme{Type: "http", Scheme: "bearer", Description: description}
	}
	return huma.Config{OpenAPI: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Realname", Version: cfg.Version,
			Description: "Real-name verification of accounts. Every refusal is a problem document (RFC 9457) whose code is one of a closed list; " +
				"a decision about a verification is an answer whose status and reason say it. " +
				"Authenticated POSTs take an Idempotency-Key, kept ten minutes.",
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Servers: []*huma.Server{{URL: "/", Description: "The server that this document comes from."}},
		Tags: []*huma.Tag{
			{Name: "server", Description: "What a client asks before anybody signs in."},
			{Name: "account", Description: "Accounts, sessions, and what is kept of a person."},
			{Name: "verification", Description: "One attempt of an account to prove who its person is, from the PC."},
			{Name: "phone", Description: "The same verification from a phone that has claimed its hand-off."},
			{Name: "service", Description: "Services that rely on this server."},
			{Name: "operator", Description: "Who runs the server."},
			{Name: "sandbox", Description: "Fictional people; a server in production has none of it."},
		},
		Components: &huma.Components{
			Schemas: newSchemas(),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"account":  bearer("token of a session (POST /v1/sessions)"),
				"phone":    bearer("token of a claimed hand-off (POST /v1/handoffs/claim)"),
				"operator": bearer("key of an operator (backend operator key NAME); what it may is said by its roles"),
				"service":  bearer("token of a service with the scope status (POST /oidc/token, grant client_credentials)"),
			},
		},
	}}
}

// schemaName keeps apart what two packages of the protocol name alike: the
// masked identity and hand-off of a View, and those that a call carries.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if other, taken := words[name]; taken {
		return other
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == reflect.TypeFor[verification.View]().PkgPath() && t != reflect.TypeFor[verification.View]() {
		return "View" + name
	}
	return name
}

// document encodes the OpenAPI document.
func (s *Server) document() ([]byte, error) {
	spec, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode API document: %w", err)
	}
	return spec, nil
}

func (s *Server) declareDocument() {
	s.engine.GET("/openapi.json", func(g *gin.Context) {
		spec, err := s.spec()
		if err != nil {
			_ = g.Error(err)
			return
		}
		g.Data(http.StatusOK, "application/openapi+json", spec)
	})
	s.engine.GET("/docs", func(g *gin.Context) {
		s.page(g, http.StatusOK, "docs", map[string]any{"Language": "en", "Info": s.api.OpenAPI().Info, "Groups": s.groups()})
	})
}

// docGroup is one tag of the readable page.
type docGroup struct {
	Name  string
	Calls []docCall
}

// docCall is one call of the readable page.
type docCall struct {
	Method, Path, Summary, Who string
	Body, Answer               template.HTML
	Problems                   []string
}

// groups lays the document out for reading.
func (s *Server) groups() []docGroup {
	var out []docGroup
	at := map[string]int{}
	for _, d := range s.routes {
		item := s.api.OpenAPI().Paths[d.path]
		op := map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodDelete: item.Delete,
		}[d.method]
		c := docCall{Method: d.method, Path: d.path, Summary: d.summary, Who: "anyone"}
		for _, scheme := range op.Security {
			for name := range scheme {
				c.Who = name
			}
		}
		if op.RequestBody != nil {
			c.Body = s.shape(op.RequestBody.Content)
		}
		for status, response := range op.Responses {
			if status < "300" {
				c.Answer = template.HTML(template.HTMLEscapeString(status+" ")) + s.shape(response.Content) //nolint:gosec // escaped here and in shape
				continue
			}
			c.Problems = append(c.Problems, status+" "+response.Description)
		}
		sort.Strings(c.Problems)
		if _, known := at[d.tag]; !known {
			at[d.tag] = len(out)
			out = append(out, docGroup{Name: d.tag})
		}
		out[at[d.tag]].Calls = append(out[at[d.tag]].Calls, c)
	}
	return out
}

// shape lists the fields of a body, a line each.
func (s *Server) shape(content map[string]*huma.MediaType) template.HTML {
	var b strings.Builder
	for kind, media := range content {
		b.WriteString(template.HTMLEscapeString(kind) + "\n")
		s.fields(&b, media.Schema, "  ", 0)
	}
	return template.HTML(b.String()) //nolint:gosec // every part was escaped
}

func (s *Server) fields(b *strings.Builder, schema *huma.Schema, indent string, depth int) {
	for schema != nil && schema.Ref != "" {
		schema = s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	if schema == nil || depth > 3 {
		return
	}
	if len(schema.OneOf) > 0 {
		s.fields(b, schema.OneOf[0], indent, depth)
		return
	}
	if schema.Items != nil {
		s.fields(b, schema.Items, indent, depth+1)
		return
	}
	names := make([]string, 0, len(schema.Properties))
	for name := range schema.Properties {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		property := schema.Properties[name]
		line := indent + name
		if property.Type != "" {
			line += " " + property.Type
		}
		for i, v := range property.Enum {
			line += map[bool]string{true: ": ", false: " | "}[i == 0] + fmt.Sprint(v)
		}
		if property.Description != "" {
			line += "  " + property.Description
		}
		b.WriteString(template.HTMLEscapeString(line) + "\n")
		s.fields(b, property, indent+"  ", depth+1)
	}
}
