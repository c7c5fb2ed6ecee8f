package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// readyTimeout bounds the checks of /readyz.
const readyTimeout = 3 * time.Second

func (s *Server) declareProbes() {
	s.engine.GET("/healthz", func(g *gin.Context) { g.JSON(http.StatusOK, api.Empty{}) })
	s.engine.GET("/readyz", s.readyz)
	if s.cfg.MetricsElsewhere {
		return
	}
	metrics := gin.WrapH(MetricsHandler(s.Metrics))
	s.engine.GET("/metrics", func(g *gin.Context) {
		if !s.mayReadMetrics(g) {
			_ = g.Error(refuse(problem.Unauthorized, "Metrics are for this machine, and for whoever has their token (REALNAME_METRICS_TOKEN)."))
			return
		}
		metrics(g)
	})
}

// MetricsHandler answers /metrics to everybody: for a listener of its own.
func MetricsHandler(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// mayReadMetrics reports whether this machine asks, or who has the token.
func (s *Server) mayReadMetrics(g *gin.Context) bool {
	peer, err := netip.ParseAddrPort(g.Request.RemoteAddr)
	if err == nil && peer.Addr().IsLoopback() && g.GetHeader("X-Forwarded-For") == "" {
		return true
	}
	sum := sha256.Sum256([]byte(bearer(g.GetHeader("Authorization"))))
	return s.cfg.MetricsTokenHash != [32]byte{} && subtle.ConstantTimeCompare(sum[:], s.cfg.MetricsTokenHash[:]) == 1
}

// readyz answers 503 where a required part does not work. Whoever may read the
// metrics is told which part that is, and what else is away.
func (s *Server) readyz(g *gin.Context) {
	ctx, cancel := context.WithTimeout(g.Request.Context(), readyTimeout)
	defer cancel()
	checks := s.Ready(ctx)
	status := http.StatusOK
	for _, c := range checks {
		if c.Error != "" && c.Required {
			status = http.StatusServiceUnavailable
		}
	}
	answer := map[string]any{"ready": status == http.StatusOK}
	if s.mayReadMetrics(g) { // strangers are told no more than yes or no
		answer["checks"] = checks
	}
	g.JSON(status, answer)
}
