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

// moving brings the ID of the account other on its way to demo, its wait over.
func (w *world) moving() verification.ID {
	w.Helper()
	id := w.atRisk()
	if _, err := w.AskReview(w.Context(), caller("demo"), id); err != nil {
		w.Fatal(err)
	}
	w.answer.HolderChanged = false
	w.pass(time.Minute)
	v := w.begin("other", zhang)
	if _, err := w.check("other", v.ID, w.send("other", v.ID)); err != nil {
		w.Fatal(err)
	}
	if _, err := w.Decide(w.Context(), "operator", id, true, "looks right"); err != nil {
		w.Fatal(err)
	}
	if _, err := w.AskMove(w.Context(), caller("demo"), id); err != nil {
		w.Fatal(err)
	}
	w.pass(73 * time.Hour)
	return id
}

// late calls something in the middle of a move.
type late struct {
	verify.Store
	call func()
}

func (l late) Unbind(ctx context.Context, accountID, heir string, e verify.Entry) error {
	l.call()
	return l.Store.Unbind(ctx, accountID, heir, e)
}

// A holder is never told that the ID stays while it goes.
func TestAnObjectionBesideTheMoveIsTooLate(t *testing.T) {
	w := newWorld(t)
	id := w.moving()
	var objected error
	w.store.Store = late{w.store.Store, func() { objected = w.ObjectToMove(t.Context(), "other") }}
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(objected, verify.ErrNotFound) {
		t.Errorf("the objection: %v", objected)
	}
	if v := w.look("demo", id); v.Move == nil || v.Move.End != string(verify.MoveDone) {
		t.Errorf("the move: %+v", v.Move)
	}
}

// stated is the certificate and number of a request.
func stated(r verify.Request) verify.Identity {
	return verify.Identity{CertificateType: identity.CNID, Number: identity.NewPII(r.Number)}
}

// A number that two operators joined is not the account's own, which would go with it.
func TestAJoinedNumberDoesNotMove(t *testing.T) {
	w := newWorld(t)
	id := w.atRisk()
	if _, err := w.AskReview(t.Context(), caller("demo"), id); err != nil {
		t.Fatal(err)
	}
	w.answer.HolderChanged = false
	w.pass(time.Minute)
	v := w.begin("other", wang)
	if _, err := w.check("other", v.ID, w.send("other", v.ID)); err != nil {
		t.Fatal(err)
	}
	if err := w.Join(t.Context(), "wang, li", "other", "both shown", stated(zhang)); err != nil {
		t.Fatal(err)
	}
	v, err := w.Decide(t.Context(), "operator", id, true, "looks right")
	if err != nil {
		t.Fatal(err)
	}
	w.want(v, verification.Rejected, verification.IdentityAlreadyBound)
	var conflict *verify.ConflictError
	if _, err := w.AskMove(t.Context(), caller("demo"), id); !errors.As(err, &conflict) {
		t.Errorf("its move: %v", err)
	}
}

// A server that dies in the middle leaves the move to the next sweep, and what was joined
// to the ID goes along.
func TestAMoveThatWasCutOffIsEnded(t *testing.T) {
	w := newWorld(t)
	id := w.moving()
	if err := w.Join(t.Context(), "wang, li", "other", "both shown", stated(wang)); err != nil {
		t.Fatal(err)
	}
	whole, died := w.store.Store, errors.New("the server died")
	w.store.Store = dead{whole, died}
	if err := w.Sweep(t.Context()); !errors.Is(err, died) {
		t.Fatalf("the sweep: %v", err)
	}
	w.store.Store = whole
	if err := w.ObjectToMove(t.Context(), "other"); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("an objection in the middle: %v", err)
	}
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := w.look("demo", id); v.Move == nil || v.Move.End != string(verify.MoveDone) {
		t.Errorf("the move: %+v", v.Move)
	}
	if holders, err := w.Holders(t.Context(), []string{stated(wang).Key()}); err != nil || len(holders) != 1 || holders[0] != "demo" {
		t.Errorf("the joined number verifies %v, %v", holders, err)
	}
}

// dead unbinds and then fails whatever makes a case.
type dead struct {
	verify.Store
	err error
}

func (d dead) Create(context.Context, *verify.Case, verify.Effects) error { return d.err }

// What bound the ID and then died leaves a move that was done.
func TestAMoveThatWasBoundIsDone(t *testing.T) {
	w := newWorld(t)
	id := w.moving()
	whole, died := w.store.Store, errors.New("the server died")
	w.store.Store = forgetful{whole, died}
	if err := w.Sweep(t.Context()); !errors.Is(err, died) {
		t.Fatalf("the sweep: %v", err)
	}
	w.store.Store = whole
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := w.look("demo", id); v.Move == nil || v.Move.End != string(verify.MoveDone) {
		t.Errorf("the move: %+v", v.Move)
	}
}

// A case that the account began meanwhile is waited for.
func TestAMoveWaitsForACaseThatIsOpen(t *testing.T) {
	w := newWorld(t)
	id := w.moving()
	v := w.begin("demo", wang)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := w.look("demo", id).Move; m == nil || m.End != "" {
		t.Errorf("beside an open case the move: %+v", m)
	}
	w.cancel("demo", v.ID)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := w.look("demo", id).Move; m == nil || m.End != string(verify.MoveDone) {
		t.Errorf("afterwards the move: %+v", m)
	}
}

// forgetful makes a case and then fails.
type forgetful struct {
	verify.Store
	err error
}

func (f forgetful) Create(ctx context.Context, c *verify.Case, e verify.Effects) error {
	if err := f.Store.Create(ctx, c, e); err != nil {
		return err
	}
	return f.err
}
