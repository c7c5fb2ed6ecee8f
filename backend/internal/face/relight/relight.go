// Package relight makes pictures of a recording as a camera would take them while a
// screen before the face shows a colour. It simulates: a light challenge that holds here
// held against these models, and no person and no forgery was lit for it.
//
// There are two renderers, which share no model: Phong is what the thresholds of
// package light were chosen by, AreaLight is only reported on (docs/face.md).
//
//	          Phong                            AreaLight
//	shape     the landmarks' depth, by pixel   an ellipsoid with a nose
//	skin      Lambert and Blinn-Phong          wrapped light by channel, GGX
//	screen    one point, pure colours          points over its area, impure colours
//	room      even over the face               what is bright and dark in the recording
//	camera    sRGB, gains at once              tone curve, gains that lag, local contrast
package relight

import (
	"math"
	"math/rand/v2"

	"realname.example/shared/handoff"
)

// Picture is packed RGB of 8 bits, row by row.
type Picture struct {
	W, H int
	Pix  []uint8
}

// Point is a landmark in pixels, z away from the camera.
type Point struct{ X, Y, Z float64 }

// Scene is what stands before the camera, as the room's light alone shows it.
type Scene struct {
	Picture
	// Face has the landmarks of a head that is there in the flesh; nil: nobody is.
	Face []Point
	// Sheet is how much of each pixel is a flat thing at arm's length, 0 to 1; nil: none.
	Sheet  []float32
	Shines bool // it is a display
	// Hand is how much of each pixel is a hand that holds it; nil: none.
	Hand []float32
	// Injected came into the phone without a camera: no light reaches it.
	Injected bool
}

// Room is what differs from one capture to the next. Lengths are in centimetres.
type Room struct {
	Ratio    float64 // light of the white screen on the face over that of the room
	Distance float64 // from the screen to the face
	Behind   float64 // from the screen to what is behind the head
	Aside    float64 // how far the screen is off the camera, sideways
	Tone     float64 // reflectance of the skin over the recorded one
	Gloss    float64 // mirror part of the skin
	Noise    float64 // of the sensor, of a white pixel
	Balance  float64 // part of a change of colour that white balance takes away
	Exposure float64 // part of a change of brightness that exposure takes away
	Drift    float64 // of both by themselves
	Sway     float64 // of the hand, pixels

	// Of a flat thing.
	Matte  float64    // diffuse part of a display's surface
	Mirror float64    // mirror part of it
	Spread float64    // how wide its reflection is
	At     [2]float64 // where it lies, in parts of the face's width from the middle
	Bow    float64    // 1/radius of a bowed print; 0 is flat
}

// NewRoom draws one, from a dark room to a window: the screen, which is brighter where
// the room is, makes half of all light or three hundredths.
func NewRoom(rng *rand.Rand) Room {
	between := func(a, b float64) float64 { return a + (b-a)*rng.Float64() }
	return Room{
		Ratio: math.Exp(between(math.Log(0.03), 0)), Distance: between(25, 45), Behind: between(60, 250), Aside: between(-3, 3),
		Tone: math.Exp(between(math.Log(0.3), math.Log(1.4))), Gloss: between(0.005, 0.04),
		Noise: between(0.004, 0.02), Balance: between(0, 0.6), Exposure: between(0, 0.9), Drift: between(0, 0.04), Sway: between(0, 3),
		Matte: between(0.005, 0.04), Mirror: between(0.005, 0.045), Spread: between(0.08, 1.2),
		At: [2]float64{between(-1.2, 1.2), between(-1, 1)}, Bow: max(0, between(-0.03, 0.05)),
	}
}

// Renderer takes the pictures of one capture, in their order.
type Renderer interface {
	// Shoot takes one, seconds after the first, while the screen shows a colour; "" is
	// none, and the picture is as the room's light makes it.
	Shoot(s Scene, shown handoff.Colour, seconds float64) Picture
}

// faceWidth is that of a grown face from side to side, in centimetres.
const faceWidth = 14

// bounds are the landmarks' middle and width in pixels; of nobody those of a face that
// fills a third of the picture.
func (s Scene) bounds() (cx, cy, width float64) {
	if len(s.Face) == 0 {
		return float64(s.W) / 2, float64(s.H) / 2, float64(s.W) / 3.5
	}
	x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, p := range s.Face {
		x0, x1, y0, y1 = min(x0, p.X), max(x1, p.X), min(y0, p.Y), max(y1, p.Y)
	}
	return (x0 + x1) / 2, (y0 + y1) / 2, max(1, x1-x0)
}

// body says how much of a pixel beside the face is hair, neck or clothes of the same
// person: x and y are parts of the face's width from its middle.
func body(x, y float64) float64 {
	head := math.Hypot(x/0.68, (y+0.08)/0.95)
	inHead := max(0, min(1, (1.05-head)/0.1))
	half := 0.35 + max(0, y-0.8)*2.2 // neck, then shoulders
	inTrunk := max(0, min(1, (half-math.Abs(x))/0.1)) * max(0, min(1, (y-0.45)/0.1))
	return max(inHead, inTrunk)
}

// normals is a table of normal numbers; each frame begins at a random place of it,
// which is quicker than drawing a number for every pixel.
var normals = func() []float32 {
	rng := rand.New(rand.NewPCG(2, 2))
	table := make([]float32, 1<<17+1)
	for i := range table {
		table[i] = float32(rng.NormFloat64())
	}
	return table
}()

func covered(mask []float32, i int) float64 {
	if mask == nil {
		return 0
	}
	return float64(mask[i])
}
