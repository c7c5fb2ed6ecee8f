package facecmd

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The picture of the curve: two panels side by side, in pixels.
const (
	panelW, panelH = 400, 360
	margin         = 60
)

var (
	ink   = color.RGBA{40, 40, 40, 255}
	faint = color.RGBA{220, 220, 220, 255}
	blue  = color.RGBA{20, 90, 180, 255}
	red   = color.RGBA{190, 40, 30, 255}
	green = color.RGBA{30, 130, 60, 255}
)

// panel is a plot area; x and y are fractions of it, from its lower left.
type panel struct {
	img  *image.RGBA
	left int
}

func (p panel) at(x, y float64) image.Point {
	return image.Pt(p.left+int(x*panelW), margin+panelH-int(y*panelH))
}

// plot draws the curve as a PNG: accepted own faces over accepted strangers,
// and both errors over the threshold. The threshold in force is marked.
func plot(w io.Writer, r rates, match float64) error {
	img := image.NewRGBA(image.Rect(0, 0, 2*panelW+3*margin, panelH+2*margin))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	plotTAR(panel{img, margin}, r, match)
	plotErrors(panel{img, 2*margin + panelW}, r, match)
	return png.Encode(w, img)
}

// decades of the false match rate that the first panel shows: 0.01 % to 100 %.
const decades = 4

func plotTAR(p panel, r rates, match float64) {
	p.frame("TAR over FMR")
	for d := range decades + 1 {
		p.tickX(float64(d)/decades, fmt.Sprintf("%g %%", 100*math.Pow(10, float64(d-decades))))
	}
	x := func(fmr float64) float64 { return max(0, 1+math.Log10(max(fmr, 1e-9))/decades) }
	last := p.at(0, 0)
	for _, s := range r.curve {
		next := p.at(x(s.fmr), s.tar)
		p.line(image.Pt(next.X, last.Y), last, blue)
		p.line(image.Pt(next.X, last.Y), next, blue)
		last = next
	}
	here := r.at(match)
	p.dot(p.at(x(here.fmr), here.tar), green)
}

func plotErrors(p panel, r rates, match float64) {
	p.frame("FMR (red) and FNMR (blue) over the threshold")
	for d := range 6 {
		p.tickX(float64(d)/5, fmt.Sprintf("%.1f", float64(d)/5))
	}
	last := [2]image.Point{p.at(0, r.at(0).fmr), p.at(0, 1-r.at(0).tar)}
	for k := 1; k <= panelW; k++ {
		x := float64(k) / panelW
		s := r.at(x)
		next := [2]image.Point{p.at(x, s.fmr), p.at(x, 1-s.tar)}
		p.line(last[0], next[0], red)
		p.line(last[1], next[1], blue)
		last = next
	}
	p.line(p.at(match, 0), p.at(match, 1), green)
}

// frame draws the lines of every fifth and the title.
func (p panel) frame(title string) {
	for d := range 6 {
		y := float64(d) / 5
		p.line(p.at(0, y), p.at(1, y), faint)
		at := p.at(0, y)
		p.text(at.X-45, at.Y+4, fmt.Sprintf("%3d %%", 20*d))
	}
	p.text(p.left, margin-20, title)
}

func (p panel) tickX(x float64, label string) {
	p.line(p.at(x, 0), p.at(x, 1), faint)
	at := p.at(x, 0)
	p.text(at.X-7*len(label)/2, at.Y+20, label)
}

func (p panel) text(x, y int, s string) {
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(ink), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(s)
}

func (p panel) line(a, b image.Point, c color.Color) {
	n := max(1, abs(b.X-a.X), abs(b.Y-a.Y))
	for k := range n + 1 {
		p.img.Set(a.X+(b.X-a.X)*k/n, a.Y+(b.Y-a.Y)*k/n, c)
	}
}

func (p panel) dot(at image.Point, c color.Color) {
	draw.Draw(p.img, image.Rect(at.X-3, at.Y-3, at.X+4, at.Y+4), image.NewUniform(c), image.Point{}, draw.Src)
}

func abs(v int) int { return max(v, -v) }
