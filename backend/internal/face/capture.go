package face

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// Frame is one picture of a capture.
type Frame struct {
	JPEG []byte        // as the phone sent it: at most handoff.MaxFrameBytes, not mirrored
	At   time.Duration // since the first frame; strictly rising

	// Light is the colour that the phone's screen showed to light the face; "" for none.
	// Frames with one come after all others.
	Light handoff.Colour
}

// Capture is all that a verdict looks at.
type Capture struct {
	Portrait []byte                // JPEG or PNG; empty where there is none: liveness alone is judged
	Frames   []Frame               // handoff.MinFrames to MaxFrames, in the order they were taken
	Actions  []verification.Action // in the order they were asked

	// DemandLight refuses where the face does not answer the colours of its lit frames,
	// or has none; else what comes of them is only told.
	DemandLight bool
}

// Limits of what no phone sends; those of its frames are handoff's.
const (
	MaxPortrait = raster.MaxFile
	MaxActions  = 6
)

// pictures are the frames without their times.
func (c Capture) pictures() [][]byte {
	out := make([][]byte, len(c.Frames))
	for i, f := range c.Frames {
		out[i] = f.JPEG
	}
	return out
}

// ErrUnavailable means that the engine has no models or no runtime: the backend
// goes on, and face methods answer provider_unavailable.
var ErrUnavailable = errors.New("the face engine is not available")

// BusyError means that all places are taken; nothing was looked at.
type BusyError struct{ RetryAfter time.Duration }

// Error says when to come back.
func (e *BusyError) Error() string {
	return fmt.Sprintf("the face engine is busy: try again in %s", e.RetryAfter)
}

// ErrBusy is what errors.Is finds in a BusyError.
var ErrBusy = errors.New("the face engine is busy")

// Is makes every BusyError an ErrBusy.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// checkCapture refuses what needs no decoding to be refused: counts, sizes,
// times and actions.
func checkCapture(c Capture) error {
	bad := func(frame int, hint look.Hint, format string, args ...any) error {
		return &look.InputError{Kind: look.ErrCapture, Hint: hint, Frame: frame, Cause: fmt.Errorf(format, args...)}
	}
	if len(c.Actions) == 0 || len(c.Actions) > MaxActions {
		return bad(-1, look.NoHint, "%d actions were asked", len(c.Actions))
	}
	for _, a := range c.Actions {
		if !slices.Contains(verification.Actions(), a) {
			return bad(-1, look.NoHint, "%q is not an action", a)
		}
	}
	if err := checkCount(len(c.Frames)); err != nil {
		return err
	}
	for i, f := range c.Frames {
		if len(f.JPEG) == 0 || len(f.JPEG) > handoff.MaxFrameBytes {
			return bad(i, look.NoHint, "the frame has %d bytes", len(f.JPEG))
		}
		if i == 0 {
			continue
		}
		switch gap := f.At - c.Frames[i-1].At; {
		case gap <= 0:
			return bad(i, look.HintRetry, "its time is not after the one before")
		case gap > handoff.MaxFrameGap:
			return bad(i, look.HintRetry, "there is a gap of %s before it", gap)
		}
	}
	if d := c.Frames[len(c.Frames)-1].At - c.Frames[0].At; d < handoff.MinCapture || d > handoff.MaxCapture {
		return bad(-1, look.HintRetry, "the capture lasts %s", d)
	}
	return nil
}

func checkCount(n int) error {
	if n < handoff.MinFrames || n > handoff.MaxFrames {
		return &look.InputError{Kind: look.ErrCapture, Hint: look.HintRetry, Frame: -1, Cause: fmt.Errorf("%d frames, not %d to %d", n, handoff.MinFrames, handoff.MaxFrames)}
	}
	return nil
}
