package relight

import (
	"math"
	"math/rand/v2"

	"realname.example/shared/handoff"
)

// Phong lights the depth of the landmarks by one point, per pixel and in linear light:
// Lambert's law, Blinn and Phong's gloss, fall-off with the square of the distance.
type Phong struct {
	room Room
	rng  *rand.Rand
	beat [6]float64 // phases of what drifts
}

// NewPhong makes the renderer of one capture.
func NewPhong(room Room, rng *rand.Rand) *Phong {
	p := &Phong{room: room, rng: rng}
	for i := range p.beat {
		p.beat[i] = 2 * math.Pi * rng.Float64()
	}
	return p
}

// sRGB's curve (IEC 61966-2-1), both ways.
var fromSRGB = func() (t [256]float64) {
	for i := range t {
		v := float64(i) / 255
		if t[i] = v / 12.92; v > 0.04045 {
			t[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return t
}()

var toSRGB = func() (t [4096]uint8) {
	for i := range t {
		v := float64(i) / 4095
		if v = v * 12.92; v > 0.04045 {
			v = 1.055*math.Pow(float64(i)/4095, 1/2.4) - 0.055
		}
		t[i] = uint8(255*v + 0.5)
	}
	return t
}()

// phongShine is how narrow the gloss of skin is.
const phongShine = 24

// Shoot implements Renderer.
func (p *Phong) Shoot(s Scene, shown handoff.Colour, seconds float64) Picture {
	c := shown.RGB()
	var screen [3]float64
	for k := range screen {
		screen[k] = float64(c[k]) / 255 * p.room.Ratio
	}
	g := newPhongScene(s, p.room)
	light := make([]float64, 3*s.W*s.H)
	var before, after [3]float64
	for y := range s.H {
		for x := range s.W {
			i := y*s.W + x
			diffuse, gloss, tone := g.at(x, y)
			for k := range 3 {
				room := fromSRGB[s.Pix[3*i+k]] * tone
				v := room
				if !s.Injected {
					v += room*screen[k]*diffuse + screen[k]*gloss
				}
				light[3*i+k] = v
				before[k] += room
				after[k] += v
			}
		}
	}
	return p.expose(s, light, before, after, seconds)
}

// expose is the camera: gains by what it sees and by themselves, noise, and its curve.
func (p *Phong) expose(s Scene, light []float64, before, after [3]float64, seconds float64) Picture {
	r := p.room
	whole := (after[0] + after[1] + after[2]) / (before[0] + before[1] + before[2])
	var gain [3]float64
	for k := range gain {
		gain[k] = math.Pow(whole, -r.Exposure) * math.Pow(after[k]/before[k]/whole, -r.Balance) *
			(1 + r.Drift*math.Sin(0.9*seconds+p.beat[3]) + r.Drift/2*math.Sin(1.3*seconds+p.beat[k]))
	}
	dx := int(math.Round(r.Sway * math.Sin(2.1*seconds+p.beat[4])))
	dy := int(math.Round(r.Sway * math.Sin(1.6*seconds+p.beat[5])))
	out := Picture{s.W, s.H, make([]uint8, 3*s.W*s.H)}
	from := p.rng.IntN(len(normals))
	for y := range s.H {
		for x := range s.W {
			i := max(0, min(s.H-1, y+dy))*s.W + max(0, min(s.W-1, x+dx))
			for k := range 3 {
				if from++; from >= len(normals) {
					from = 0
				}
				v := light[3*i+k] * gain[k]
				v += r.Noise * math.Sqrt(max(0, v)+0.002) * float64(normals[from]) * 0.7
				out.Pix[3*(y*s.W+x)+k] = toSRGB[int(max(0, min(1, v))*4095)]
			}
		}
	}
	return out
}

// phongScene knows how each pixel lies to the screen.
type phongScene struct {
	scene   Scene
	room    Room
	cx, cy  float64
	scale   float64 // centimetres a pixel
	step    int     // of the depth's grid, in pixels
	w, h    int     // of the grid
	depth   []float64
	cover   []float64
	diffuse []float64 // on the grid
	gloss   []float64
}

func newPhongScene(s Scene, room Room) *phongScene {
	g := &phongScene{scene: s, room: room, step: 3}
	var width float64
	g.cx, g.cy, width = s.bounds()
	g.scale = faceWidth / width
	g.w, g.h = s.W/g.step+2, s.H/g.step+2
	n := g.w * g.h
	g.depth, g.cover, g.diffuse, g.gloss = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	if s.Face != nil {
		g.raise(0.06 * width)
	}
	return g
}

// raise spreads the landmarks' depth over the grid, and lights it.
func (g *phongScene) raise(sigma float64) {
	reach := int(3*sigma)/g.step + 1
	for _, p := range g.scene.Face {
		cx, cy := int(p.X)/g.step, int(p.Y)/g.step
		for y := max(0, cy-reach); y <= min(g.h-1, cy+reach); y++ {
			for x := max(0, cx-reach); x <= min(g.w-1, cx+reach); x++ {
				dx, dy := float64(x*g.step)-p.X, float64(y*g.step)-p.Y
				k := math.Exp(-(dx*dx + dy*dy) / (2 * sigma * sigma))
				g.depth[y*g.w+x] += k * p.Z
				g.cover[y*g.w+x] += k
			}
		}
	}
	for i, c := range g.cover {
		if c > 1e-9 {
			g.depth[i] /= c
		}
		g.cover[i] = min(1, c)
	}
	for y := 1; y < g.h-1; y++ {
		for x := 1; x < g.w-1; x++ {
			if g.cover[y*g.w+x] > 0.01 {
				g.light(x, y)
			}
		}
	}
}

// light computes the light of the screen on one place of the grid, 1 for what lies at
// the face's distance and looks at the screen.
func (g *phongScene) light(x, y int) {
	i := y*g.w + x
	zx := (g.depth[i+1] - g.depth[i-1]) / float64(2*g.step)
	zy := (g.depth[i+g.w] - g.depth[i-g.w]) / float64(2*g.step)
	n := unit([3]float64{zx, zy, -1})
	at := g.place(float64(x*g.step), float64(y*g.step), g.depth[i]*g.scale)
	g.diffuse[i], g.gloss[i] = g.shine(at, n)
}

func (g *phongScene) place(x, y, z float64) [3]float64 {
	return [3]float64{(x - g.cx) * g.scale, (y - g.cy) * g.scale, g.room.Distance + z}
}

func (g *phongScene) shine(at, n [3]float64) (diffuse, gloss float64) {
	to := [3]float64{g.room.Aside - at[0], 7 - at[1], -at[2]} // the screen's middle is below the camera
	d2 := to[0]*to[0] + to[1]*to[1] + to[2]*to[2]
	l := unit(to)
	facing := n[0]*l[0] + n[1]*l[1] + n[2]*l[2]
	if facing <= 0 {
		return 0, 0
	}
	fall := g.room.Distance * g.room.Distance / d2 * -l[2] // seen from aside the screen is narrower
	v := unit([3]float64{-at[0], -at[1], -at[2]})
	h := unit([3]float64{l[0] + v[0], l[1] + v[1], l[2] + v[2]})
	half := max(0, n[0]*h[0]+n[1]*h[1]+n[2]*h[2])
	return facing * fall, g.room.Gloss * fall * math.Pow(half, phongShine)
}

// at is how much of the screen's light a pixel throws back: in comparison with the
// room's, as gloss, and how dark its skin is.
func (g *phongScene) at(x, y int) (diffuse, gloss, tone float64) {
	s, r := g.scene, g.room
	far := r.Distance / r.Behind
	diffuse, tone = far*far, 1
	if s.Face != nil {
		i := y/g.step*g.w + x/g.step
		in := g.cover[i]
		u, v := (float64(x)-g.cx)*g.scale/faceWidth, (float64(y)-g.cy)*g.scale/faceWidth
		around := body(u, v)
		diffuse += around * (0.45 - diffuse)
		diffuse += in * (g.diffuse[i] - diffuse)
		gloss = in * g.gloss[i]
		tone = 1 + max(in, around*max(0, min(1, 2-2*math.Abs(v-0.75)))*0.5)*(r.Tone-1)
	}
	if on := covered(s.Sheet, y*s.W+x); on > 0 {
		d, m := g.sheet(x, y)
		diffuse += on * (d - diffuse)
		gloss += on * (m - gloss)
	}
	diffuse += covered(s.Hand, y*s.W+x) * (0.8 - diffuse)
	return diffuse, gloss, tone
}

// sheet is the light on a flat or bowed thing: of a display only what its surface throws
// back, as gloss, which the picture on it does not colour.
func (g *phongScene) sheet(x, y int) (diffuse, gloss float64) {
	at := g.place(float64(x), float64(y), 0)
	n := [3]float64{0, 0, -1}
	if !g.scene.Shines {
		n = unit([3]float64{at[0] * g.room.Bow, 0, -1})
	}
	d, _ := g.shine(at, n)
	// What the eye sees in a mirror is the screen itself, some 38 times as bright as
	// the white paper that it lights from there.
	u, v := at[0]/faceWidth-g.room.At[0], at[1]/faceWidth-g.room.At[1]
	away := max(0, math.Hypot(u/0.25, v/0.5)-1) * 0.25 / g.room.Spread
	haze := min(1, 0.03/(g.room.Spread*g.room.Spread))
	mirror := 38 * g.room.Mirror * haze * math.Exp(-away*away)
	if g.scene.Shines {
		return 0, d*g.room.Matte + mirror
	}
	return d, 0.1 * mirror
}

func unit(v [3]float64) [3]float64 {
	n := max(1e-12, math.Sqrt(v[0]*v[0]+v[1]*v[1]+v[2]*v[2]))
	return [3]float64{v[0] / n, v[1] / n, v[2] / n}
}
