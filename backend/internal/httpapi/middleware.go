package httpapi

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"realname.example/shared/problem"
)

// Keys of what middlewares leave in a gin context.
const (
	requestID   = "request-id"
	problemCode = "problem-code"
)

// requestHeader carries the request's id, for a person to quote.
const requestHeader = "Realname-Request"

// identify gives each request an id. One that comes along is not taken over:
// it could carry anything into the log.
func (s *Server) identify(g *gin.Context) {
	raw := make([]byte, 8)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails (Go 1.24)
	id := hex.EncodeToString(raw)
	g.Set(requestID, id)
	g.Header(requestHeader, id)
}

// meters are what /metrics counts.
type meters struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	streams  prometheus.Gauge
	uploads  prometheus.Gauge
}

func newMeters(registry *prometheus.Registry) meters {
	m := meters{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realname_http_requests_total", Help: "Requests by route, status and problem code.",
		}, []string{"method", "route", "status", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "realname_http_request_seconds", Help: "Time to answer by route; event streams are left out.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "realname_event_streams", Help: "Open event streams.",
		}),
	}
	m.uploads = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "realname_upload_bytes", Help: "Bytes of evidence that running uploads hold.",
	})
	registry.MustRegister(m.requests, m.seconds, m.streams, m.uploads)
	return m
}

// expect starts each route's count of faults at zero, since an alarm sees no step
// from nothing to one.
func (m meters) expect(routes gin.RoutesInfo) {
	for _, r := range routes {
		m.requests.WithLabelValues(r.Method, r.Path, strconv.Itoa(problem.Internal.Status()), string(problem.Internal))
	}
}

// attend has a request answered, then logs and counts it. A stream waits below this and
// answer, which are all that does something behind an answer: what the stack of each holds
// there counts ten thousand times (TestAStreamWaitsOnASmallStack).
func (s *Server) attend(g *gin.Context) {
	begun := time.Now()
	s.answer(g)
	s.observe(g, time.Since(begun))
}

// answer turns what fails into a problem.
func (s *Server) answer(g *gin.Context) {
	defer s.recovered(g)
	g.Next()
	s.problems(g)
}

// observe logs and counts each request by its route, never by its address: a
// path may hold a ticket, a query a mobile number.
func (s *Server) observe(g *gin.Context, took time.Duration) {
	route := g.FullPath()
	if route == "" {
		route = "none"
	}
	method, status, code := methodLabel(g.Request.Method), g.Writer.Status(), g.GetString(problemCode)
	s.meters.requests.WithLabelValues(method, route, strconv.Itoa(status), code).Inc()
	if !g.GetBool(streaming) {
		s.meters.seconds.WithLabelValues(method, route).Observe(took.Seconds())
	}
	s.Logger.InfoContext(g.Request.Context(), "request",
		"request", g.GetString(requestID), "method", method, "route", route, "case", loggedID(g.Param("id")),
		"status", status, "code", code, "ms", took.Milliseconds(), "bytes", g.Writer.Size())
}

// loggedID returns what stands in place of an id, where it has the form of one:
// anything else could be anybody's name or number.
func loggedID(id string) string {
	if len(id) != idLength || strings.Trim(id, "0123456789abcdef") != "" {
		return ""
	}
	return id
}

// idLength is that of a case's id: 16 bytes in hexadecimal.
const idLength = 32

// methodLabel keeps made-up methods out of the metrics' labels.
func methodLabel(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// recovered turns a bug into a problem; the stack goes to the log.
func (s *Server) recovered(g *gin.Context) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	s.Logger.ErrorContext(g.Request.Context(), "panic", "request", g.GetString(requestID), "route", g.FullPath(),
		"err", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
	if !g.Writer.Written() {
		s.writeProblem(g, refuse(problem.Internal, "Something went wrong on the server. Try again later."))
	}
	g.Abort()
}

// headers are those of every answer; pages loosen the policy for themselves.
func headers(g *gin.Context) {
	h := g.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}
