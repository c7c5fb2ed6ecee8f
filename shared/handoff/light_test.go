package handoff_test

import (
	"slices"
	"testing"
	"time"

	"realname.example/shared/handoff"
)

// WCAG 2.3.1: three flashes a second at most, and none of a saturated red, of which red
// makes four fifths or more.
func TestTheColoursFlashNobody(t *testing.T) {
	if handoff.ColourFor < time.Second/3 {
		t.Errorf("a colour is shown for %s", handoff.ColourFor)
	}
	for _, c := range handoff.Colours() {
		rgb := c.RGB()
		whole := int(rgb[0]) + int(rgb[1]) + int(rgb[2])
		if whole == 0 || 5*int(rgb[0]) >= 4*whole {
			t.Errorf("%s is %v", c, rgb)
		}
	}
	if len(handoff.Colours()) < handoff.LightColours || slices.Contains(handoff.Colours(), "") {
		t.Errorf("%v are drawn from", handoff.Colours())
	}
}
