// Package light tells whether a face was lit by the colours that a screen before it
// showed, and whether it is round as a face is.
//
// A screen at arm's length lights what is as near as a face, and hardly what is
// behind it. So the colour of the skin over the colour beside the head follows the
// sequence of a person's own phone, more where the face looks at the phone and less
// where it turns away. A picture that shines by itself reflects little, a printed one
// reflects the same everywhere, and an injected one nothing.
//
// Only what is left after three divisions counts: skin over surroundings in the same
// frame, which takes away the camera's exposure and white balance; one channel over
// another, which takes away shadows that move with the head; and each place over its
// own mean, which takes away its colour. What grows or shrinks all the time, as where a
// body moves before its surroundings, is mostly taken away too. The principle is that of
// Face Flashing (Tang and others, NDSS 2018).
//
// It is pure: no network, no clock, nothing kept.
package light

import (
	"math"
	"time"

	"realname.example/shared/handoff"
)

// RGB is a colour in linear light, 0 to 1 each.
type RGB [3]float64

// Spot is one place of the face in one frame.
type Spot struct {
	// X and Y are where it is in the face, 0 to 1 from its upper left.
	X, Y float64
	// Facing is how much of a light beside the camera falls on it, by the face's
	// shape: 1 where it is nearest and looks at the camera, 0 where it is turned away.
	Facing float64
	Colour RGB
}

// Shot is one frame. All shots of a capture have the same spots in the same order.
type Shot struct {
	Shown  handoff.Colour // by the screen, as the manifest says
	At     time.Duration  // since the first frame of the capture
	Spots  []Spot
	Around RGB // beside the head
}

// Result is what the shots say. The numbers are 0 where too little is seen.
type Result struct {
	// Response is by how much of itself the skin's light grows with the screen's, in
	// comparison with its surroundings; 0.1 is a tenth.
	Response float64
	// Change is by how much of itself the skin's light changed at all, whatever with.
	Change float64
	// Agreement is the correlation of the skin's colour with what was shown, -1 to 1, and
	// Rival the highest with what could have been shown instead.
	Agreement, Rival float64
	// Surround is how much of the response what is beside the head shows as well: less than
	// 1 where it is further away, much more where both are on one sheet.
	Surround float64
	// Relief is the correlation of the response over the face with the face's shape, the
	// noise of each place taken off.
	Relief float64
	// Fall is how much weaker the response is where the face turns away, as a part of what
	// its shape asks for: 1 for a face, 0 for what is flat; FallError is its standard error.
	Fall, FallError float64
}

// grid is in how many parts a side a face is cut; a place is the mean over a part.
const grid = 6

// chroma is the logarithm of red over green and of blue over green.
type chroma [2]float64

// darkest is added to every channel: below it is hardly more than noise.
const darkest = 0.01

func (c RGB) chroma() (chroma, bool) {
	if c[0]+c[1]+c[2] < darkest {
		return chroma{}, false
	}
	return chroma{math.Log((c[0] + darkest) / (c[1] + darkest)), math.Log((c[2] + darkest) / (c[1] + darkest))}, true
}

// shown is the same of the screen, as far as it is linear: its parts are 0 or 1.
func shown(c handoff.Colour) chroma {
	rgb := c.RGB()
	return chroma{(float64(rgb[0]) - float64(rgb[1])) / 255, (float64(rgb[2]) - float64(rgb[1])) / 255}
}

// What a face that was lit shows at least, and at most. They were chosen by one
// simulation and are reported on by another (docs/face.md).
const (
	leastResponse  = 0.01
	leastAgreement = 0.75
	mostRival      = 0.02 // above the agreement
	mostSurround   = 0.9
	leastRelief    = 0.6
	leastFall      = 0.45 // less one standard error

	// faint is a change below which the absence of all of this says nothing: as before a
	// window, where the screen gives a twentieth of the light.
	faint = 0.04
)

// Score is the least of what is measured over what is asked of it: 1 or more answers.
func (r Result) Score() float64 {
	return min(r.skin(), 1+(mostSurround-r.Surround)/mostSurround)
}

// skin is the score of the face without what is beside it.
func (r Result) skin() float64 {
	return min(
		r.Response/leastResponse, r.Agreement/leastAgreement, 1+(r.Agreement+mostRival-r.Rival)/mostRival,
		r.Relief/leastRelief, (r.Fall-r.FallError)/leastFall)
}

// Answers says whether a face was lit as was shown.
func (r Result) Answers() bool { return r.Score() >= 1 }

// Unclear says of what is no answer that it cannot be told: hardly any light comes back,
// of the screen or of anything else that changes, or a wall is nearly as near as the face.
func (r Result) Unclear() bool {
	return !r.Answers() && (r.Change < faint || r.skin() >= 1)
}
