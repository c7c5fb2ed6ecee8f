package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
)

// BenchmarkTokenAndUserinfo reports the requests/s of a service that refreshes its
// tokens and reads verified_claims at userinfo, one after the other, beside a bare
// handler that signs one ES256 token and keeps nothing.
func BenchmarkTokenAndUserinfo(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: issuertest.NewKey(b, "k").Private}, nil)
		if err != nil {
			b.Fatal(err)
		}
		bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			signed, err := signer.Sign([]byte(`{"iss":"https://issuer.example","sub":"somebody","aud":"somebody","exp":1}`))
			if err != nil {
				b.Error(err)
				return
			}
			text, err := signed.CompactSerialize()
			if err != nil {
				b.Error(err)
			}
			_, _ = io.WriteString(w, text)
		}))
		defer bare.Close()
		inParallel(b, func() func() {
			caller := newCaller(b)
			return func() {
				caller.post(bare.URL, url.Values{"grant_type": {"refresh_token"}}, "", "")
				caller.post(bare.URL, nil, "", "")
			}
		})
	})
	for name, database := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return postgres.URL(b) }} {
		b.Run(name, func(b *testing.B) {
			cfg := sandboxConfig(b)
			cfg.LogLevel, cfg.DatabaseURL = "error", database()
			benchmarkProvider(b, cfg)
		})
	}
}

func benchmarkProvider(b *testing.B, cfg config.Config) {
	s := start(b, cfg)
	shop := s.shop()
	shop.claims = asking
	shop.config.Scopes = append(shop.config.Scopes, "offline_access")
	endpoint := shop.config.Endpoint.TokenURL
	inParallel(b, func() func() {
		caller := newCaller(b)
		refresh := shop.exchange(s.agreed(shop, "zhaolei")).token.RefreshToken
		return func() {
			var fresh struct {
				Access  string `json:"access_token"`
				Refresh string `json:"refresh_token"`
			}
			answer := caller.post(endpoint, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}, shop.id, shop.secret)
			if err := json.Unmarshal(answer, &fresh); err != nil || fresh.Refresh == "" {
				b.Errorf("refreshed: %s", answer)
			}
			refresh = fresh.Refresh
			if info := caller.post(s.app.URL()+"/oidc/userinfo", nil, "", fresh.Access); !strings.Contains(string(info), "赵磊") {
				b.Errorf("userinfo: %s", info)
			}
		}
	})
}

// inParallel reports the requests/s of several callers, two requests a turn.
func inParallel(b *testing.B, begin func() (turn func())) {
	const callers = 8
	turns := make([]func(), callers)
	for i := range turns {
		turns[i] = begin()
	}
	free := make(chan func(), callers)
	for _, turn := range turns {
		free <- turn
	}
	b.SetParallelism(callers)
	b.ResetTimer()
	begun := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			turn := <-free
			turn()
			free <- turn
		}
	})
	b.ReportMetric(float64(2*b.N)/time.Since(begun).Seconds(), "requests/s")
	b.ReportMetric(0, "ns/op")
}

// caller is a service's program with a connection of its own.
type caller struct {
	b    *testing.B
	http *http.Client
}

func newCaller(b *testing.B) caller {
	return caller{b, &http.Client{Transport: &http.Transport{}}}
}

// post sends a form, as a service or with its token, and returns the answer.
func (c caller) post(address string, form url.Values, id, secret string) []byte {
	r, err := http.NewRequestWithContext(c.b.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		c.b.Error(err)
		return nil
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	switch {
	case id != "":
		r.SetBasicAuth(id, secret)
	case secret != "":
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.b.Error(err)
		return nil
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		c.b.Error(err)
	}
	return body
}
