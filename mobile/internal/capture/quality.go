// Package capture takes the pictures of a face challenge: it waits for light,
// leads through the actions, keeps a burst of JPEGs with their times and signs
// the list. The flow calls it with an open camera. It recognises no face and
// judges nothing: the server does.
package capture

import "realname.example/mobile/internal/camera"

// Hint is what would help the next picture; "" for nothing.
type Hint string

// The hints.
const (
	Dark    Hint = "dark"
	Bright  Hint = "bright"
	Blurred Hint = "blurred"
)

// Levels of the middle of a picture, chosen by looking at recordings. They
// guide the person; the server decides.
const (
	leastLight = 45  // mean of Y, 0 to 255
	mostLight  = 220 // mean of Y
	leastEdge  = 0.8 // mean step between pixels two apart, in levels
)

// Measure looks at the middle half of a frame, where the face is, and returns
// the mean of Y and the mean step between pixels two apart.
func Measure(f *camera.Frame) (light, edge float64) {
	var sum, steps, n float64
	for y := f.H / 4; y < f.H*3/4; y += 2 {
		row := f.Y[y*f.W : (y+1)*f.W]
		for x := f.W / 4; x+2 < f.W*3/4; x += 2 {
			a, b := float64(row[x]), float64(row[x+2])
			sum += a
			steps += max(a-b, b-a)
			n++
		}
	}
	if n == 0 {
		return 0, 0
	}
	return sum / n, steps / n
}

// Look returns the hint for a frame.
func Look(f *camera.Frame) Hint {
	light, edge := Measure(f)
	switch {
	case light < leastLight:
		return Dark
	case light > mostLight:
		return Bright
	case edge < leastEdge:
		return Blurred
	}
	return ""
}
