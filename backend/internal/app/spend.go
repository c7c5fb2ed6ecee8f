package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
)

// spendEvery is how often the day's codes are counted.
const spendEvery = time.Minute

// nearSpend is the share of the cap over all codes from which the log warns: at
// the cap itself nobody gets a code any more.
const nearSpend = 0.8

// spend tells how near the day's codes are to the cap over all of them.
type spend struct {
	store  *store.Store
	most   int // zero is off
	logger *slog.Logger
	used   prometheus.Gauge

	mu     sync.Mutex
	warned bool
}

func newSpend(s *store.Store, most int, logger *slog.Logger, registry *prometheus.Registry) *spend {
	out := &spend{
		store: s, most: most, logger: logger,
		used: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "realname_sms_all", Help: "Codes sent to all numbers within a day.",
		}),
	}
	limit := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "realname_sms_all_limit", Help: "Codes that may be sent to all numbers within a day; 0 is no limit.",
	})
	limit.Set(float64(most))
	registry.MustRegister(out.used, limit)
	return out
}

// CountSpend counts the codes of the last day for /metrics, and warns once when
// they come near their cap.
func (a *App) CountSpend(ctx context.Context) error {
	s := a.spend
	n, err := s.store.Count(ctx, verify.BucketSMSAll, "", a.now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	s.used.Set(float64(n))
	s.mu.Lock()
	defer s.mu.Unlock()
	near := s.most > 0 && float64(n) >= nearSpend*float64(s.most)
	if near && !s.warned {
		s.logger.WarnContext(ctx, "the day's codes come near their cap; beyond it nobody gets one. Raise REALNAME_SMS_ALL, or look for who asks for them",
			"sent", n, "sms_all", s.most)
	}
	s.warned = near
	return nil
}
