package command

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/shared/client"
)

// serve runs the server until it is told to stop.
type serve struct {
	config.Server `embed:"" group:"settings"`
}

func (serve) Run(ctx context.Context, cfg config.Config, env Env) error {
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	a, err := app.Open(ctx, cfg, app.Options{})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(env.Stdout, "Realname (%s) at %s\n", cfg.Mode, a.URL())
	if hash := a.KeyHash(); hash != "" {
		// In the form in which the apps ask people to compare it.
		_, _ = fmt.Fprintf(env.Stdout, "key fingerprint %s\n", client.Pin(hash).Fingerprint())
	}
	if a.Password != "" {
		_, _ = fmt.Fprintf(env.Stdout, "sandbox accounts demo, zhaolei, zhoujie, wumin, zhengqiang: password %s\n", a.Password)
	}
	go reload(ctx, a, hangUps)
	return a.Run(ctx)
}

// reload reads the certificate again with each SIGHUP, which ends nothing.
func reload(ctx context.Context, a *app.App, hangUps <-chan os.Signal) {
	for {
		select {
		case <-hangUps:
			a.Reload(ctx)
		case <-ctx.Done():
			return
		}
	}
}
