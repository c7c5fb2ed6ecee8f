package verify_test

import (
	"testing"
	"time"

	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// A gap between two frames is refused at the door or judged, never both: a
// person whose camera stopped for a moment is told so and keeps the attempt.
func TestAGapBetweenFramesIsRefusedAtTheDoor(t *testing.T) {
	for name, c := range map[string]struct {
		gap   time.Duration
		cause string
	}{
		"at the limit":  {handoff.MaxFrameGap, ""},
		"just above it": {handoff.MaxFrameGap + time.Millisecond, "frame_times"},
		"of 2.5 s":      {2500 * time.Millisecond, "frame_times"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id, token := w.capturing()
			b := w.record(token)
			w.pass(c.gap)
			for i := range b.manifest.Frames[20:] {
				b.manifest.Frames[20+i].Millis += (c.gap - 130*time.Millisecond).Milliseconds()
			}
			_, err := w.upload(token, b)
			if c.cause == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			w.refuses(err, c.cause)
			if v := w.look("demo", id); v.Status != verification.Capturing || v.AttemptsLeft != 5 {
				t.Errorf("%s, %d attempts left", v.Status, v.AttemptsLeft)
			}
		})
	}
}

// What is wrong with the registry's picture is not the person's fault.
func TestAnUnusablePortraitLeadsToReviewAndSpendsNoAttempt(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.PortraitPoor
	id, token := w.capturing()
	w.judge(token)
	v := w.look("demo", id)
	w.want(v, verification.InReview, verification.PortraitPoor)
	if v.AttemptsLeft != 5 {
		t.Errorf("%d attempts left", v.AttemptsLeft)
	}
}
