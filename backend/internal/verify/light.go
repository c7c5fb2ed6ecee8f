package verify

import (
	"fmt"
	"slices"

	"realname.example/shared/handoff"
)

// LightMode says what the light challenge is for: colours that the phone's screen shows
// after the actions, and that a face throws back as no picture of one does.
type LightMode string

// The modes.
const (
	LightOff     LightMode = "off"     // none is asked for
	LightObserve LightMode = "observe" // what comes of it is counted, and decides nothing
	LightEnforce LightMode = "enforce" // without the right answer liveness has failed
)

// ParseLightMode accepts the exact name of a mode.
func ParseLightMode(s string) (LightMode, error) {
	switch m := LightMode(s); m {
	case LightOff, LightObserve, LightEnforce:
		return m, nil
	}
	return "", fmt.Errorf("%q is no mode of the light challenge; use off, observe or enforce", s)
}

// drawLight draws the colours of a challenge; none where nobody asks, or where the phone
// cannot, or its person will not, show them.
func (s *Service) drawLight(able bool) ([]handoff.Colour, error) {
	if !able || s.cfg.Light == LightOff {
		return nil, nil
	}
	colours := handoff.Colours()
	err := shuffle(s, colours)
	return colours[:handoff.LightColours], err
}

// unlit says whether a verdict waits for an operator because its challenge had no light.
func (s *Service) unlit(c *Case) bool {
	return s.cfg.Light == LightEnforce && !s.cfg.LightOptional && len(c.Challenge.Light) == 0
}

// acted is how many frames come before those that are lit.
func acted(frames []Frame) int {
	n := len(frames)
	for n > 0 && frames[n-1].Light != "" {
		n--
	}
	return n
}

// checkLight returns why frames were not taken under the colours that were asked, or "".
func checkLight(frames []Frame, asked []handoff.Colour) string {
	n := acted(frames)
	if n < handoff.MinFrames || n > handoff.ActionFrames {
		return "frame_count"
	}
	if len(frames)-n != len(asked)*handoff.ColourFrames || slices.ContainsFunc(frames[:n], func(f Frame) bool { return f.Light != "" }) {
		return "light"
	}
	for i, f := range frames[n:] {
		if f.Light != asked[i/handoff.ColourFrames] {
			return "light"
		}
	}
	return ""
}
