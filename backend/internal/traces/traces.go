// Package traces sends what a request did, and how long each part took, to the
// operator's collector by OpenTelemetry (OTLP over HTTP). It is off where no address
// is set. What leaves is a list of names, and nothing of a person: no address, no
// parameter, no text of an error.
package traces

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"realname.example/shared/identity"
)

// Config is where spans go.
type Config struct {
	// Endpoint is the collector's address, such as http://127.0.0.1:4318.
	Endpoint string
	// Token is sent as bearer; empty for none.
	Token identity.PII
	// Share of the requests is traced, from 0 to 1.
	Share   float64
	Version string
	Logger  *slog.Logger
}

// Traces is a provider of tracers that sends to a collector.
type Traces struct {
	provider *sdktrace.TracerProvider
	close    func() error
}

// last is how long the last spans have to reach the collector.
const last = 2 * time.Second

// path is where a collector takes spans (OTLP 1.0, 4.4).
const path = "/v1/traces"

// Open returns nil where there is no endpoint. It connects to nothing yet: a collector
// that is away costs spans, and nobody waits for it.
func Open(ctx context.Context, cfg Config) (*Traces, error) {
	if cfg.Endpoint == "" {
		return nil, nil
	}
	at, err := url.JoinPath(cfg.Endpoint, path)
	if err != nil {
		return nil, fmt.Errorf("read the collector's address: %w", err)
	}
	options := []otlptracehttp.Option{otlptracehttp.WithEndpointURL(at)}
	if !cfg.Token.Empty() {
		options = append(options, otlptracehttp.WithHeaders(map[string]string{"Authorization": "Bearer " + cfg.Token.Reveal()}))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("make the exporter of traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		cfg.Logger.WarnContext(ctx, "traces were not sent", "err", err)
	}))
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(bare{exporter}),
		sdktrace.WithSampler(sdktrace.ParentBased(requests{sdktrace.TraceIDRatioBased(cfg.Share)})),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "realname"), attribute.String("service.version", cfg.Version))),
	)
	return &Traces{provider, func() error {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), last)
		defer cancel()
		return provider.Shutdown(ending)
	}}, nil
}

// Provider is nil where traces are off.
func (t *Traces) Provider() trace.TracerProvider {
	if t == nil {
		return nil
	}
	return t.provider
}

// Close sends what is left.
func (t *Traces) Close() error {
	if t == nil {
		return nil
	}
	return t.close()
}

// requests samples what a request begins: what runs in the background has no end
// that anybody waits for.
type requests struct{ sdktrace.Sampler }

// ShouldSample implements sdktrace.Sampler.
func (r requests) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if p.Kind != trace.SpanKindServer {
		return sdktrace.SamplingResult{Decision: sdktrace.Drop}
	}
	return r.Sampler.ShouldSample(p)
}
