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
)

// sender answers with its error and notes that it was asked.
type sender struct {
	name  string
	err   error
	open  bool
	asked *[]string
}

func (s sender) Open() bool { return s.open }

func (s sender) Send(context.Context, verify.Message) error {
	*s.asked = append(*s.asked, s.name)
	return s.err
}

func TestTheNextIsAskedOnlyWhereOneIsAway(t *testing.T) {
	away := fmt.Errorf("%w: first", verify.ErrProviderUnavailable)
	refused := &verify.LimitError{Bucket: verify.BucketSMSNumber}
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
	} {
		var asked []string
		s := fallback.SMS{sender{"a", test.first, true, &asked}, sender{"b", test.second, false, &asked}}
		if err := s.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.Is(err, test.want) || !slices.Equal(asked, test.asked) {
			t.Errorf("%s: %v after asking %v", name, err, asked)
		}
		if s.Open() || !s[:1].Open() {
			t.Errorf("%s: open is told wrongly", name)
		}
	}
}

func TestACallerWhoHangsUpIsNotTakenToTheNext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var asked []string
	s := fallback.SMS{sender{"a", verify.ErrProviderUnavailable, false, &asked}, sender{"b", nil, false, &asked}}
	if err := s.Send(ctx, verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.Is(err, verify.ErrProviderUnavailable) || len(asked) != 1 {
		t.Errorf("%v after asking %v", err, asked)
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
			scripted(func(ctx context.Context) error {
				<-ctx.Done()
				return verify.ErrProviderUnavailable
			}),
			scripted(func(ctx context.Context) error {
				end, _ := ctx.Deadline()
				left = time.Until(end)
				return nil
			}),
		}
		if err := s.Send(ctx, verify.Message{Mobile: "13800000001", Code: "123456"}); err != nil || left != 2*time.Second || time.Since(began) != 2*time.Second {
			t.Errorf("%v, the second had %s after %s", err, left, time.Since(began))
		}
	})
}

// scripted is a sender that does what a test says.
type scripted func(context.Context) error

func (scripted) Open() bool { return false }

func (f scripted) Send(ctx context.Context, _ verify.Message) error { return f(ctx) }
