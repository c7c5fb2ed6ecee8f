// Package fallback asks the next provider where one is away. A refusal of one
// person or number is an answer, and is not taken to another provider.
package fallback

import (
	"context"
	"errors"
	"slices"
	"time"

	"realname.example/backend/internal/verify"
)

// Sender is one of several, behind a breaker.
type Sender interface {
	verify.SMS
	// Open reports whether calls are refused at the moment.
	Open() bool
}

// SMS are senders in the order in which they are tried; it implements
// verify.SMS.
type SMS []Sender

// Open reports whether every sender refuses calls at the moment.
func (s SMS) Open() bool {
	return !slices.ContainsFunc(s, func(sender Sender) bool { return !sender.Open() })
}

// Send returns the answer of the first that gives one, or the errors of all,
// which are verify.ErrProviderUnavailable. Each has an equal part of the time
// that is left, so that a silent one leaves some to the next.
func (s SMS) Send(ctx context.Context, m verify.Message) error {
	var away error
	for i, sender := range s {
		err := within(ctx, len(s)-i, func(ctx context.Context) error { return sender.Send(ctx, m) })
		if !errors.Is(err, verify.ErrProviderUnavailable) {
			return err
		}
		away = errors.Join(away, err)
		if ctx.Err() != nil {
			break
		}
	}
	return away
}

// within calls with one of so many equal parts of the time that ctx has.
func within(ctx context.Context, parts int, call func(context.Context) error) error {
	if end, has := ctx.Deadline(); has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(parts))
		defer cancel()
	}
	return call(ctx)
}
