package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// nthNumber is the ID number of the n-th fictional person of the benchmark.
func nthNumber(n int) string {
	born := time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/900)
	digits := "110100" + born.Format("20060102") + fmt.Sprintf("%03d", n%900+1)
	return digits + string(identity.CheckCharacter(digits))
}

// BenchmarkAuthorizeNow reports the 95th percentile of the time from the click to
// the verified answer, with an issuer on loopback whose own answers are taken off.
// Each account's access token is over, so that a refresh is a part of it.
func BenchmarkAuthorizeNow(b *testing.B) {
	cfg := sandboxConfig(b)
	cfg.LogLevel = "error"
	s, p := mall(b, cfg)
	var beyond []time.Duration
	for b.Loop() {
		b.StopTimer()
		n := len(beyond)
		p.Set(func(p *issuertest.Provider) {
			p.Subject = fmt.Sprintf("sub-%d", n)
			p.Verified = issuertest.Person("cn_real_name", "张伟", nthNumber(n), s.clock.Now().Add(-time.Hour))
		})
		a := s.signUp(fmt.Sprintf("shopper-%d", n))
		if _, err := linkAt(b, a, "shop", p); err != nil {
			b.Fatal(err)
		}
		s.clock.Advance(2 * time.Hour)
		p.Set(func(p *issuertest.Provider) { p.Spent = 0 })
		b.StartTimer()
		begun := time.Now()
		v, err := a.Begin(b.Context(), byAffiliate("shop"))
		taken := time.Since(begun)
		if err != nil || v.Status != verification.Verified {
			b.Fatalf("%+v, %v", v, err)
		}
		p.Set(func(p *issuertest.Provider) { beyond = append(beyond, taken-p.Spent) })
	}
	b.ReportMetric(percentile(beyond, 95).Seconds()*1000, "ms-p95")
	b.ReportMetric(0, "ns/op")
}
