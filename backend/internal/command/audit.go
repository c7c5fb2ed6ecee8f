package command

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/store"
)

type audit struct {
	Verify      auditVerify      `cmd:"" help:"Name the first row of the audit trail that was changed, removed or moved."`
	Key         auditKey         `cmd:"" help:"Print the public part of the key that signs exports of the trail."`
	CheckExport auditCheckExport `cmd:"" help:"Check an export by the public part of the key alone; it needs no server and no database."`
}

// auditKey prints what whoever checks exports has to know.
type auditKey struct{}

func (auditKey) Run(ctx context.Context, cfg config.Config, env Env) error {
	a, err := app.OpenDomain(ctx, cfg)
	if err != nil {
		return fmt.Errorf("%s: %w", place(cfg), err)
	}
	env.tellPlace(cfg)
	_, err = fmt.Fprintln(env.Stdout, base64.StdEncoding.EncodeToString(a.ExportKey()))
	return errors.Join(err, a.Close())
}

// auditCheckExport reads an export.
type auditCheckExport struct {
	File string `arg:"" help:"The file that the console or /v1/admin/audit/export gave."`
	Key  string `required:"" placeholder:"KEY" help:"The public part, as audit key prints it; keep it elsewhere than the server."`
}

func (a auditCheckExport) Run(env Env) (err error) {
	public, err := base64.StdEncoding.DecodeString(a.Key)
	if err != nil || len(public) != ed25519.PublicKeySize {
		return errors.New("the key is not one that `backend audit key` printed")
	}
	file, err := os.Open(a.File)
	if err != nil {
		return fmt.Errorf("open the export: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	seal, err := operator.CheckExport(file, public)
	if err != nil {
		return fmt.Errorf("%s: %w", a.File, err)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s: lines that are as they were exported on %s: %d\n", a.File, seal.MadeAt.Format(time.RFC3339), seal.Lines)
	return err
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
		sealed := "nothing is sealed yet"
		if report.Seals > 0 {
			sealed = fmt.Sprintf("sealed up to %d:%s", report.Seals, report.Head)
		}
		_, err = fmt.Fprintf(env.Stdout, "%s: entries that hold: %d, %s\n", place(cfg), report.Entries, sealed)
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
