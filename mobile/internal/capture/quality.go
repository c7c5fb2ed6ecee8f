// Package capture takes the pictures of a face challenge: it waits until the
// face is well in the picture, leads through the actions, keeps a burst of JPEGs
// with their times and signs the list. The flow calls it with an open camera. It
// guides the person and judges nothing: the server does.
package capture

import (
	"math"

	"realname.example/mobile/internal/finder"
	"realname.example/shared/camera"
)

// Hint is what would help the next picture; "" for nothing.
type Hint string

// The hints.
const (
	Dark    Hint = "dark"
	Bright  Hint = "bright"
	NoFace  Hint = "no_face"
	Closer  Hint = "closer"
	Farther Hint = "farther"
	Centre  Hint = "centre"
	Blurred Hint = "blurred" // the lens or the person moves: hold still
)

// Hints lists every hint.
func Hints() []Hint { return []Hint{Dark, Bright, NoFace, Closer, Farther, Centre, Blurred} }

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

// Where the face should be, in parts of the picture as finder.Face has them: so
// that its eyes are some 40 pixels apart at 640 by 480, with room to nod.
const (
	leastFace = 0.3
	mostFace  = 0.8
	offCentre = 0.2
	mostMoved = 0.08 // from one picture to the next
)

// Finder finds a face; *finder.Finder is one.
type Finder interface {
	Find(f *camera.Frame) (finder.Face, bool)
}

// guide looks at pictures in which the person should look straight ahead.
type guide struct {
	faces  Finder // nil: only light and sharpness are looked at
	before finder.Face
	seen   bool // before is a face
}

// look returns what would help most.
func (g *guide) look(f *camera.Frame) Hint {
	hint := Look(f)
	if g.faces == nil || hint == Dark || hint == Bright {
		return hint
	}
	face, ok := g.faces.Find(f)
	moved := g.seen && math.Hypot(face.X-g.before.X, face.Y-g.before.Y) > mostMoved
	g.before, g.seen = face, ok
	switch {
	case !ok:
		return NoFace
	case face.Size < leastFace:
		return Closer
	case face.Size > mostFace:
		return Farther
	case math.Abs(face.X-0.5) > offCentre || math.Abs(face.Y-0.5) > offCentre:
		return Centre
	case moved:
		return Blurred
	}
	return hint
}

// Look returns the hint for a frame, whatever it shows.
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
