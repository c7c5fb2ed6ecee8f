package relight

import (
	"math"
	"math/rand/v2"

	"realname.example/shared/handoff"
)

// AreaLight lights an ellipsoid with a nose by points spread over the screen. What the
// room lights less shows the screen's light more. Its camera has a memory, a curve of
// its own, and lifts what is dark.
type AreaLight struct {
	room Room
	rng  *rand.Rand

	points [][3]float64 // of the screen, centimetres from the camera
	rough  float64      // of the skin
	gamma  float64
	lift   float64 // of local contrast
	lag    float64 // seconds of white balance and exposure
	last   float64 // seconds of the frame before
	gain   [3]float64
	begun  bool
	walk   [3]float64 // of the gains by themselves
	shift  [2]float64 // of the hand
}

// NewAreaLight makes the renderer of one capture.
func NewAreaLight(room Room, rng *rand.Rand) *AreaLight {
	a := &AreaLight{
		room: room, rng: rng, rough: 0.3 + 0.25*rng.Float64(), gamma: 2 + 0.4*rng.Float64(),
		lift: 0.25 * rng.Float64(), lag: 0.2 + 1.5*rng.Float64(), gain: [3]float64{1, 1, 1},
	}
	for v := range 6 {
		for u := range 3 {
			a.points = append(a.points, [3]float64{room.Aside + 2.3*float64(u-1), 1 + 2.4*float64(v), 0})
		}
	}
	return a
}

// areaPrimaries is how a camera sees a screen's red, green and blue: each reaches the
// other channels too.
var areaPrimaries = [3][3]float64{{0.92, 0.07, 0.02}, {0.13, 0.85, 0.09}, {0.03, 0.11, 0.95}}

// areaWrap is how far light goes round an edge inside the skin, red the furthest.
var areaWrap = [3]float64{0.28, 0.14, 0.1}

// emitted is the screen's light in the camera's channels, white being the ratio.
func (a *AreaLight) emitted(shown handoff.Colour) (e [3]float64) {
	for from, v := range shown.RGB() {
		level := float64(v) / 255
		if shown != "" {
			level = 0.004 + 0.996*level // black shines a little
		}
		for k := range e {
			e[k] += level * areaPrimaries[from][k] * a.room.Ratio
		}
	}
	return e
}

// Shoot implements Renderer.
func (a *AreaLight) Shoot(s Scene, shown handoff.Colour, seconds float64) Picture {
	n := s.W * s.H
	var table [256]float64
	for i := range table {
		table[i] = math.Pow(float64(i)/255, a.gamma)
	}
	luma := newCoarse(s.W, s.H)
	for i := range n {
		luma.add(i, 0.25*table[s.Pix[3*i]]+0.6*table[s.Pix[3*i+1]]+0.15*table[s.Pix[3*i+2]])
	}
	cx, cy, width := s.bounds()
	luma.smooth(int(width / 6))
	level := luma.mean(cx, cy, width/3)
	h := a.head(s)
	e := a.emitted(shown)
	light := make([]float64, 3*n)
	var before, after [3]float64
	for y := range s.H {
		for x := range s.W {
			i := y*s.W + x
			diffuse, gloss, tone := h.at(x, y)
			room := max(0.4, min(2.2, math.Sqrt(luma.at(x, y)/max(1e-6, level)))) // the rest is the skin's own
			for k := range 3 {
				was := table[s.Pix[3*i+k]] * tone
				v := was
				if !s.Injected {
					v += e[k] * (was/room*diffuse[k] + gloss)
				}
				light[3*i+k] = v
				before[k] += was
				after[k] += v
			}
		}
	}
	return a.develop(s, light, before, after, seconds)
}

