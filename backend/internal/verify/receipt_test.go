package verify_test

import (
	"testing"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// followed is a world in which it is asked what became of messages.
func followedWorld(t *testing.T) (*world, verification.View, string) {
	w := newWorld(t)
	w.Deps().Receipts = w
	v := w.begin("demo", zhang)
	return w, v, w.send("demo", v.ID)
}

// follow lets time pass and asks about the messages whose turn it is; it returns how
// many there were.
func (w *world) follow(after time.Duration) int {
	w.Helper()
	w.pass(after)
	before := len(w.followed)
	if err := w.FollowReceipts(w.Context()); err != nil {
		w.Fatal(err)
	}
	return len(w.followed) - before
}

func TestACodeThatDidNotArriveIsToldWithinAMinute(t *testing.T) {
	w, v, code := followedWorld(t)
	sent := w.clock()
	if n := w.follow(0); n != 0 {
		t.Errorf("asked %d times at once", n)
	}
	if n := w.follow(5 * time.Second); n != 1 || w.look("demo", v.ID).Code.Undelivered != "" {
		t.Errorf("asked %d times, and told %q of what nobody knows", n, w.look("demo", v.ID).Code.Undelivered)
	}
	if m := w.followed[0]; m.Mobile != zhang.Mobile || !m.At.Equal(sent) || m.Receipt != (verify.Receipt{Provider: "world", ID: "1"}) {
		t.Errorf("asked about %+v", m)
	}
	w.delivery.Failed = verification.UndeliveredPhone
	for w.look("demo", v.ID).Code.Undelivered == "" {
		w.follow(time.Second)
		if w.clock().Sub(sent) > time.Minute {
			t.Fatal("nobody was told within a minute")
		}
	}
	told := w.look("demo", v.ID)
	if told.Code.Undelivered != verification.UndeliveredPhone || told.Version <= v.Version || told.Code.GuessesLeft != 5 {
		t.Errorf("view is %+v of version %d", told.Code, told.Version)
	}
	if n := w.follow(time.Minute); n != 0 {
		t.Errorf("asked %d times more", n)
	}
	if v, err := w.check("demo", v.ID, code); err != nil || v.Status != verification.Verified {
		t.Errorf("the code came nevertheless: %v, %v", v.Status, err)
	}
}

func TestNobodyIsAskedAboutWhatNobodyWaitsFor(t *testing.T) {
	for name, test := range map[string]struct {
		after func(*world, verification.View, string)
		asked int
	}{
		"it arrived": {func(w *world, _ verification.View, _ string) {
			w.delivery.Arrived = true
			w.follow(5 * time.Second)
		}, 0},
		"the code was typed": {func(w *world, v verification.View, code string) { _, _ = w.check("demo", v.ID, code) }, 0},
		"it was cancelled":   {func(w *world, v verification.View, _ string) { _, _ = w.Cancel(w.Context(), caller("demo"), v.ID) }, 0},
		"the code ended":     {func(w *world, _ verification.View, _ string) { w.pass(5 * time.Minute) }, 0},
		"another code was sent": {func(w *world, v verification.View, _ string) {
			w.pass(time.Minute)
			w.send("demo", v.ID)
		}, 1},
		"nobody knows yet": {func(*world, verification.View, string) {}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, v, code := followedWorld(t)
			test.after(w, v, code)
			w.delivery = verify.Delivery{}
			if n := w.follow(10 * time.Second); n != test.asked {
				t.Errorf("asked %d times, want %d", n, test.asked)
			}
		})
	}
}

func TestANewCodeIsNotCalledUndeliveredForTheOneBefore(t *testing.T) {
	w, v, _ := followedWorld(t)
	w.pass(time.Minute)
	w.send("demo", v.ID)
	w.delivery.Failed = verification.UndeliveredPhone // of the first, which alone is due
	if n := w.follow(time.Second); n != 0 || w.look("demo", v.ID).Code.Undelivered != "" {
		t.Errorf("asked %d times, and told %q", n, w.look("demo", v.ID).Code.Undelivered)
	}
	w.follow(10 * time.Second)
	w.pass(time.Minute)
	w.send("demo", v.ID)
	if got := w.look("demo", v.ID).Code.Undelivered; got != "" {
		t.Errorf("a fresh code is %q", got)
	}
}

func TestAProviderThatDoesNotSayIsAskedAgain(t *testing.T) {
	w, v, _ := followedWorld(t)
	w.away = verify.ErrProviderUnavailable
	for _, age := range []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second} { // ever more seldom
		if n := w.follow(age - time.Second); n != 0 {
			t.Fatalf("asked %d times before it was %v more", n, age)
		}
		if n := w.follow(time.Second); n != 1 {
			t.Fatalf("asked %d times", n)
		}
	}
	w.away, w.delivery.Failed = nil, verification.UndeliveredBlocked
	w.follow(time.Minute)
	if got := w.look("demo", v.ID).Code.Undelivered; got != verification.UndeliveredBlocked {
		t.Errorf("told %q", got)
	}
}

func TestWithoutReceiptsNothingIsKept(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	w.send("demo", v.ID)
	w.Deps().Receipts = w
	if n := w.follow(time.Minute); n != 0 {
		t.Errorf("asked %d times", n)
	}
}
