package handoff

import "time"

// Colour is one that the phone's screen shows to light the face after the actions.
type Colour string

// The colours of a light challenge. None is a saturated red, in which red makes four
// fifths or more of the whole (WCAG 2.3.1): red shows with blue or green only.
const (
	Green   Colour = "green"
	Blue    Colour = "blue"
	Cyan    Colour = "cyan"
	Magenta Colour = "magenta"
	Yellow  Colour = "yellow"
)

// Colours lists every colour that can be drawn.
func Colours() []Colour { return []Colour{Green, Blue, Cyan, Magenta, Yellow} }

// RGB is what the screen shows, each part 0 or 255; black for no colour.
func (c Colour) RGB() [3]uint8 {
	switch c {
	case Green:
		return [3]uint8{0, 255, 0}
	case Blue:
		return [3]uint8{0, 0, 255}
	case Cyan:
		return [3]uint8{0, 255, 255}
	case Magenta:
		return [3]uint8{255, 0, 255}
	case Yellow:
		return [3]uint8{255, 255, 0}
	}
	return [3]uint8{}
}

// What a light challenge is made of. Its frames are the last ones of the manifest.
const (
	// LightColours are drawn for a challenge, none twice.
	LightColours = 4
	// ColourFor is how long each is shown: at most 3 changes a second are safe for
	// people whom flashes harm (WCAG 2.3.1).
	ColourFor = 700 * time.Millisecond
	// ColourFrames are sent of each colour.
	ColourFrames = 2
	// LightFrames are those of a whole light challenge.
	LightFrames = LightColours * ColourFrames
)
