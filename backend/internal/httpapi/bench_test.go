package httpapi_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// openBackend runs a sandbox over SQLite with one case and streams without a cap, and
// returns its address, a session's token and the path of the case.
func openBackend(b testing.TB) (url, token, path string) {
	b.Helper()
	cfg := config.Default(config.Sandbox)
	cfg.Listen, cfg.Data, cfg.Models, cfg.SandboxPassword = "127.0.0.1:0", b.TempDir(), b.TempDir(), "correct-horse-battery"
	cfg.Streams, cfg.StreamsPerCaller = 0, 0
	a, err := app.Open(b.Context(), cfg, app.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	c, err := client.New(client.Config{Server: a.URL()})
	if err != nil {
		b.Fatal(err)
	}
	session, err := c.SignIn(b.Context(), api.Credentials{Username: "demo", Password: cfg.SandboxPassword})
	if err != nil {
		b.Fatal(err)
	}
	v, err := c.Account(client.AccountToken(session.Token)).Begin(b.Context(), api.NewVerification{
		Method: verification.Mobile,
		Identity: &api.Identity{
			CertificateType: "cn_id", Name: "张伟", Number: "110100199003070111", Mobile: "13800000001",
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	return a.URL(), session.Token, strings.Replace(api.PathVerification, "{id}", string(v.ID), 1)
}

// benchClients is how many connections ask at once.
const benchClients = 16

// BenchmarkThroughput reports answers a second of the API (an unauthenticated
// answer, and an authenticated view read from SQLite) beside a bare gin handler
// that writes the same JSON, in the same run.
func BenchmarkThroughput(b *testing.B) {
	backend, token, view := openBackend(b)
	gin.SetMode(gin.ReleaseMode)
	bare := gin.New()
	bare.GET(api.PathServer, func(g *gin.Context) {
		g.JSON(http.StatusOK, api.Server{Name: "Realname sandbox", Mode: "sandbox", Version: "dev"})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: bare, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	for _, of := range []struct{ name, url, token string }{
		{"bare-gin", "http://" + listener.Addr().String() + api.PathServer, ""},
		{"server", backend + api.PathServer, ""},
		{"view", backend + view, token},
	} {
		b.Run(of.name, func(b *testing.B) {
			var left atomic.Int64
			left.Store(int64(b.N))
			http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = benchClients
			b.ResetTimer()
			var wg sync.WaitGroup
			for range benchClients {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if status := get(b, of.url, of.token); status != http.StatusOK {
							b.Errorf("answered %d", status)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}

func get(b *testing.B, url, token string) int {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Error(err)
		return 0
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer response.Body.Close()
	buffer := make([]byte, 4096)
	for {
		if _, err := response.Body.Read(buffer); err != nil {
			return response.StatusCode
		}
	}
}
