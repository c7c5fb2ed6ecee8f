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

	"realname.example/backend/internal/httpapi"
	"realname.example/shared/identity"
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

// hashOf is the SHA-256 of a token, zero for none.
func hashOf(token identity.PII) [32]byte {
	if token.Empty() {
		return [32]byte{}
	}
	return sha256.Sum256([]byte(token.Reveal()))
}
