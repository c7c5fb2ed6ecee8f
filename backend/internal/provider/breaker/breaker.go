// Package breaker stands before a provider that fails again and again: after
// five failures in a row it answers at once that the provider is unavailable,
// and lets one call through again after a while. A mismatch is an answer, and
// so is a refusal that is about one person or number: neither is a failure.
package breaker

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"realname.example/backend/internal/verify"
)

// Failures in a row open the breaker (docs/api.md); rest is how long it stays
// open.
const (
	failures = 5
	rest     = 15 * time.Second
)

// guard is the breaker of one provider.
type guard[T any] struct{ breaker *gobreaker.CircuitBreaker[T] }

func newGuard[T any](name string) guard[T] {
	return guard[T]{gobreaker.NewCircuitBreaker[T](gobreaker.Settings{
		Name: name, Timeout: rest,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
		IsSuccessful: func(err error) bool { return err == nil || verify.Refused(err) },
	})}
}

func (g guard[T]) do(call func() (T, error)) (T, error) {
	answer, err := g.breaker.Execute(call)
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		var none T
		return none, verify.ErrProviderUnavailable
	}
	return answer, err
}

// Open reports whether the breaker refuses calls at the moment.
func (g guard[T]) Open() bool { return g.breaker.State() == gobreaker.StateOpen }

// Carrier is a verify.Carrier behind a breaker.
type Carrier struct {
	guard[verify.CarrierAnswer]
	next verify.Carrier
}

// NewCarrier puts a breaker before a carrier.
func NewCarrier(next verify.Carrier) *Carrier {
	return &Carrier{guard: newGuard[verify.CarrierAnswer]("carrier"), next: next}
}

// Check implements verify.Carrier.
func (c *Carrier) Check(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	return c.do(func() (verify.CarrierAnswer, error) { return c.next.Check(ctx, who) })
}

// SMS is a verify.SMS behind a breaker.
type SMS struct {
	guard[verify.Receipt]
	next verify.SMS
}

// NewSMS puts a breaker before a sender.
func NewSMS(next verify.SMS) *SMS { return &SMS{guard: newGuard[verify.Receipt]("sms"), next: next} }

// Send implements verify.SMS.
func (s *SMS) Send(ctx context.Context, m verify.Message) (verify.Receipt, error) {
	return s.do(func() (verify.Receipt, error) { return s.next.Send(ctx, m) })
}

// Comparer is a verify.Comparer behind a breaker.
type Comparer struct {
	guard[verify.Comparison]
	next verify.Comparer
}

// NewComparer puts a breaker before who compares faces.
func NewComparer(next verify.Comparer) *Comparer {
	return &Comparer{guard: newGuard[verify.Comparison]("portraits"), next: next}
}

// Compare implements verify.Comparer.
func (c *Comparer) Compare(ctx context.Context, q verify.Question) (verify.Comparison, error) {
	return c.do(func() (verify.Comparison, error) { return c.next.Compare(ctx, q) })
}