// develop is the camera.
func (a *AreaLight) develop(s Scene, light []float64, before, after [3]float64, seconds float64) Picture {
	a.adapt(before, after, seconds)
	luma := newCoarse(s.W, s.H)
	from := a.rng.IntN(len(normals))
	for i := range light {
		if from++; from >= len(normals) {
			from = 0
		}
		shot := a.room.Noise * (math.Sqrt(max(0, light[i]))*0.5 + 0.02) * float64(normals[from])
		light[i] = max(0, light[i]+shot) * a.gain[i%3]
		luma.add(i/3, light[i]/3)
	}
	luma.smooth(s.W / 10)
	for i, v := range luma.cells {
		luma.cells[i] = math.Pow(max(0.05, v)/0.3, -a.lift)
	}
	curve := a.curve()
	dx, dy := int(math.Round(a.shift[0])), int(math.Round(a.shift[1]))
	out := Picture{s.W, s.H, make([]uint8, 3*s.W*s.H)}
	for y := range s.H {
		for x := range s.W {
			u, v := max(0, min(s.W-1, x+dx)), max(0, min(s.H-1, y+dy))
			local := luma.at(u, v)
			for k := range 3 {
				out.Pix[3*(y*s.W+x)+k] = curve[int(4095*min(1, light[3*(v*s.W+u)+k]*local))]
			}
		}
	}
	return out
}

// curve is the camera's, with a toe and a shoulder.
func (a *AreaLight) curve() (t [4096]uint8) {
	for i := range t {
		v := math.Pow(float64(i)/4095, 1/a.gamma)
		v = 0.7*v + 0.3*v*v*(3-2*v)
		t[i] = uint8(255*v + 0.5)
	}
	return t
}

// adapt lets gains follow what the camera sees, with its lag, and walk by themselves.
func (a *AreaLight) adapt(before, after [3]float64, seconds float64) {
	passed := max(0, seconds-a.last)
	share := 1 - math.Exp(-passed/a.lag)
	if !a.begun {
		share = 0
		a.begun = true
	}
	a.last = seconds
	whole := (after[0] + after[1] + after[2]) / (before[0] + before[1] + before[2])
	for k := range a.gain {
		a.walk[k] = 0.9*a.walk[k] + a.room.Drift*math.Sqrt(passed)*a.rng.NormFloat64()
		wanted := math.Pow(whole, -a.room.Exposure) * math.Pow(after[k]/before[k]/whole, -a.room.Balance) * math.Exp(a.walk[k])
		a.gain[k] += share * (wanted - a.gain[k])
	}
	for k := range a.shift {
		a.shift[k] = 0.7*a.shift[k] + a.room.Sway*math.Sqrt(passed)*a.rng.NormFloat64()
	}
}

// areaHead is an ellipsoid in the picture, with a nose.
type areaHead struct {
	scene              Scene
	light              *AreaLight
	cx, cy, scale      float64
	right, down, ahead [3]float64 // the head's axes
	axes               [3]float64 // half the ellipsoid's lengths, centimetres
	nose               [2]float64
	known              map[[2]int]areaPlace
}

type areaPlace struct {
	diffuse [3]float64
	gloss   float64
	inside  float64
}

// Numbers of landmarks by MediaPipe's published map.
const (
	areaForehead, areaChin  = 10, 152
	areaLeft, areaRight     = 234, 454
	areaNose                = 1
	areaCell                = 4 // pixels in which light is the same
	areaTall, areaDeep      = 1.32, 0.95
	areaNoseHigh, areaNoseW = 2.0, 1.4 // centimetres
)

func (a *AreaLight) head(s Scene) *areaHead {
	h := &areaHead{scene: s, light: a, known: map[[2]int]areaPlace{}}
	var width float64
	h.cx, h.cy, width = s.bounds()
	h.scale = faceWidth / width
	if s.Face == nil {
		return h
	}
	between := func(i, j int) [3]float64 {
		p, q := s.Face[i], s.Face[j]
		return unit([3]float64{q.X - p.X, q.Y - p.Y, q.Z - p.Z})
	}
	h.right, h.down = between(areaLeft, areaRight), between(areaForehead, areaChin)
	h.ahead = [3]float64{
		h.down[1]*h.right[2] - h.down[2]*h.right[1],
		h.down[2]*h.right[0] - h.down[0]*h.right[2],
		h.down[0]*h.right[1] - h.down[1]*h.right[0],
	}
	h.axes = [3]float64{faceWidth / 2, faceWidth / 2 * areaTall, faceWidth / 2 * areaDeep}
	h.nose = [2]float64{s.Face[areaNose].X, s.Face[areaNose].Y}
	return h
}

