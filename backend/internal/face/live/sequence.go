package live

import (
	"time"

	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

// Sequence is what is seen of a capture, frame by frame, and what its checks make
// of it. Looks and times are as many as frames; Frontal comes before all that is
// measured from the neutral, Unsure before Answers, and Answers before what looks at the steps.
type Sequence struct {
	Frames  [][]byte // JPEG, as they came
	Looks   []*look.Look
	At      []time.Duration // since the first frame
	Actions []verification.Action
	Limits  Limits
	Numbers map[string]float64 // what the checks measured
	Steps   []Step             // of the actions, once Answers found them

	neutral Neutral
	signals []signal
	events  []event // all movements
}

// Ends returns the first and the last frames that show a face.
func (s *Sequence) Ends() (first, last []*look.Look) {
	seen := seenIn(s.Looks)
	k := min(StartFrames, len(seen))
	return seen[:k], seen[len(seen)-k:]
}

// seenIn lists the looks that show one face.
func seenIn(looks []*look.Look) []*look.Look {
	var seen []*look.Look
	for _, l := range looks {
		if l.Faces == 1 {
			seen = append(seen, l)
		}
	}
	return seen
}
