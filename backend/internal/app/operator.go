package app

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/httpapi"
	"realname.example/shared/version"
)

// OpenDomain opens the store and the domain of a database that is there
// (store.ErrNone), without anything that serves: for commands, which work beside
// a running server and without one. Close must follow.
func OpenDomain(ctx context.Context, cfg config.Config) (*App, error) {
	a := &App{Config: cfg, logger: slog.New(slog.DiscardHandler), registry: prometheus.NewRegistry()}
	if err := a.openStore(ctx, true); err != nil {
		return nil, err
	}
	if err := a.wireDomain(judge{}); err != nil { //nolint:contextcheck // as where a server opens
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
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
	spec, err := server.OpenAPI()
	if err != nil {
		return err
	}
	_, err = out.Write(append(spec, '\n'))
	return err
}
