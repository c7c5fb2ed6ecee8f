package fallback_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"realname.example/backend/internal/provider/fallback"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// sender answers with its error and notes that it was asked.
type sender struct {
	name  string
	err   error
	open  bool
	asked *[]string
}

func (s sender) Open() bool { return s.open }

func (s sender) Send(context.Context, verify.Message) (verify.Receipt, error) {
	*s.asked = append(*s.asked, s.name)
	return verify.Receipt{ID: "1"}, s.err
}

// as is the sender as the package takes it.
func (s sender) as() fallback.Sender { return fallback.Sender{Guarded: s, Name: s.name} }

func TestTheNextIsAskedOnlyWhereOneIsAway(t *testing.T) {
	away := fmt.Errorf("%w: first", verify.ErrProviderUnavailable)
	refused := &verify.LimitError{Bucket: verify.BucketSMSNumber}
	blocked, other := number(identity.CauseBlocked), number(identity.CauseBlocked)
	unsupported := number(identity.CauseUnsupported)
	for name, test := range map[string]struct {
		first, second error
		asked         []string
		want          error
	}{
		"the first sends":   {nil, nil, []string{"a"}, nil},
		"the first is away": {away, nil, []string{"a", "b"}, nil},
		"the first refuses": {refused, nil, []string{"a"}, refused},
		"both are away":     {away, away, []string{"a", "b"}, verify.ErrProviderUnavailable},
		"the second refuses": {
			away, refused, []string{"a", "b"}, refused,
		},
		"the first's list has it":          {blocked, nil, []string{"a", "b"}, nil},
		"the lists of both have it":        {blocked, other, []string{"a", "b"}, other},
		"on a list, and the second away":   {blocked, away, []string{"a", "b"}, verify.ErrProviderUnavailable},
		"the first away, and on a list":    {away, blocked, []string{"a", "b"}, verify.ErrProviderUnavailable},
		"on a list, and the second's cap":  {blocked, refused, []string{"a", "b"}, refused},
		"a number that nobody sends to":    {unsupported, nil, []string{"a"}, unsupported},
		"on a list, and that of no sender": {blocked, unsupported, []string{"a", "b"}, unsupported},
	} {
		var asked []string
		s := fallback.SMS{sender{"a", test.first, true, &asked}.as(), sender{"b", test.second, false, &asked}.as()}
		if _, err := s.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.Is(err, test.want) || !slices.Equal(asked, test.asked) {
			t.Errorf("%s: %v after asking %v", name, err, asked)
		}
		if s.Open() || !s[:1].Open() {
			t.Errorf("%s: open is told wrongly", name)
		}
	}
}

// number is the refusal of a number.
func number(cause identity.Cause) error {
	return &verify.InputError{Fields: []*identity.Error{{Field: identity.FieldMobile, Cause: cause}}}
}

func TestACallerWhoHangsUpIsNotTakenToTheNext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, first := range []error{verify.ErrProviderUnavailable, number(identity.CauseBlocked)} {
		var asked []string
		s := fallback.SMS{sender{"a", first, false, &asked}.as(), sender{"b", nil, false, &asked}.as()}
		if _, err := s.Send(ctx, verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.Is(err, verify.ErrProviderUnavailable) || len(asked) != 1 {
			t.Errorf("%v after asking %v", err, asked)
		}
	}
}

// The first hangs until its time is over; the second still has some.
func TestASilentSenderLeavesTimeToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		began := time.Now()
		var left time.Duration
		s := fallback.SMS{
			{Guarded: scripted(func(ctx context.Context) error {
				<-ctx.Done()
				return verify.ErrProviderUnavailable
			})},
			{Guarded: scripted(func(ctx context.Context) error {
				end, _ := ctx.Deadline()
				left = time.Until(end)
				return nil
			})},
		}
		if _, err := s.Send(ctx, verify.Message{Mobile: "13800000001", Code: "123456"}); err != nil || left != 2*time.Second || time.Since(began) != 2*time.Second {
			t.Errorf("%v, the second had %s after %s", err, left, time.Since(began))
		}
	})
}

// scripted is a sender that does what a test says.
type scripted func(context.Context) error

func (scripted) Open() bool { return false }

func (f scripted) Send(ctx context.Context, _ verify.Message) (verify.Receipt, error) {
	return verify.Receipt{}, f(ctx)
}

// tracked is a sender that says of every message the same.
type tracked struct {
	sender
	delivery verify.Delivery
}

func (t tracked) Delivery(context.Context, verify.SentMessage) (verify.Delivery, error) {
	return t.delivery, nil
}

func TestWhoTookAMessageIsAskedAboutIt(t *testing.T) {
	var asked []string
	a := tracked{sender{"a", verify.ErrProviderUnavailable, false, &asked}, verify.Delivery{Arrived: true}}
	b := tracked{sender{"b", nil, false, &asked}, verify.Delivery{Failed: verification.UndeliveredPhone}}
	s := fallback.SMS{{Guarded: a, Name: "a", Receipts: a}, {Guarded: b, Name: "b", Receipts: b}}
	receipt, err := s.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"})
	if err != nil || receipt != (verify.Receipt{Provider: "b", ID: "1"}) {
		t.Fatalf("got %+v, %v", receipt, err)
	}
	if d, err := s.Delivery(t.Context(), verify.SentMessage{Receipt: receipt}); err != nil || d != b.delivery {
		t.Errorf("got %+v, %v", d, err)
	}
	receipt.Provider = "gone"
	if d, err := s.Delivery(t.Context(), verify.SentMessage{Receipt: receipt}); !errors.Is(err, verify.ErrProviderUnavailable) || d.Known() {
		t.Errorf("of one that is not asked any more: %+v, %v", d, err)
	}
	if !s.Tracks() || (fallback.SMS{b.as()}).Tracks() {
		t.Error("whether anybody says what became of messages is told wrongly")
	}
	if receipt, err := (fallback.SMS{b.as()}).Send(t.Context(), verify.Message{}); err != nil || receipt != (verify.Receipt{}) {
		t.Errorf("a receipt about which nobody can be asked: %+v, %v", receipt, err)
	}
}
