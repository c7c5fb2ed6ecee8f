// Package providertest is what every carrier and every sender of codes must do,
// whoever stands behind it, and a provider on this machine for those that
// answer over the internet.
package providertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Carrier is a carrier under test that knows this package's people.
type Carrier struct {
	verify.Carrier
	// MembersOnly is a carrier of an operator's own members, who have no new
	// SIM and never keep silent.
	MembersOnly bool
}

// RunCarrier runs the suite for carriers.
func RunCarrier(t *testing.T, c Carrier) {
	for _, test := range []struct {
		name string
		who  verify.Identity
		want verification.Reason
	}{
		{"agrees", Agreeing, ""},
		{"rare character", Rare, ""},
		{"interpunct", Interpunct, ""},
		{"other holder", OtherHolder, verification.MobileMismatch},
		{"other name", OtherName, verification.NameMismatch},
		{"nobody", Nobody, verification.IdentityNotFound},
		{"new SIM", NewSIM, verification.NotYetKnown},
	} {
		if c.MembersOnly && test.who == NewSIM {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			answer, err := c.Check(t.Context(), test.who)
			if err != nil || answer != (verify.CarrierAnswer{Mismatch: test.want}) {
				t.Errorf("got %+v, %v, want %q", answer, err, test.want)
			}
		})
	}
	if !c.MembersOnly {
		t.Run("silence", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err := c.Check(ctx, Silent)
			mustBeAway(t, err, Silent)
		})
	}
	t.Run("given up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		answer, err := c.Check(ctx, Agreeing)
		mustBeAway(t, err, Agreeing)
		if answer != (verify.CarrierAnswer{}) {
			t.Errorf("an answer beside the error: %+v", answer)
		}
	})
	t.Run("at once", func(t *testing.T) {
		var all sync.WaitGroup
		for i := range 20 {
			who, want := Agreeing, verification.Reason("")
			if i%2 == 1 {
				who, want = OtherName, verification.NameMismatch
			}
			all.Go(func() {
				if answer, err := c.Check(t.Context(), who); err != nil || answer.Mismatch != want {
					t.Errorf("got %+v, %v, want %q", answer, err, want)
				}
			})
		}
		all.Wait()
	})
}

// SMS is a sender under test. Inbox lists the codes that came to a phone,
// oldest first.
type SMS struct {
	verify.SMS
	Inbox func(mobile string) []string
}

// RunSMS runs the suite for senders.
func RunSMS(t *testing.T, s SMS) {
	mustHold := func(t *testing.T, mobile string, want ...string) {
		t.Helper()
		if got := s.Inbox(mobile); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d codes arrived, want %d, in the order sent", len(got), len(want))
		}
	}
	t.Run("a code arrives as it is", func(t *testing.T) {
		for _, code := range []string{"000042", "123456"} {
			if _, err := s.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: code}); err != nil {
				t.Fatal(err)
			}
		}
		mustHold(t, "13800000001", "000042", "123456")
		mustHold(t, "13800000002")
	})
	t.Run("given up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Send(ctx, verify.Message{Mobile: Silent.Mobile.Reveal(), Code: "654321"})
		mustBeAway(t, err, Silent)
		mustHold(t, Silent.Mobile.Reveal())
	})
	t.Run("at once", func(t *testing.T) {
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				if _, err := s.Send(t.Context(), verify.Message{Mobile: fmt.Sprintf("1390000%04d", i), Code: fmt.Sprintf("%06d", i)}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := range 10 {
			mustHold(t, fmt.Sprintf("1390000%04d", i), fmt.Sprintf("%06d", i))
		}
	})
}

// mustBeAway fails the test unless an error says that the provider is
// unavailable, and nothing about the person.
func mustBeAway(t *testing.T, err error, who verify.Identity) {
	t.Helper()
	if !errors.Is(err, verify.ErrProviderUnavailable) {
		t.Fatalf("got %v, want %v", err, verify.ErrProviderUnavailable)
	}
	MustHide(t, err, who)
}

// MustHide fails the test where an error holds a person's data.
func MustHide(t *testing.T, err error, who verify.Identity) {
	t.Helper()
	for _, secret := range []string{who.Name.Reveal(), who.Number.Reveal(), who.Mobile.Reveal()} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells of the person")
		}
	}
}
