// Package breaker stands before a provider that fails again and again: after
// five failures in a row it answers at once that the provider is unavailable,
// and lets one call through again after a while. A mismatch is an answer, not a
// failure.
package breaker

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"realname.example/backend/internal/verify"
)

// Failures in a row open the breaker (product.md); rest is how long it stays
// open.
const (
	failures = 5
	rest     = 15 * time.Second
)

// Carrier is a verify.Carrier behind a breaker.
type Carrier struct {
	next    verify.Carrier
	breaker *gobreaker.CircuitBreaker[verify.CarrierAnswer]
}

// NewCarrier puts a breaker before a carrier.
func NewCarrier(next verify.Carrier) *Carrier {
	return &Carrier{next: next, breaker: gobreaker.NewCircuitBreaker[verify.CarrierAnswer](gobreaker.Settings{
		Name: "carrier", Timeout: rest,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
	})}
}

// Check implements verify.Carrier.
func (c *Carrier) Check(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	answer, err := c.breaker.Execute(func() (verify.CarrierAnswer, error) { return c.next.Check(ctx, who) })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return verify.CarrierAnswer{}, verify.ErrProviderUnavailable
	}
	return answer, err
}

// Open reports whether the breaker refuses calls at the moment.
func (c *Carrier) Open() bool { return c.breaker.State() == gobreaker.StateOpen }
