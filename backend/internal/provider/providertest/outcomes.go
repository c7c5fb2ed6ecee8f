package providertest

import (
	"errors"
	"net/http"
	"reflect"
	"testing"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Outcome is what one answer of a provider must come to: a verdict, or an
// error.
type Outcome struct {
	Body     string
	Mismatch verification.Reason
	Err      error
}

// RunOutcomes lets a cloud give each answer to an action, and checks what a
// carrier makes of it.
func RunOutcomes(t *testing.T, c *Cloud, action string, carrier verify.Carrier, outcomes []Outcome) {
	t.Helper()
	for _, o := range outcomes {
		c.Say(action, http.StatusOK, o.Body)
		answer, err := carrier.Check(t.Context(), Agreeing)
		if answer != (verify.CarrierAnswer{Mismatch: o.Mismatch}) {
			t.Errorf("%s: got %+v, want %q", o.Body, answer, o.Mismatch)
		}
		if !alike(err, o.Err) {
			t.Errorf("%s: got %v, want %v", o.Body, err, o.Err)
		}
		MustHide(t, err, Agreeing)
	}
}

// alike compares errors: those of the domain by what they carry, the provider's
// absence by its sentinel.
func alike(got, want error) bool {
	if errors.Is(want, verify.ErrProviderUnavailable) {
		return errors.Is(got, verify.ErrProviderUnavailable)
	}
	return reflect.DeepEqual(got, want)
}

// Refused is a mobile number that takes no messages.
func Refused(cause identity.Cause) error {
	return &verify.InputError{Fields: []*identity.Error{{Field: identity.FieldMobile, Cause: cause}}}
}

// Unsupported is a field that a provider does not take.
func Unsupported(f identity.Field) error {
	return &verify.InputError{Fields: []*identity.Error{{Field: f, Cause: identity.CauseUnsupported}}}
}
