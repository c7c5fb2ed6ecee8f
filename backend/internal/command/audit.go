package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/store"
)

type audit struct {
	Verify auditVerify `cmd:"" help:"Name the first row of the audit trail that was changed, removed or moved."`
}

// auditVerify prints what holds, with the last seal for the operator to note.
type auditVerify struct {
	Seal seal `placeholder:"N:HEAD" help:"A seal that an earlier call printed and that has to be there still."`
}

func (a auditVerify) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inStore(ctx, cfg, func(o *opened) error {
		report, err := o.VerifyAudit(ctx, a.Seal.noted)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%s: %d entries hold, sealed up to %d:%s\n", place(cfg), report.Entries, report.Seals, report.Head)
		return err
	})
}

// seal is what auditVerify printed earlier; nil where none is given.
type seal struct{ noted *store.AuditReport }

// UnmarshalText reads N:HEAD.
func (s *seal) UnmarshalText(text []byte) error {
	number, head, _ := strings.Cut(string(text), ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || head == "" {
		return errors.New("a seal is a number, a colon and a head, as audit verify prints it")
	}
	s.noted = &store.AuditReport{Seals: n, Head: head}
	return nil
}
