package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/httpapi"
)

// An alarm sees the first fault of a route, since its count is there, at zero,
// before it.
func TestEachRouteCountsFaultsFromZero(t *testing.T) {
	metrics := prometheus.NewRegistry()
	newServer(t, metrics)
	answer := httptest.NewRecorder()
	httpapi.MetricsHandler(metrics).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	said := answer.Body.String()
	for path, item := range document(t).Paths.Map() {
		for method := range item.Operations() {
			route := strings.NewReplacer("{", ":", "}", "").Replace(path)
			line := `realname_http_requests_total{code="internal",method="` + method + `",route="` + route + `",status="500"} 0`
			if !strings.Contains(said, line+"\n") {
				t.Errorf("missing: %s", line)
			}
		}
	}
}
