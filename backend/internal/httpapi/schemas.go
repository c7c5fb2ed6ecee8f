package httpapi

import (
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// words are names that generators of clients, or their languages, have for
// something of their own.
var words = map[string]string{"Account": "OwnAccount", "Server": "ServerInfo", "ExportAccountStruct": "ExportAccount"}

// schemasAt is where the document keeps its schemas.
const schemasAt = "#/components/schemas/"

// The types under which closed lists stand in the document; values of the
// protocol's own types take their place.
type (
	statusList string
	reasonList string
	codeList   string
	endList    string
)

// Schema implements huma.SchemaProvider.
func (statusList) Schema(huma.Registry) *huma.Schema { return list("Status") }

// Schema implements huma.SchemaProvider.
func (reasonList) Schema(huma.Registry) *huma.Schema { return list("Reason") }

// Schema implements huma.SchemaProvider.
func (codeList) Schema(huma.Registry) *huma.Schema { return list("Code") }

// Schema implements huma.SchemaProvider.
func (endList) Schema(huma.Registry) *huma.Schema { return list("EndReason") }

// list refers to a closed list.
func list(name string) *huma.Schema { return &huma.Schema{Ref: schemasAt + name} }

// newSchemas returns a registry in which the closed lists have names.
func newSchemas() huma.Registry {
	schemas := huma.NewMapRegistry(schemasAt, schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[verification.Status](), reflect.TypeFor[statusList]())
	schemas.RegisterTypeAlias(reflect.TypeFor[verification.Reason](), reflect.TypeFor[reasonList]())
	schemas.RegisterTypeAlias(reflect.TypeFor[problem.Code](), reflect.TypeFor[codeList]())
	schemas.RegisterTypeAlias(reflect.TypeFor[EndReason](), reflect.TypeFor[endList]())
	codes := problem.Codes()
	slices.Sort(codes)
	all := schemas.Map()
	all["Status"] = closed("Where a verification stands, and so who acts next (docs/api.md).", verification.Statuses())
	all["Reason"] = closed("Why a verification has its status; empty where there is nothing to explain.",
		append([]verification.Reason{""}, verification.Reasons()...))
	all["Code"] = closed("Why a call could not be carried out.", codes)
	all["EndReason"] = closed("Why a stream ends: final, nothing comes any more; shutdown, another server is to be asked; "+
		"revoked, the token does not open it any more; away, the server cannot read the state, and another one is to be asked.", EndReasons())
	all["VerificationEvent"] = closed("What happened with a verification.", verify.Events())
	all["AuditEvent"] = closed("What happened with a verification, or what an operator did.", auditEvents())
	all["ServiceEventType"] = closed("What a service is told of.", service.EventTypes())
	return schemas
}

// auditEvents are those of verifications, and the acts of operators, which
// have some names in common.
func auditEvents() (all []string) {
	for _, e := range verify.Events() {
		all = append(all, string(e))
	}
	for _, a := range operator.Acts() {
		all = append(all, string(a))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// closed is a schema of the values of a closed list.
func closed[T ~string](doc string, values []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: doc}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	s.PrecomputeMessages()
	return s
}

// complete says what the types of the protocol cannot.
func (s *Server) complete() {
	all := s.api.OpenAPI().Components.Schemas.Map()
	set := func(schema, property string, to *huma.Schema) {
		if of := all[schema]; of != nil {
			to.Description = of.Properties[property].Description
			of.Properties[property] = to
		}
	}
	nothing := &huma.Schema{Type: "null"} // huma has no word for a nullable reference
	set("OwnAccount", "verification", &huma.Schema{OneOf: []*huma.Schema{list("AccountVerification"), nothing}})
	set("Record", "event", list("VerificationEvent"))
	set("Record", "reason", list("Reason"))
	set("AuditLine", "event", list("AuditEvent"))
	set("AuditLine", "status", list("Status"))
	set("AuditLine", "reason", list("Reason"))
	set("ServiceEvent", "type", list("ServiceEventType"))
	for name, value := range examples() {
		if of := all[name]; of != nil {
			of.Examples = []any{value}
		}
	}
}

// examples are values of the schemas that a client meets first.
func examples() map[string]any {
	who := api.Identity{CertificateType: string(identity.CNID), Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"}
	id := verification.ID("4b1f0c9a7d2e4f5a8c3b6d9e0f1a2b3c")
	at := time.Date(2026, time.November, 30, 8, 30, 0, 0, time.UTC)
	in := int64(1800)
	return map[string]any{
		"Credentials": api.Credentials{Username: "zhangwei", Password: "correct-horse-battery"},
		"NewVerification": api.NewVerification{
			Method: verification.Mobile, Identity: &who, Consent: &api.Consent{Version: "mobile-1", Language: "zh"},
		},
		"CodeCheck": api.CodeCheck{Code: "135790"},
		"View": verification.View{
			ID: id, Version: 1, Status: verification.CodeRequired, Method: verification.Mobile, AttemptsLeft: 5, ExpiresAt: &at, ExpiresIn: &in,
			Identity: verification.Identity{CertificateType: string(identity.CNID), Name: "张*", Number: "110***********0111"},
		},
		"Problem": problem.Problem{
			Type: problem.TypeURI(problem.RateLimited), Title: problem.RateLimited.Title(), Status: problem.RateLimited.Status(),
			Detail: "A code was sent a moment ago.", Code: problem.RateLimited,
		},
	}
}

// problemHeaders are those that stand beside a problem of a status.
func problemHeaders(code problem.Code) map[string]*huma.Param {
	text := func(doc string) *huma.Param {
		return &huma.Param{Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	headers := map[string]*huma.Param{requestHeader: text("The request's id, for a person to quote and the log to be searched for.")}
	switch code.Status() {
	case http.StatusUnauthorized:
		headers["WWW-Authenticate"] = text("Bearer.")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		headers["Retry-After"] = &huma.Param{
			Description: "Whole seconds until another try is of use; missing where that is not known.", Schema: &huma.Schema{Type: huma.TypeInteger},
		}
	}
	return headers
}