// at is the light of the screen on a pixel by channel, its gloss, and how dark the skin is.
func (h *areaHead) at(x, y int) (diffuse [3]float64, gloss, tone float64) {
	cell := [2]int{x / areaCell, y / areaCell}
	p, ok := h.known[cell]
	if !ok {
		p = h.place(float64(x), float64(y))
		h.known[cell] = p
	}
	tone = 1 + p.inside*(h.light.room.Tone-1)
	i := y*h.scene.W + x
	if on := covered(h.scene.Sheet, i); on > 0 {
		d, m := h.sheet(x, y)
		for k := range p.diffuse {
			p.diffuse[k] += on * (d - p.diffuse[k])
		}
		p.gloss += on * (m - p.gloss)
	}
	if in := covered(h.scene.Hand, i); in > 0 {
		for k := range p.diffuse {
			p.diffuse[k] += in * (0.7 - p.diffuse[k])
		}
	}
	return p.diffuse, p.gloss, tone
}

func (h *areaHead) place(x, y float64) areaPlace {
	r := h.light.room
	far := r.Distance / r.Behind
	p := areaPlace{diffuse: [3]float64{far * far, far * far, far * far}}
	if h.scene.Face == nil {
		return p
	}
	u, v := (x-h.cx)*h.scale, (y-h.cy)*h.scale
	around := body(u/faceWidth, v/faceWidth)
	for k := range p.diffuse {
		p.diffuse[k] += around * (0.35 - p.diffuse[k])
	}
	// Where the picture's ray meets the ellipsoid, in the head's own axes.
	a := u*h.right[0] + v*h.right[1]
	b := u*h.down[0] + v*h.down[1]
	e := (a/h.axes[0])*(a/h.axes[0]) + (b/h.axes[1])*(b/h.axes[1])
	if e >= 1 {
		return p
	}
	p.inside = min(1, (1-e)/0.1)
	c := h.axes[2] * math.Sqrt(1-e)
	n := [3]float64{a / (h.axes[0] * h.axes[0]), b / (h.axes[1] * h.axes[1]), c / (h.axes[2] * h.axes[2])}
	world := [3]float64{}
	for k := range world {
		world[k] = n[0]*h.right[k] + n[1]*h.down[k] + n[2]*h.ahead[k]
	}
	dx, dy := (x-h.nose[0])*h.scale, (y-h.nose[1])*h.scale
	bump := areaNoseHigh * math.Exp(-(dx*dx/(areaNoseW*areaNoseW)+dy*dy/(4*areaNoseW*areaNoseW))/2)
	world = unit(world)
	world = unit([3]float64{world[0] + bump*dx/(areaNoseW*areaNoseW), world[1] + bump*dy/(4*areaNoseW*areaNoseW), world[2]})
	diffuse, gloss := h.shine([3]float64{u, v, r.Distance + h.axes[2] - c - bump}, world)
	for k := range p.diffuse {
		p.diffuse[k] += p.inside * (diffuse[k] - p.diffuse[k])
	}
	p.gloss = p.inside * gloss
	return p
}

// shine sums over the screen's points.
func (h *areaHead) shine(at, n [3]float64) (diffuse [3]float64, gloss float64) {
	r := h.light.room
	share := 1 / float64(len(h.light.points))
	v := unit([3]float64{-at[0], -at[1], -at[2]})
	for _, q := range h.light.points {
		to := [3]float64{q[0] - at[0], q[1] - at[1], q[2] - at[2]}
		d2 := to[0]*to[0] + to[1]*to[1] + to[2]*to[2]
		l := unit(to)
		facing := n[0]*l[0] + n[1]*l[1] + n[2]*l[2]
		fall := share * r.Distance * r.Distance / d2 * -l[2]
		for k, w := range areaWrap {
			diffuse[k] += fall * max(0, facing+w) / (1 + w)
		}
		if facing > 0 {
			half := unit([3]float64{l[0] + v[0], l[1] + v[1], l[2] + v[2]})
			gloss += fall * facing * ggx(n, v, half, h.light.rough) * r.Gloss
		}
	}
	return diffuse, gloss
}

