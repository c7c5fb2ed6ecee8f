package httpapi

import (
	"context"
	"net/http"
	"time"

	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
)

func (s *Server) audit(ctx context.Context, c *call, _ none) (api.AuditPage, error) {
	q := operator.TrailQuery{Case: c.gin.Query("case"), Operator: c.gin.Query("operator"), Limit: pageSize}
	var err error
	if q.Behind, err = operator.ParseCursor(c.gin.Query("behind")); err != nil {
		return api.AuditPage{}, err
	}
	lines, err := s.Operators.Trail(ctx, q)
	if err != nil {
		return api.AuditPage{}, err
	}
	out := api.AuditPage{Lines: make([]api.AuditLine, len(lines))}
	for i, l := range lines {
		out.Lines[i] = auditLine(l)
	}
	if len(lines) == q.Limit {
		out.Next = behind(lines[len(lines)-1]).String()
	}
	return out, nil
}

func behind(l operator.Line) operator.Cursor {
	return operator.Cursor{At: l.At, Chain: l.Chain, Seq: l.Seq}
}

func auditLine(l operator.Line) api.AuditLine {
	return api.AuditLine{
		At: l.At, Chain: l.Chain, Seq: l.Seq, Actor: l.Actor, Event: l.Event, Status: l.Status, Reason: l.Reason,
		Party: l.Party, Subject: l.Subject, Detail: l.Detail,
	}
}

// exportPage is how many lines of an export are read at once.
const exportPage = 1000

// auditExport streams the whole trail as JSON Lines, oldest first, up to what
// was there when it began, and signs it.
func (s *Server) auditExport(ctx context.Context, c *call) error {
	if err := s.note(ctx, c, operator.ActAuditExported, "", ""); err != nil {
		return err
	}
	begun := s.Now()
	c.gin.Header("Content-Type", "application/jsonl")
	c.gin.Header("Content-Disposition", `attachment; filename="audit-`+begun.UTC().Format("20060102T150405Z")+`.jsonl"`)
	c.gin.Status(http.StatusOK)
	out := operator.NewExportWriter(c.gin.Writer)
	for q := (operator.TrailQuery{Limit: exportPage, Oldest: true}); ; {
		page, err := s.Operators.Trail(ctx, q)
		if err != nil {
			return err
		}
		for _, l := range page {
			if err := out.Line(auditLine(l)); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if len(page) < q.Limit || page[len(page)-1].At.After(begun) {
			return out.Close(s.ExportKey, begun)
		}
		q.Behind = behind(page[len(page)-1])
	}
}

func (s *Server) auditVerify(ctx context.Context, c *call, _ api.Empty) (api.AuditCheck, error) {
	if err := s.note(ctx, c, operator.ActAuditVerified, "", ""); err != nil {
		return api.AuditCheck{}, err
	}
	return auditCheck(s.Checker.Start(ctx, c.caller.operator.Name)), nil
}

func (s *Server) auditVerified(context.Context, *call, none) (api.AuditCheck, error) {
	return auditCheck(s.Checker.State()), nil
}

func auditCheck(c operator.Check) api.AuditCheck {
	out := api.AuditCheck{
		Running: c.Running, By: c.By, Done: c.Done, All: c.All, Entries: c.Verdict.Entries, Seals: c.Verdict.Seals,
		Head: c.Verdict.Head, Fault: c.Verdict.Fault, Failed: c.Failed,
	}
	out.BegunAt, out.EndedAt = whenever(c.BegunAt), whenever(c.EndedAt)
	return out
}

// whenever is nil for no time.
func whenever(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Server) health(ctx context.Context, _ *call, _ none) (api.Health, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	out := api.Health{Ready: true, Mode: s.cfg.Mode, Version: s.cfg.Version, Now: s.Now(), Checks: []api.HealthCheck{}}
	for _, c := range s.Ready(ctx) {
		out.Ready = out.Ready && (c.Error == "" || !c.Required)
		out.Checks = append(out.Checks, api.HealthCheck{Name: c.Name, Required: c.Required, Error: c.Error})
	}
	return out, nil
}
