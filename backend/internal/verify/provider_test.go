package verify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

func TestCarrierThatRefusesIsNotAskedAgainAndDecidesNothing(t *testing.T) {
	tooOften := &verify.LimitError{Bucket: verify.BucketFailsID}
	badName := &verify.InputError{Fields: []*identity.Error{{Field: identity.FieldName, Cause: identity.CauseUnsupported}}}
	for name, refused := range map[string]error{"limit": tooOften, "input": badName} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v := w.begin("demo", zhang)
			code := w.send("demo", v.ID)
			w.carrier = refused
			if _, err := w.check("demo", v.ID, code); !errors.Is(err, refused) {
				t.Fatalf("got %v, want %v", err, refused)
			}
			if w.calls != 1 {
				t.Errorf("asked %d times", w.calls)
			}
			now := w.look("demo", v.ID)
			w.want(now, verification.CodeRequired, "")
			if now.Code == nil || now.Code.GuessesLeft != 5 {
				t.Errorf("guesses were spent: %+v", now.Code)
			}
			w.carrier = nil
			if v, err := w.check("demo", v.ID, code); err != nil || v.Status != verification.Verified {
				t.Errorf("the same code later: %v, %v", v.Status, err)
			}
		})
	}
}

func TestLimitOfTheSenderIsToldAndKeepsTheCodeBefore(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	code := w.send("demo", v.ID)
	w.pass(time.Minute)
	w.sms = &verify.LimitError{Bucket: verify.BucketSMSNumber, RetryAt: w.clock().Add(time.Hour)}
	if _, err := w.SendCode(t.Context(), caller("demo"), v.ID); !errors.Is(err, w.sms) {
		t.Fatalf("got %v", err)
	}
	if v, err := w.check("demo", v.ID, code); err != nil || v.Status != verification.Verified {
		t.Errorf("the code before: %v, %v", v.Status, err)
	}
}

// hangUp is a sender during whose work the caller goes away.
type hangUp struct {
	leave context.CancelFunc
	code  string
	err   error
}

func (h *hangUp) Send(ctx context.Context, m verify.Message) (verify.Receipt, error) {
	h.leave()
	h.code, h.err = m.Code, ctx.Err()
	if _, bounded := ctx.Deadline(); !bounded {
		h.err = errors.New("sending has no end")
	}
	return verify.Receipt{}, h.err
}

func TestCallerWhoHangsUpDoesNotStopAMessage(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	ctx, leave := context.WithCancel(t.Context())
	sender := &hangUp{leave: leave}
	w.Deps().SMS = sender
	if _, err := w.SendCode(ctx, caller("demo"), v.ID); err != nil {
		t.Fatalf("got %v", err)
	}
	if v, err := w.check("demo", v.ID, sender.code); err != nil || v.Status != verification.Verified {
		t.Errorf("the code of that message: %v, %v", v.Status, err)
	}
}
