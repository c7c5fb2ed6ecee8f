package traces_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"realname.example/backend/internal/traces"
	"realname.example/backend/internal/traces/tracestest"
	"realname.example/shared/identity"
)

func open(t *testing.T, endpoint string, share float64) *traces.Traces {
	t.Helper()
	opened, err := traces.Open(t.Context(), traces.Config{
		Endpoint: endpoint, Token: identity.NewPII("secret-of-the-collector"), Share: share, Version: "9", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func TestTracesAreOffWithoutAnAddress(t *testing.T) {
	off := open(t, "", 1)
	if off.Provider() != nil || off.Close() != nil {
		t.Error("there is a provider")
	}
}

// Whatever a library puts into a span, nothing but what is listed leaves.
func TestOnlyWhatIsListedLeaves(t *testing.T) {
	collector := tracestest.New(t)
	on := open(t, collector.URL, 1)
	tracer := on.Provider().Tracer("library")
	secrets := []string{"13800000001", "203.0.113.7", "张伟", "Mozilla", "ticket-of-a-person", "is taken"}
	ctx, request := tracer.Start(t.Context(), "GET /v1/"+secrets[0], trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", "GET"), attribute.String("http.route", "/v1/verifications/:id"), attribute.Int("http.response.status_code", 200),
		attribute.String("client.address", secrets[1]), attribute.String("user_agent.original", secrets[3]),
		attribute.String("url.path", "/v1/"+secrets[4]), attribute.String("a.newer.one", secrets[2]),
	), trace.WithLinks(trace.Link{Attributes: []attribute.KeyValue{attribute.String("a", secrets[2])}}))
	_, query := tracer.Start(ctx, "SELECT '"+secrets[2]+"'", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.operation.name", "SELECT"), attribute.String("db.query.text", secrets[2]), attribute.String("pgx.query.parameters", secrets[0]),
	))
	query.RecordError(errors.New(secrets[2] + " is taken"))
	query.SetStatus(codes.Error, secrets[2]+" is taken")
	query.End()
	request.End()
	if err := on.Close(); err != nil {
		t.Fatal(err)
	}
	if names := collector.Names(); names["GET /v1/verifications/:id"] != 1 || names["SELECT"] != 1 || len(names) != 2 {
		t.Errorf("spans are %v", names)
	}
	for _, s := range secrets {
		if strings.Contains(collector.Raw(), s) {
			t.Errorf("%q left", s)
		}
	}
	for _, s := range collector.Spans() {
		if s.GetName() == "SELECT" && s.GetStatus().GetCode() != 2 {
			t.Errorf("its failure is not told: %v", s.GetStatus())
		}
	}
	if collector.Auth() != "Bearer secret-of-the-collector" {
		t.Errorf("sent as %q", collector.Auth())
	}
}

func TestOnlyRequestsBeginATraceAndOnlyTheirShare(t *testing.T) {
	for share, want := range map[float64]int{0: 0, 1: 20} {
		collector := tracestest.New(t)
		on := open(t, collector.URL, share)
		tracer := on.Provider().Tracer("library")
		for range 20 {
			_, background := tracer.Start(context.Background(), "sweep", trace.WithSpanKind(trace.SpanKindClient))
			background.End()
			_, request := tracer.Start(context.Background(), "GET", trace.WithSpanKind(trace.SpanKindServer))
			request.End()
		}
		if err := on.Close(); err != nil {
			t.Fatal(err)
		}
		if got := len(collector.Spans()); got != want {
			t.Errorf("a share of %v: %d spans, want %d", share, got, want)
		}
	}
}
