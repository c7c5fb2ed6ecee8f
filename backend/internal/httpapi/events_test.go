package httpapi

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"realname.example/shared/verification"
)

// news is a Watcher of one watcher.
type news chan int64

func (n news) Subscribe(context.Context, verification.ID) <-chan int64 { return n }

// A notification got lost, and the poll behind it says to look again: the new
// state comes at once, and not with the next heartbeat.
func TestAStreamReadsAgainWhereNewsMayBeLost(t *testing.T) {
	told := make(news, 1)
	s := &Server{Deps: Deps{Watcher: told}, streams: newStreams(0, 0, prometheus.NewGauge(prometheus.GaugeOpts{}))}
	var version atomic.Int64
	version.Store(1)
	engine := gin.New()
	engine.GET("/", func(g *gin.Context) {
		err := s.follow(g.Request.Context(), &call{gin: g}, "v_1", func(context.Context) (snapshot, error) {
			v := version.Load()
			return snapshot{version: v, final: v == 3, body: v}, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	next := func() string {
		for lines.Scan() {
			if text := lines.Text(); text != "" && !strings.HasPrefix(text, "id:") {
				return text
			}
		}
		return "the end"
	}
	for i, want := range []string{"event: view", "data: 1", "event: view", "data: 2", "event: view", "data: 3", "event: end"} {
		if got := next(); got != want {
			t.Fatalf("line %d is %q, not %q", i, got, want)
		}
		switch want {
		case "data: 1": // committed by another process, whose news got lost
			version.Store(2)
			told <- 0
		case "data: 2":
			version.Store(3)
			told <- 3
		}
	}
}
