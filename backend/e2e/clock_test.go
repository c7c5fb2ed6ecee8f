package e2e_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// TestAServerWhoseClockIsSetLosesNobody sets the server's clock an hour on or back
// before each step of a person's way. What had an end may have to be begun anew;
// nobody waits for an hour.
func TestAServerWhoseClockIsSetLosesNobody(t *testing.T) {
	for name, by := range map[string]time.Duration{"on": time.Hour, "back": -time.Hour} {
		for way, begin := range map[string]func(api.Person) api.NewVerification{"mobile": byMobile, "face": byFace} {
			t.Run(name+" "+way, func(t *testing.T) {
				onBoth(t, func(t *testing.T, cfg config.Config) {
					cfg.Verify.SMSAddress, cfg.SignUpsPerAddress = 0, 0 // all come from one
					s := start(t, cfg)
					for before := 1; ; before++ {
						w := &wayfarer{server: s, account: s.signUp("traveller-" + strconv.Itoa(before)), begin: begin(s.stranger(before))}
						if w.verified(before, by) < before {
							break
						}
					}
					s.sound()
				})
			})
		}
	}
}

// verified takes steps until the person is verified, and returns how many; before
// one of them the clock is set.
func (w *wayfarer) verified(before int, by time.Duration) (steps int) {
	for w.status != verification.Verified {
		steps++
		if steps == before {
			w.clock.Advance(by)
		}
		if err := w.next(); err != nil || steps == 30 {
			w.t.Fatalf("the clock was set before step %d; in step %d (%s): %v", before, steps, w.status, err)
		}
	}
	return steps
}

// stranger is a person of a number with a portrait.
func (s *server) stranger(n int) api.Person {
	s.t.Helper()
	who := numbered(strconv.Itoa(n))
	err := s.app.Store.Import(s.t.Context(), registry.Each(registry.Person{
		Identity: verify.Identity{
			CertificateType: identity.CNID, Name: identity.NewPII(who.Name), Number: identity.NewPII(who.Number), Mobile: identity.NewPII(who.Mobile),
		},
		Portrait: []byte("a picture"),
	}))
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

// wayfarer is a person who takes one step after another, by what their PC shows.
type wayfarer struct {
	*server
	account *client.Account
	begin   api.NewVerification
	phone   *phone
	status  verification.Status
}

// next looks where the person stands and does what comes next. A refusal that
// names a wait of two minutes at the most, or asks to begin a part anew, is no error.
func (w *wayfarer) next() error {
	err := w.step()
	var refused *problem.Problem
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case problem.RateLimited, problem.CodeExpired:
		if refused.RetryAfter > 2*time.Minute {
			return err
		}
		w.clock.Advance(refused.RetryAfter)
	case problem.AlreadyVerified: // the verdict came since the account was looked at
		w.status = verification.Verified
	case problem.Unauthorized, problem.TicketExpired, problem.EvidenceInvalid, problem.Conflict:
	default:
		return err
	}
	return nil
}

func (w *wayfarer) step() error {
	ctx := w.t.Context()
	me, err := w.account.Get(ctx)
	if err != nil {
		return err
	}
	if me.Verification == nil || me.Verification.Status == verification.Expired {
		v, err := w.account.Begin(ctx, w.begin)
		w.status = v.Status
		return err
	}
	v, err := w.account.View(ctx, me.Verification.ID)
	if err != nil {
		return err
	}
	w.status = v.Status
	if step := map[verification.Status]func(verification.View) error{
		verification.CodeRequired: w.code, verification.FaceRequired: w.show,
		verification.Confirming: w.confirm, verification.Capturing: w.capture, verification.Judging: w.wait,
	}[v.Status]; step != nil {
		return step(v)
	}
	return nil
}

func (w *wayfarer) code(v verification.View) error {
	ctx := w.t.Context()
	if v.Code == nil {
		_, err := w.account.SendCode(ctx, v.ID)
		return err
	}
	_, err := w.account.CheckCode(ctx, v.ID, api.CodeCheck{Code: lastCode(w.t, w.client, w.begin.Identity.Mobile)})
	var refused *problem.Problem
	if errors.As(err, &refused) && refused.Code == problem.CodeExpired {
		_, err = w.account.SendCode(ctx, v.ID)
	}
	return err
}

// confirm types the number, then agrees.
func (w *wayfarer) confirm(v verification.View) error {
	ctx := w.t.Context()
	seen, err := w.phone.Get(ctx)
	if err == nil && seen.Confirmed {
		_, err = w.phone.Consent(ctx, api.Consent{Version: seen.ConsentVersion})
	} else if err == nil {
		_, err = w.phone.Confirm(ctx, v.Handoff.Number)
	}
	return err
}

func (w *wayfarer) show(v verification.View) error {
	h, err := w.account.Handoff(w.t.Context(), v.ID, api.NewHandoff{})
	if err == nil {
		w.phone, err = w.claim(h)
	}
	return err
}

func (w *wayfarer) capture(verification.View) error {
	_, err := w.scan(w.phone)
	return err
}

func (w *wayfarer) wait(v verification.View) error {
	w.status = await(w.t, w.account, v.ID, verification.Judging).Status
	return nil
}
