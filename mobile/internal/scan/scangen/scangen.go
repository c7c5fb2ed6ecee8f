// Package scangen draws what a camera sees when it is held in front of a
// screen: a pinhole model of the screen at an angle, then light, glare, blur
// and sensor noise. The scanner's tests and benchmarks measure against it, and
// the replay camera's QR frames are made with it from a screenshot of the
// desktop's window. The same Pose with the same Seed gives the same pixels.
//
// It does not model rolling shutter, lens distortion, moiré or colour.
package scangen

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"sync"
)

// Pose says where the camera is and how well it sees. The zero value looks
// straight at the middle of the screen, which fills the frame's short side.
type Pose struct {
	// Focus is the part of the screen that Size speaks of and that stays in
	// view, usually the code with its quiet zone. Empty means the whole screen.
	Focus image.Rectangle
	// Size is the length of Focus's longer side, seen face on, as a share of
	// the frame's short side. 0 means 1. A tilted focus that would not fit in
	// the frame is moved away until it does.
	Size float64
	// Tilt in degrees turns the screen about the axis at angle Axis (degrees)
	// in the image plane; Roll in degrees turns it in its own plane first.
	Tilt, Axis, Roll float64
	// OffX, OffY move the screen, in shares of the frame's short side.
	OffX, OffY float64
	// Focal is the focal length as a multiple of the frame's short side; 0 means 1.
	Focal float64

	// Contrast scales the luminance about mid grey: 1 or 0 is the full range,
	// 0.5 half of it.
	Contrast float64
	// Shade darkens the light towards one side of the frame: 0.4 means that
	// the far side gets 60 % of the light. ShadeDir is its angle in degrees.
	Shade, ShadeDir float64
	// Glare is the strength of a bright spot, 1 = white over black at its
	// middle; GlareX, GlareY its place and GlareR its standard deviation, in
	// shares of the frame's width, height and short side.
	Glare, GlareX, GlareY, GlareR float64
	// Blur is the standard deviation of a Gaussian in frame pixels.
	Blur float64
	// Noise is the standard deviation of the sensor's noise in grey levels.
	Noise float64
	// Seed makes the noise.
	Seed uint64
}

// plane is one channel in grey levels 0..255, not yet clamped.
type plane struct {
	w, h int
	pix  []float32
}

// Render returns the camera's grey picture of screen, w × h pixels.
func Render(screen image.Image, pose Pose, w, h int) *image.Gray {
	pl := lumaPlane(screen)
	out := shoot(pl, screen.Bounds(), pose, w, h, pose.Seed)
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i, v := range out.pix {
		img.Pix[i] = clamp8(v)
	}
	return img
}

// RenderRGBA is Render in colour; it takes three times as long on one core.
func RenderRGBA(screen image.Image, pose Pose, w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	var channels sync.WaitGroup
	for c, plane := range colourPlanes(screen) {
		channels.Go(func() {
			out := shoot(plane, screen.Bounds(), pose, w, h, pose.Seed+uint64(c)*7919)
			for i, v := range out.pix {
				img.Pix[4*i+c] = clamp8(v)
			}
		})
	}
	channels.Wait()
	return img
}

// Corners returns where the four corners of the focus land in a w × h frame,
// clockwise from the focus's top left, in pixels.
func Corners(screen image.Rectangle, pose Pose, w, h int) [4][2]float64 {
	cam := place(screen, pose, w, h)
	return cam.corners(focus(screen, pose))
}

func lumaPlane(src image.Image) *plane {
	b := src.Bounds()
	p := &plane{w: b.Dx(), h: b.Dy(), pix: make([]float32, b.Dx()*b.Dy())}
	for y := 0; y < p.h; y++ {
		for x := 0; x < p.w; x++ {
			g := color.GrayModel.Convert(src.At(b.Min.X+x, b.Min.Y+y)).(color.Gray)
			p.pix[y*p.w+x] = float32(g.Y)
		}
	}
	return p
}

func colourPlanes(src image.Image) (planes [3]*plane) {
	b := src.Bounds()
	for c := range planes {
		planes[c] = &plane{w: b.Dx(), h: b.Dy(), pix: make([]float32, b.Dx()*b.Dy())}
	}
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl, _ := src.At(b.Min.X+x, b.Min.Y+y).RGBA()
			for c, v := range [3]uint32{r, g, bl} {
				planes[c].pix[y*b.Dx()+x] = float32(v >> 8)
			}
		}
	}
	return planes
}

func clamp8(v float32) uint8 {
	return uint8(max(0, min(255, v+0.5)))
}

func focus(screen image.Rectangle, pose Pose) image.Rectangle {
	if pose.Focus.Empty() {
		return image.Rect(0, 0, screen.Dx(), screen.Dy())
	}
	return pose.Focus.Sub(screen.Min)
}

func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}

// shoot projects the screen and then adds what light, lens and sensor do.
func shoot(src *plane, screen image.Rectangle, pose Pose, w, h int, seed uint64) *plane {
	out := place(screen, pose, w, h).project(src, w, h)
	light(out, pose)
	if pose.Blur > 0 {
		blur(out, pose.Blur)
	}
	if pose.Noise > 0 {
		noise(out, pose.Noise, seed)
	}
	return out
}

func light(p *plane, pose Pose) {
	contrast := float32(orOne(pose.Contrast))
	short := float64(min(p.w, p.h))
	sin, cos := math.Sincos(pose.ShadeDir * math.Pi / 180)
	reach := (math.Abs(cos)*float64(p.w) + math.Abs(sin)*float64(p.h)) / 2
	for y := 0; y < p.h; y++ {
		fy := float64(y) - float64(p.h)/2
		gy := (float64(y) - pose.GlareY*float64(p.h)) / short
		for x := 0; x < p.w; x++ {
			v := 128 + (p.pix[y*p.w+x]-128)*contrast
			if pose.Shade > 0 {
				along := ((float64(x)-float64(p.w)/2)*cos + fy*sin) / reach // -1..1
				v *= float32(1 - pose.Shade*(along+1)/2)
			}
			if pose.Glare > 0 {
				gx := (float64(x) - pose.GlareX*float64(p.w)) / short
				r := max(pose.GlareR, 0.01)
				if d := (gx*gx + gy*gy) / (2 * r * r); d < 8 {
					v += float32(255 * pose.Glare * math.Exp(-d))
				}
			}
			p.pix[y*p.w+x] = min(255, v)
		}
	}
}

// blur is a separable Gaussian; the frame's edge repeats.
func blur(p *plane, sigma float64) {
	r := int(math.Ceil(3 * sigma))
	kernel := make([]float32, 2*r+1)
	var sum float32
	for i := range kernel {
		d := float64(i - r)
		kernel[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	line := make([]float32, max(p.w, p.h)+2*r)
	smooth := func(start, step, n int) {
		for i := 0; i < n+2*r; i++ {
			line[i] = p.pix[start+step*min(max(i-r, 0), n-1)]
		}
		for i := 0; i < n; i++ {
			var v float32
			for k, weight := range kernel {
				v += weight * line[i+k]
			}
			p.pix[start+step*i] = v
		}
	}
	for y := 0; y < p.h; y++ {
		smooth(y*p.w, 1, p.w)
	}
	for x := 0; x < p.w; x++ {
		smooth(x, p.w, p.h)
	}
}

func noise(p *plane, sigma float64, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	for i := range p.pix {
		p.pix[i] += float32(rng.NormFloat64() * sigma)
	}
}
