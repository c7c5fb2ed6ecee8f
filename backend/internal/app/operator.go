package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os/user"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/httpapi"
	"realname.example/backend/internal/keys"
	"realname.example/shared/verification"
	"realname.example/shared/version"
)

// ErrReviewUsage is a call of Review that it does not understand.
var ErrReviewUsage = errors.New("usage: backend review list | show ID | approve ID REASON | reject ID REASON, with the flags of serve behind it")

// Review carries out `backend review …` on the database itself, so that it
// works beside a running server and without one. Decisions are audited under
// the name of the operating system's user. Flags stand behind everything else.
func Review(ctx context.Context, args []string, out io.Writer) error {
	var flags []string
	if i := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "--") }); i >= 0 {
		args, flags = args[:i], args[i:]
	}
	if len(args) == 0 {
		return ErrReviewUsage
	}
	cfg, err := config.FromEnvironment(flags)
	if err != nil {
		return err
	}
	a, err := openDomain(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(a.review(ctx, args, out), a.Close())
}

// openDomain opens the store and the domain without anything that serves.
func openDomain(ctx context.Context, cfg config.Config) (*App, error) {
	a := &App{Config: cfg, logger: slog.New(slog.DiscardHandler)}
	existing := func(folder string, _ io.Reader) (keys.Keys, error) { return keys.Load(folder) }
	switch err := a.openStore(ctx, existing); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no key file in %s; name the data folder with --data", cfg.Data)
	case err != nil:
		return nil, err
	}
	if err := a.wireDomain(judge{}); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) review(ctx context.Context, args []string, out io.Writer) error {
	switch {
	case args[0] == "list" && len(args) == 1:
		items, err := a.Verify.Reviews(ctx)
		if err != nil {
			return err
		}
		for _, i := range items {
			_, _ = fmt.Fprintf(out, "%s  since %s  %s  %s  %s\n", i.View.ID, i.Since.Format("2006-01-02 15:04"), i.Asked, i.Account, i.View.Identity.Name)
		}
		return nil
	case args[0] == "show" && len(args) == 2:
		i, err := a.Verify.Review(ctx, verification.ID(args[1]))
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "case     %s\nstatus   %s\nasked    %s\naccount  %s\nname     %s\nnumber   %s\nmobile   %s\n",
			i.View.ID, i.View.Status, i.Asked, i.Account, i.Identity.Name.Reveal(), i.Identity.Number.Reveal(), i.Identity.Mobile.Reveal())
		return nil
	case (args[0] == "approve" || args[0] == "reject") && len(args) > 2:
		v, err := a.Verify.Decide(ctx, operatorName(), verification.ID(args[1]), args[0] == "approve", strings.Join(args[2:], " "))
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s is %s %s\n", v.ID, v.Status, v.Reason)
		return nil
	}
	return ErrReviewUsage
}

// operatorName is the user of the operating system.
func operatorName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "operator"
}

// OpenAPI writes the document of the API, of which the sandbox's routes are a
// part.
func OpenAPI(_ context.Context, out io.Writer) error {
	//nolint:contextcheck // handlers take the context of their request
	server, err := httpapi.New(httpapi.Config{Name: "Realname", Mode: string(config.Sandbox), Version: version.Number()},
		httpapi.Deps{Sandbox: pages{}, Metrics: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = out.Write(append(server.OpenAPI(), '\n'))
	return err
}
