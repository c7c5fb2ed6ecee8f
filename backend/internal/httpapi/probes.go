package httpapi

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// readyTimeout bounds the checks of /readyz.
const readyTimeout = 3 * time.Second

func (s *Server) declareProbes() {
	s.engine.GET("/healthz", func(g *gin.Context) { g.JSON(http.StatusOK, api.Empty{}) })
	s.engine.GET("/readyz", s.readyz)
	metrics := gin.WrapH(promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{}))
	s.engine.GET("/metrics", func(g *gin.Context) {
		// Not for the public: this machine, or the operator.
		if peer, err := netip.ParseAddrPort(g.Request.RemoteAddr); err != nil || !peer.Addr().IsLoopback() || g.GetHeader("X-Forwarded-For") != "" {
			if _, err := s.authenticate(g.Request.Context(), g, whoOperator); err != nil {
				_ = g.Error(refuse(problem.Unauthorized, "Metrics are for this machine and for operators."))
				return
			}
		}
		metrics(g)
	})
}

// readyz answers 503 where a required part does not work, and names what works
// without.
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
	g.JSON(status, map[string]any{"ready": status == http.StatusOK, "checks": checks})
}
