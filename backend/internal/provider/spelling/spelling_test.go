package spelling_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"realname.example/backend/internal/provider/spelling"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// register answers by the spelling of a name, and notes what it was asked.
type register struct {
	answers map[string]error // nil agrees; a mismatch stands for itself
	asked   []string
}

type mismatch struct{ verification.Reason }

func (m mismatch) Error() string { return string(m.Reason) }

func (r *register) Check(_ context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	name := who.Name.Reveal()
	r.asked = append(r.asked, name)
	var m mismatch
	if err := r.answers[name]; errors.As(err, &m) {
		return verify.CarrierAnswer{Mismatch: m.Reason}, nil
	} else if err != nil {
		return verify.CarrierAnswer{}, err
	}
	return verify.CarrierAnswer{HolderChanged: true}, nil
}

func TestTheOtherSpellingIsAskedOnceAndForTheNameAlone(t *testing.T) {
	const private = "\ue81e天"
	away := verify.ErrProviderUnavailable
	for name, c := range map[string]struct {
		name   string
		first  error
		second error
		asked  []string
		want   error
	}{
		"agrees at once":                    {"龴天", nil, away, []string{"龴天"}, nil},
		"is there in the other spelling":    {"龴天", mismatch{verification.NameMismatch}, nil, []string{"龴天", private}, nil},
		"is there in neither":               {"龴天", mismatch{verification.NameMismatch}, mismatch{verification.NameMismatch}, []string{"龴天", private}, mismatch{verification.NameMismatch}},
		"another mismatch of the second":    {"龴天", mismatch{verification.NameMismatch}, mismatch{verification.MobileMismatch}, []string{"龴天", private}, mismatch{verification.NameMismatch}},
		"is away at the second":             {"龴天", mismatch{verification.NameMismatch}, away, []string{"龴天", private}, away},
		"is away":                           {"龴天", away, nil, []string{"龴天"}, away},
		"another mobile number":             {"龴天", mismatch{verification.MobileMismatch}, nil, []string{"龴天"}, mismatch{verification.MobileMismatch}},
		"nobody of this identity":           {"龴天", mismatch{verification.IdentityNotFound}, nil, []string{"龴天"}, mismatch{verification.IdentityNotFound}},
		"another name, without a rare sign": {"张天", mismatch{verification.NameMismatch}, nil, []string{"张天"}, mismatch{verification.NameMismatch}},
	} {
		r := &register{answers: map[string]error{c.name: c.first, private: c.second}}
		answer, err := spelling.Carrier{Carrier: r}.Check(t.Context(), verify.Identity{Name: identity.NewPII(c.name)})
		if !slices.Equal(r.asked, c.asked) {
			t.Errorf("%s: asked for %q", name, r.asked)
		}
		var m mismatch
		errors.As(c.want, &m)
		if answer.Mismatch != m.Reason || errors.Is(c.want, away) != errors.Is(err, away) || c.want == nil != answer.HolderChanged {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
	}
}
