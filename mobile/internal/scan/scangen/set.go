package scangen

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"

	"github.com/skip2/go-qrcode"
)

// Scene is one hand-held try to scan one code: a screen, what its code says,
// and the poses of consecutive frames, which differ as a hand shakes and a
// sensor makes noise.
type Scene struct {
	Name   string // what is hard about it, for the reports
	Screen image.Image
	Text   string // what the code says
	Poses  []Pose
}

// alphabet is base 32 as the hand-off's tickets use it: inside QR's
// alphanumeric mode.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// Address returns an upper-case https address of n characters, in the form of
// the hand-off's; n is at least 30.
func Address(rng *rand.Rand, n int) string {
	s := []byte("HTTPS://REALNAME.EXAMPLE/H/")
	for len(s) < n {
		s = append(s, alphabet[rng.IntN(len(alphabet))])
	}
	return string(s)
}

// Screen draws a window with the code for text in it and returns where the
// code is, quiet zone included. dark draws a dark user interface around a
// white card; inverted draws the code itself light on dark. module is the
// width of a module in pixels.
func Screen(text string, level qrcode.RecoveryLevel, module int, dark, inverted bool) (*image.RGBA, image.Rectangle, error) {
	// skip2's New picks the segment modes itself and keeps one alphanumeric
	// segment for an upper-case address.
	q, err := qrcode.New(text, level)
	if err != nil {
		return nil, image.Rectangle{}, fmt.Errorf("draw code: %w", err)
	}
	bits := q.Bitmap() // with a quiet zone of four modules
	side := len(bits) * module
	w, h := side*2, side*3/2
	back, ink, paper := color.Gray{Y: 235}, color.Gray{Y: 0}, color.Gray{Y: 255}
	if dark {
		back = color.Gray{Y: 28}
	}
	if inverted {
		ink, paper = color.Gray{Y: 235}, color.Gray{Y: 20}
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(img.Bounds(), back)
	drawLines(img, side, dark, fill)
	code := image.Rect(0, 0, side, side).Add(image.Pt((w-side)/2, (h-side)/2))
	fill(code, paper)
	for y, row := range bits {
		for x, set := range row {
			if set {
				p := code.Min.Add(image.Pt(x*module, y*module))
				fill(image.Rectangle{Min: p, Max: p.Add(image.Pt(module, module))}, ink)
			}
		}
	}
	return img, code, nil
}

// drawLines puts bars where a window has text and buttons, so that the code is
// not the only thing with edges.
func drawLines(img *image.RGBA, side int, dark bool, fill func(image.Rectangle, color.Color)) {
	text := color.Gray{Y: 60}
	if dark {
		text = color.Gray{Y: 200}
	}
	b := img.Bounds()
	for i := 0; i < 12; i++ {
		y := b.Min.Y + i*b.Dy()/12 + 4
		for x := b.Min.X + side/16; x < b.Max.X-side/16; x += side / 10 {
			width := side/25 + (x*7+i*13)%(side/20+1)
			fill(image.Rect(x, y, x+width, y+max(3, side/60)), text)
		}
	}
}

// Scenes returns n scenes of frames poses each, drawn from seed: every mix of
// the conditions that the scanner promises to cope with. Tilt to 40° about any
// axis, any roll, 25–100 % of the short side, light and dark windows, one in
// eight inverted; blur to 1.5 px and, where the modules are large, to a third
// of a module; noise to 20 levels, contrast from a half to full, shade, and
// glare on a third of them.
func Scenes(n, frames int, seed uint64) ([]Scene, error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]Scene, 0, n)
	for i := 0; i < n; i++ {
		text := Address(rng, 52+rng.IntN(15))
		level := [2]qrcode.RecoveryLevel{qrcode.Low, qrcode.Medium}[rng.IntN(2)]
		dark, inverted := rng.IntN(2) == 0, rng.IntN(8) == 0
		screen, code, err := Screen(text, level, 8, dark || inverted, inverted)
		if err != nil {
			return nil, err
		}
		base := draw1(rng)
		base.Focus = code
		out = append(out, Scene{
			Name:   name(base, dark, inverted),
			Screen: screen, Text: text, Poses: shake(rng, base, frames),
		})
	}
	return out, nil
}

func draw1(rng *rand.Rand) Pose {
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }
	p := Pose{
		Size: between(0.25, 1), Tilt: between(0, 40), Axis: between(0, 360), Roll: between(0, 360),
		OffX: between(-0.3, 0.3), OffY: between(-0.15, 0.15),
		Contrast: between(0.5, 1), Shade: between(0, 0.4), ShadeDir: between(0, 360),
		Noise: between(2, 20),
	}
	p.Blur = between(0, max(1.5, p.Size*720/41/3))
	if rng.IntN(3) == 0 {
		p.Glare, p.GlareR = between(0.3, 0.9), between(0.05, 0.2)
		p.GlareX, p.GlareY = between(0.3, 0.7), between(0.3, 0.7)
	}
	return p
}

// shake gives the frames of a hand that holds still as well as it can: a few
// degrees and about one per cent of the frame between frames.
func shake(rng *rand.Rand, base Pose, frames int) []Pose {
	out := make([]Pose, frames)
	for i := range out {
		p := base
		p.Tilt = min(40, max(0, p.Tilt+rng.NormFloat64()*1.5))
		p.Roll += rng.NormFloat64() * 1.5
		p.Axis += rng.NormFloat64() * 1.5
		p.OffX += rng.NormFloat64() * 0.01
		p.OffY += rng.NormFloat64() * 0.01
		p.GlareX += rng.NormFloat64() * 0.02
		p.GlareY += rng.NormFloat64() * 0.02
		p.Blur = max(0, p.Blur*(1+rng.NormFloat64()*0.1))
		p.Seed = rng.Uint64()
		out[i] = p
	}
	return out
}

func name(p Pose, dark, inverted bool) string {
	s := fmt.Sprintf("size %2.0f%% tilt %2.0f axis %3.0f roll %3.0f blur %.1f noise %2.0f contrast %.2f shade %.1f",
		p.Size*100, p.Tilt, p.Axis, p.Roll, p.Blur, p.Noise, p.Contrast, p.Shade)
	if p.Glare > 0 {
		s += fmt.Sprintf(" glare %.1f", p.Glare)
	}
	if dark {
		s += " dark"
	}
	if inverted {
		s += " inverted"
	}
	return s
}
