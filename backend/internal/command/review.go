package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/shared/verification"
)

// review works beside a running server and without one. Decisions are audited
// under the name of the operating system's user.
type review struct {
	List    reviewList    `cmd:"" help:"List who waits."`
	Show    reviewShow    `cmd:"" help:"Show one case in full."`
	Approve reviewApprove `cmd:"" help:"Say that the person is who they say they are."`
	Reject  reviewReject  `cmd:"" help:"Say that they are not, or that it cannot be told."`
}

// inDomain calls do with the domain, the operators and the store of the database
// that the settings name.
func inDomain(ctx context.Context, cfg config.Config, env Env, do func(*app.App) error) error {
	a, err := app.OpenOperators(ctx, cfg)
	if err != nil {
		return fmt.Errorf("%s: %w", place(cfg), err)
	}
	env.tellPlace(cfg)
	return errors.Join(do(a), a.Close())
}

type reviewList struct{}

func (reviewList) Run(ctx context.Context, cfg config.Config, env Env) error {
	return inDomain(ctx, cfg, env, func(a *app.App) error {
		items, err := a.Verify.Reviews(ctx, "", 0)
		for _, i := range items {
			_, _ = fmt.Fprintf(env.Stdout, "%s  since %s  %s  %s  %s\n", i.View.ID, i.Since.Format("2006-01-02 15:04"), i.Asked, i.Account, i.View.Identity.Name)
		}
		if err == nil && len(items) == 0 {
			env.tellNone("nobody waits for a review")
		}
		return err
	})
}

// caseID is the argument that names a case.
type caseID struct {
	ID verification.ID `arg:"" help:"The case, as review list names it."`
}

type reviewShow struct{ caseID }

func (r reviewShow) Run(ctx context.Context, cfg config.Config, env Env) error {
	return inDomain(ctx, cfg, env, func(a *app.App) error {
		i, err := a.Verify.Review(ctx, r.ID)
		if err != nil {
			return err
		}
		about, err := a.Store.AccountByID(ctx, i.AccountID)
		if err != nil {
			return err
		}
		address, err := a.Store.Address(ctx, i.AccountID)
		if err != nil {
			return err
		}
		if err := a.Operators.Note(ctx, operator.Caller{Name: shellUser()}, operator.ActReviewOpened, string(r.ID), ""); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "case     %s\nstatus   %s\nasked    %s\naccount  %s\nname     %s\nnumber   %s\nmobile   %s\nemail    %s\n",
			i.View.ID, i.View.Status, i.Asked, about.Username, i.Identity.Name.Reveal(), i.Identity.Number.Reveal(), i.Identity.Mobile.Reveal(), cmp.Or(i.Identity.Email.Reveal(), address.Email))
		return err
	})
}

// decision is a case and why it is decided so.
type decision struct {
	caseID
	Reason []string `arg:"" help:"Why; it is kept in the audit trail."`
}

func (d decision) decide(ctx context.Context, cfg config.Config, env Env, approve bool) error {
	return inDomain(ctx, cfg, env, func(a *app.App) error {
		v, err := a.Verify.Decide(ctx, shellUser(), d.ID, approve, strings.Join(d.Reason, " "))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%s is %s %s\n", v.ID, v.Status, v.Reason)
		return err
	})
}

type reviewApprove struct{ decision }

func (r reviewApprove) Run(ctx context.Context, cfg config.Config, env Env) error {
	return r.decide(ctx, cfg, env, true)
}

type reviewReject struct{ decision }

func (r reviewReject) Run(ctx context.Context, cfg config.Config, env Env) error {
	return r.decide(ctx, cfg, env, false)
}

// shellUser is the user of the operating system, told apart from an operator of
// the same name.
func shellUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "shell:" + u.Username
	}
	return "shell"
}
