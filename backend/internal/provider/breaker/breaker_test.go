package breaker_test

import (
	"context"
	"errors"
	"testing"

	"realname.example/backend/internal/provider/breaker"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// carrier counts its calls and answers as it is told.
type carrier struct {
	calls  int
	answer verify.CarrierAnswer
	err    error
}

func (c *carrier) Check(context.Context, verify.Identity) (verify.CarrierAnswer, error) {
	c.calls++
	return c.answer, c.err
}

func TestFiveFailuresInARowOpenTheBreaker(t *testing.T) {
	next := &carrier{err: verify.ErrProviderUnavailable}
	b := breaker.NewCarrier(next)
	try := func() error {
		_, err := b.Check(t.Context(), verify.Identity{})
		return err
	}
	for range 4 {
		_ = try()
	}
	next.err, next.answer.Mismatch = nil, verification.MobileMismatch
	if err := try(); err != nil {
		t.Fatalf("a mismatch is an answer: %v", err)
	}
	next.err = verify.ErrProviderUnavailable
	for range 5 {
		if b.Open() {
			t.Fatal("open before five failures in a row")
		}
		_ = try()
	}
	before := next.calls
	if err := try(); !errors.Is(err, verify.ErrProviderUnavailable) || next.calls != before || !b.Open() {
		t.Errorf("got %v after %d more calls", err, next.calls-before)
	}
}

// Send makes the carrier of these tests a sender as well.
func (c *carrier) Send(context.Context, verify.Message) (verify.Receipt, error) {
	c.calls++
	return verify.Receipt{ID: "1"}, c.err
}

func TestRefusalAboutOnePersonOpensNothing(t *testing.T) {
	for name, refused := range map[string]error{
		"limit": &verify.LimitError{Bucket: verify.BucketFailsID}, "input": &verify.InputError{},
	} {
		next := &carrier{err: refused}
		b, sms := breaker.NewCarrier(next), breaker.NewSMS(next)
		for range 20 {
			if _, err := b.Check(t.Context(), verify.Identity{}); !errors.Is(err, refused) {
				t.Fatalf("%s: got %v", name, err)
			}
			if _, err := sms.Send(t.Context(), verify.Message{}); !errors.Is(err, refused) {
				t.Fatalf("%s: got %v", name, err)
			}
		}
		if next.calls != 40 || b.Open() || sms.Open() {
			t.Errorf("%s opened a breaker after %d calls", name, next.calls)
		}
	}
}

func TestSenderThatIsAwayIsLeftAlone(t *testing.T) {
	next := &carrier{err: verify.ErrProviderUnavailable}
	b := breaker.NewSMS(next)
	for range 7 {
		if _, err := b.Send(t.Context(), verify.Message{}); !errors.Is(err, verify.ErrProviderUnavailable) {
			t.Fatalf("got %v", err)
		}
	}
	if next.calls != 5 || !b.Open() {
		t.Errorf("%d calls, open %v", next.calls, b.Open())
	}
}