// ggx is the distribution of Trowbridge and Reitz with Schlick's reflectance, 1 at most
// for a smooth skin that looks ahead.
func ggx(n, v, half [3]float64, rough float64) float64 {
	cos := n[0]*half[0] + n[1]*half[1] + n[2]*half[2]
	if cos <= 0 {
		return 0
	}
	a2 := rough * rough * rough * rough
	d := cos*cos*(a2-1) + 1
	grazing := math.Pow(1-max(0, v[0]*half[0]+v[1]*half[1]+v[2]*half[2]), 5)
	return a2 * a2 / (d * d) / a2 * (1 + 20*grazing)
}

// sheet is the light on a flat thing, and what its surface mirrors.
func (h *areaHead) sheet(x, y int) (diffuse, mirror float64) {
	r := h.light.room
	at := [3]float64{(float64(x) - h.cx) * h.scale, (float64(y) - h.cy) * h.scale, r.Distance}
	n := unit([3]float64{0, 0, -1})
	if !h.scene.Shines {
		n = unit([3]float64{math.Sin(at[0] * r.Bow), 0, -1})
	}
	lit, _ := h.shine(at, n)
	u, v := at[0]/faceWidth-r.At[0], at[1]/faceWidth-r.At[1]
	// A lobe in place of the other renderer's rectangle.
	wide := 0.2 + r.Spread/2
	mirror = 38 * r.Mirror * 0.04 / (wide * wide) * math.Pow(1+(u*u+v*v/3)/(wide*wide), -2)
	if h.scene.Shines {
		return 0, lit[1]*r.Matte + mirror
	}
	return lit[1], 0.1 * mirror
}

// coarse is a value by squares of areaCell pixels.
type coarse struct {
	width int // of the picture
	w, h  int // of the squares
	cells []float64
}

func newCoarse(w, h int) *coarse {
	c := &coarse{width: w, w: (w + areaCell - 1) / areaCell, h: (h + areaCell - 1) / areaCell}
	c.cells = make([]float64, c.w*c.h)
	return c
}

// add puts in the value of a pixel, of which each square has as many.
func (c *coarse) add(i int, v float64) {
	c.cells[i/c.width/areaCell*c.w+i%c.width/areaCell] += v / (areaCell * areaCell)
}

func (c *coarse) at(x, y int) float64 { return c.cells[y/areaCell*c.w+x/areaCell] }

// mean is that of a square of the picture.
func (c *coarse) mean(cx, cy, half float64) float64 {
	sum, n := 0.0, 0.0
	for y := int(cy - half); y < int(cy+half); y += areaCell {
		for x := int(cx - half); x < int(cx+half); x += areaCell {
			sum += c.at(max(0, min(c.width-1, x)), max(0, min(c.h*areaCell-1, y)))
			n++
		}
	}
	return sum / max(1, n)
}

// smooth takes the mean over a square of so many pixels to each side.
func (c *coarse) smooth(pixels int) {
	r := max(1, pixels/areaCell)
	row := make([]float64, c.w)
	for y := range c.h {
		slide(row, c.cells[y*c.w:], 1, r)
		copy(c.cells[y*c.w:], row)
	}
	column := make([]float64, c.h)
	for x := range c.w {
		slide(column, c.cells[x:], c.w, r)
		for y, v := range column {
			c.cells[y*c.w+x] = v
		}
	}
}

// slide fills out with means over 2r+1 values, step apart; beyond the ends the last ones
// go on.
func slide(out, from []float64, step, r int) {
	n := len(out)
	at := func(i int) float64 { return from[step*max(0, min(n-1, i))] }
	sum := 0.0
	for k := -r; k <= r; k++ {
		sum += at(k)
	}
	for i := range out {
		out[i] = sum / float64(2*r+1)
		sum += at(i+r+1) - at(i-r)
	}
}
