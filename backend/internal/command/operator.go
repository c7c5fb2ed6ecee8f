package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
)

// operators works beside a running server and without one. What is done is
// audited under the name of the operating system's user.
type operators struct {
	Add    operatorAdd    `cmd:"" help:"Add an operator, and print the address at which they make their passkey: once, within 24 hours."`
	Enrol  operatorEnrol  `cmd:"" help:"Print another such address: for a second passkey, or with --replace in place of a lost one."`
	Key    operatorKey    `cmd:"" help:"Print a key of an operator for a program that calls /v1/admin."`
	List   operatorList   `cmd:"" help:"List the operators."`
	Remove operatorRemove `cmd:"" help:"Remove an operator; their passkeys, keys and sessions end at once."`
}

// operatorName is the argument that names an operator.
type operatorName struct {
	Name string `arg:"" help:"The operator's name: 2 to 32 of a-z, 0-9, dot, hyphen and underscore."`
}

// amongOperators calls do with the operators of the database that the settings
// name.
func amongOperators(ctx context.Context, cfg config.Config, env Env, do func(*operator.Service) error) error {
	a, err := app.OpenOperators(ctx, cfg)
	if err != nil {
		return fmt.Errorf("%s: %w", place(cfg), err)
	}
	env.tellPlace(cfg)
	return errors.Join(do(a.Operators), a.Close())
}

type operatorAdd struct {
	operatorName
	Role    string `required:"" placeholder:"ROLE" help:"support, reviewer, admin or auditor; several with commas between."`
	Account string `placeholder:"USERNAME" help:"The operator's own account on this server, about which they decide nothing."`
}

func (o operatorAdd) Run(ctx context.Context, cfg config.Config, env Env) error {
	roles, err := operator.ParseRoles(o.Role)
	if err != nil {
		return err
	}
	return amongOperators(ctx, cfg, env, func(s *operator.Service) error {
		secret, err := s.Add(ctx, shellUser(), o.Name, o.Account, roles)
		if err != nil {
			return err
		}
		return tellEnrolment(cfg, env, o.Name, secret)
	})
}

type operatorEnrol struct {
	operatorName
	Replace bool `help:"End every passkey and session of the operator at once: a device was lost."`
}

func (o operatorEnrol) Run(ctx context.Context, cfg config.Config, env Env) error {
	return amongOperators(ctx, cfg, env, func(s *operator.Service) error {
		secret, err := s.Enrol(ctx, shellUser(), o.Name, o.Replace)
		if err != nil {
			return err
		}
		return tellEnrolment(cfg, env, o.Name, secret)
	})
}

// tellEnrolment prints the address. Its secret stands behind a #, which no
// server and no proxy is sent.
func tellEnrolment(cfg config.Config, env Env, name, secret string) error {
	console := app.ConsoleURL(cfg)
	if err := (operator.Place{Origin: console}).Check(); err != nil {
		_, _ = fmt.Fprintf(env.Stderr, "%v. Keys (`backend operator key %s`) work everywhere.\n", err, name)
	}
	_, err := fmt.Fprintf(env.Stdout, "%s makes a passkey here, once, within 24 hours:\n%s/console/enrol#%s\n", name, console, secret)
	return err
}

type operatorKey struct {
	operatorName
	Role string        `placeholder:"ROLE" help:"The key's roles, some of the operator's; all of them without."`
	Life time.Duration `default:"2160h" help:"How long the key lives, a year at most."`
	End  bool          `help:"End every key of the operator instead of making one."`
}

func (o operatorKey) Run(ctx context.Context, cfg config.Config, env Env) error {
	return amongOperators(ctx, cfg, env, func(s *operator.Service) error {
		if o.End {
			n, err := s.EndKeys(ctx, shellUser(), o.Name)
			if err == nil {
				_, err = fmt.Fprintf(env.Stdout, "keys of %s that have ended: %d\n", o.Name, n)
			}
			return err
		}
		var roles []operator.Role
		if o.Role != "" {
			var err error
			if roles, err = operator.ParseRoles(o.Role); err != nil {
				return err
			}
		}
		token, k, err := s.NewKey(ctx, shellUser(), o.Name, roles, o.Life)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(env.Stderr, "key of %s until %s; it is shown only now, and goes into Authorization: Bearer\n", o.Name, k.ExpiresAt.Format("2006-01-02 15:04 MST"))
		_, err = fmt.Fprintln(env.Stdout, token)
		return err
	})
}

type operatorList struct{}

func (operatorList) Run(ctx context.Context, cfg config.Config, env Env) error {
	return amongOperators(ctx, cfg, env, func(s *operator.Service) error {
		all, err := s.List(ctx)
		for _, o := range all {
			until := ""
			if !o.RemovedAt.IsZero() {
				until = "  removed " + o.RemovedAt.Format("2006-01-02")
			}
			roles := make([]string, len(o.Roles))
			for i, r := range o.Roles {
				roles[i] = string(r)
			}
			_, _ = fmt.Fprintf(env.Stdout, "%-32s  %s  since %s%s\n", o.Name, strings.Join(roles, ","), o.MadeAt.Format("2006-01-02"), until)
		}
		if err == nil && len(all) == 0 {
			env.tellNone("there is no operator; `backend operator add` makes one")
		}
		return err
	})
}

type operatorRemove struct{ operatorName }

func (o operatorRemove) Run(ctx context.Context, cfg config.Config, env Env) error {
	return amongOperators(ctx, cfg, env, func(s *operator.Service) error {
		if err := s.Remove(ctx, shellUser(), o.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(env.Stdout, "%s is removed: nothing of theirs opens anything any more\n", o.Name)
		return err
	})
}
