package httpapi

import (
	"context"
	"net/http"
	"net/url"

	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
)

func (s *Server) declareConsoleAudit() {
	s.console(http.MethodGet, consoleRoot+"/audit", operator.Audit, s.consoleAudit)
	s.console(http.MethodPost, consoleRoot+"/audit/verify", operator.Audit, s.consoleAuditVerify)
	s.console(http.MethodGet, consoleRoot+"/audit/export", operator.Audit, func(ctx context.Context, v *visit) error {
		return s.auditExport(ctx, v.call)
	})
	s.console(http.MethodGet, consoleRoot+"/health", operator.Any, s.consoleHealth)
}

// auditPage is a page of the trail with what stands beside it.
type auditPage struct {
	api.AuditPage
	Case, Operator string
	Check          api.AuditCheck
}

// ActsChain is the name of the chain that is no verification's.
func (auditPage) ActsChain() string { return operator.ActsChain }

func (s *Server) consoleAudit(ctx context.Context, v *visit) error {
	lines, err := s.audit(ctx, v.call, none{})
	if err != nil {
		return err
	}
	p := auditPage{AuditPage: lines, Case: v.gin.Query("case"), Operator: v.gin.Query("operator"), Check: auditCheck(s.Checker.State())}
	if p.Next != "" {
		p.Next = "?" + url.Values{"behind": {p.Next}, "case": {p.Case}, "operator": {p.Operator}}.Encode()
	}
	return s.show(v, "audit", p)
}

func (s *Server) consoleAuditVerify(ctx context.Context, v *visit) error {
	if _, err := s.auditVerify(ctx, v.call, api.Empty{}); err != nil {
		return err
	}
	return v.done(consoleRoot+"/audit", "verifying")
}

func (s *Server) consoleHealth(ctx context.Context, v *visit) error {
	h, err := s.health(ctx, v.call, none{})
	if err != nil {
		return err
	}
	return s.show(v, "health", h)
}
