package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"realname.example/backend/internal/httpapi"
	"realname.example/shared/identity"
	"realname.example/shared/version"
)

// metricsServer serves /metrics and nothing else, to whoever reaches it.
type metricsServer struct {
	net.Listener
	server *http.Server
}

// listenMetrics opens the listener of /metrics, where it has one of its own.
func (a *App) listenMetrics(ctx context.Context, registry *prometheus.Registry) error {
	if a.Config.MetricsListen == "" {
		return nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", a.Config.MetricsListen)
	if err != nil {
		return fmt.Errorf("metrics cannot be served at %s; choose another address with REALNAME_METRICS_LISTEN (%w)", a.Config.MetricsListen, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", httpapi.MetricsHandler(registry))
	a.metrics = &metricsServer{Listener: listener, server: &http.Server{
		Handler: mux, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readHeaderTimeout, WriteTimeout: answerTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(a.logger.Handler(), slog.LevelDebug),
	}}
	return nil
}

// serveMetrics serves until ctx ends.
func (a *App) serveMetrics(ctx context.Context) {
	go func() {
		<-ctx.Done()
		_ = a.metrics.server.Close() // a scrape that is cut is made again
	}()
	a.logger.InfoContext(ctx, "serving metrics", "listener", a.MetricsAddress())
	if err := ignoreClosed(a.metrics.server.Serve(a.metrics)); err != nil && ctx.Err() == nil {
		a.logger.ErrorContext(ctx, "metrics are not served any more", "err", err)
	}
}

// Close implements io.Closer.
func (m *metricsServer) Close() error {
	if err := m.Listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// MetricsAddress is where /metrics has a listener of its own, or "".
func (a *App) MetricsAddress() string {
	if a.metrics == nil {
		return ""
	}
	return a.metrics.Addr().String()
}

// registerProcess has /metrics tell of the process, the build and the database's
// connections.
func (a *App) registerProcess() error {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "realname_build_info", Help: "1, with the version and the mode of this server.",
		ConstLabels: prometheus.Labels{"version": version.Number(), "mode": string(a.Config.Mode)},
	})
	build.Set(1)
	for _, c := range []prometheus.Collector{
		build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewDBStatsCollector(a.Store.Pool(), "realname"),
	} {
		if err := a.registry.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

// hashOf is the SHA-256 of a token, zero for none.
func hashOf(token identity.PII) [32]byte {
	if token.Empty() {
		return [32]byte{}
	}
	return sha256.Sum256([]byte(token.Reveal()))
}
