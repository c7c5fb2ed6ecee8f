// Package fallback asks the next provider where one is away. A refusal of one
// person or number is an answer, and is not taken to another provider; but for a
// number that stands on one's own list, to which another may send.
package fallback

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

// Guarded is a sender behind a breaker.
type Guarded interface {
	verify.SMS
	// Open reports whether calls are refused at the moment.
	Open() bool
}

// Sender is one of several.
type Sender struct {
	Guarded
	// Name is what receipts call it.
	Name string
	// Receipts says what became of its messages; nil where nobody can. No breaker
	// stands before it: a message that did not arrive says nothing of the sender.
	Receipts verify.Receipts
}

// SMS are senders in the order in which they are tried; it implements
// verify.SMS and verify.Receipts.
type SMS []Sender

// Open reports whether every sender refuses calls at the moment.
func (s SMS) Open() bool {
	return !slices.ContainsFunc(s, func(sender Sender) bool { return !sender.Open() })
}

// Send returns the answer of the first that gives one, or the errors of those that
// are away, which are verify.ErrProviderUnavailable; that the number is blocked, only
// where every sender says so. Each has an equal part of the time that is left, so
// that a silent one leaves some to the next.
func (s SMS) Send(ctx context.Context, m verify.Message) (verify.Receipt, error) {
	var away, refused error
	for i, sender := range s {
		receipt, err := within(ctx, len(s)-i, func(ctx context.Context) (verify.Receipt, error) { return sender.Send(ctx, m) })
		switch {
		case errors.Is(err, verify.ErrProviderUnavailable):
			away = errors.Join(away, err)
		case blocked(err):
			refused = err
		default:
			return sender.own(receipt), err
		}
		if left := len(s) - 1 - i; left > 0 && ctx.Err() != nil {
			away = errors.Join(away, fmt.Errorf("%w: no time for %d more: %w", verify.ErrProviderUnavailable, left, ctx.Err()))
			break
		}
	}
	return verify.Receipt{}, cmp.Or(away, refused)
}

// blocked reports whether a sender refused a number that another may send to.
func blocked(err error) bool {
	var input *verify.InputError
	return errors.As(err, &input) && slices.ContainsFunc(input.Fields, func(e *identity.Error) bool { return e.Cause == identity.CauseBlocked })
}

// own is a receipt under the name of who gave it; none where nobody can be asked.
func (s Sender) own(r verify.Receipt) verify.Receipt {
	if s.Receipts == nil || r.ID == "" {
		return verify.Receipt{}
	}
	return verify.Receipt{Provider: s.Name, ID: r.ID}
}

// Delivery implements verify.Receipts by the sender that took the message on.
func (s SMS) Delivery(ctx context.Context, m verify.SentMessage) (verify.Delivery, error) {
	for _, sender := range s {
		if sender.Name == m.Receipt.Provider && sender.Receipts != nil {
			return sender.Receipts.Delivery(ctx, m)
		}
	}
	return verify.Delivery{}, verify.ErrProviderUnavailable
}

// Tracks reports whether any sender can say what became of its messages.
func (s SMS) Tracks() bool {
	return slices.ContainsFunc(s, func(sender Sender) bool { return sender.Receipts != nil })
}

// within calls with one of so many equal parts of the time that ctx has.
func within[T any](ctx context.Context, parts int, call func(context.Context) (T, error)) (T, error) {
	if end, has := ctx.Deadline(); has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(parts))
		defer cancel()
	}
	return call(ctx)
}
