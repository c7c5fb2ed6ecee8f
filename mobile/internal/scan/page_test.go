package scan

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/skip2/go-qrcode"
)

// page is a frame of one shade with codes on it, as a screenshot has them.
type page struct{ Plane }

func newPage(shade byte) page {
	p := Plane{Pix: make([]byte, frameW*frameH), W: frameW, H: frameH, Stride: frameW}
	for i := range p.Pix {
		p.Pix[i] = shade
	}
	return page{p}
}

// code is a QR code at one pixel a module, with quiet modules of white around.
func code(tb testing.TB, text string, quiet int) Plane {
	tb.Helper()
	c, err := qrcode.New(text, qrcode.Low)
	if err != nil {
		tb.Fatal(err)
	}
	c.DisableBorder = true
	bits := c.Bitmap()
	n := len(bits) + 2*quiet
	p := Plane{Pix: make([]byte, n*n), W: n, H: n, Stride: n}
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	for y, row := range bits {
		for x, ink := range row {
			if ink {
				p.Pix[(y+quiet)*n+x+quiet] = 0
			}
		}
	}
	return p
}

// put draws a code with its upper left corner at a pixel, enlarged smoothly, as browsers and viewers do.
func (p page) put(code Plane, x, y int, scale float64) {
	side := int(float64(code.W) * scale)
	for dy := range side {
		for dx := range side {
			p.Pix[(y+dy)*p.Stride+x+dx] = byte(bilinear(code, (float64(dx)+0.5)/scale-0.5, (float64(dy)+0.5)/scale-0.5) + 0.5)
		}
	}
}

// mirrored is a code as a camera that mirrors shows it.
func mirrored(code Plane) Plane {
	out := Plane{Pix: make([]byte, len(code.Pix)), W: code.W, H: code.H, Stride: code.W}
	for y := range code.H {
		for x := range code.W {
			out.Pix[y*code.W+x] = code.Pix[y*code.W+code.W-1-x]
		}
	}
	return out
}

// words is an address of 59 characters, another for each i.
func words(i int) string {
	rng := rand.New(rand.NewPCG(uint64(i), 7))
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	text := []byte("HTTPS://REALNAME.EXAMPLE/H/")
	for len(text) < 59 {
		text = append(text, letters[rng.IntN(len(letters))])
	}
	return string(text)
}

// scenery is how codes stand on pages.
type scenery struct {
	name  string
	scale float64 // pixels a module
	quiet int     // modules of white around
	shade byte    // of the page
	alter func(Plane) Plane
	two   bool // another code stands in the right half
}

// draw is page i of a scenery, with the codes elsewhere on each, and what they say.
func (c scenery) draw(tb testing.TB, i int) (Plane, []string) {
	tb.Helper()
	p, rng := newPage(c.shade), rand.New(rand.NewPCG(uint64(i), 1))
	said := []string{words(i)}
	drawn := code(tb, said[0], c.quiet)
	if c.alter != nil {
		drawn = c.alter(drawn)
	}
	side := int(float64(drawn.W) * c.scale)
	room := frameW - side
	if c.two {
		room -= frameW / 2
		said = append(said, words(i+100))
		p.put(code(tb, said[1], c.quiet), frameW/2+rng.IntN(room), rng.IntN(frameH-side), c.scale)
	}
	p.put(drawn, rng.IntN(room), rng.IntN(frameH-side), c.scale)
	return p.Plane, said
}

// within scans the same frame up to n times; "" where nothing was read.
func within(p Plane, n int) string {
	s := New()
	for range n {
		if text, ok := s.Scan(p); ok {
			return text
		}
	}
	return ""
}

func TestScanReadsCodesOnPagesWithinThreeFrames(t *testing.T) {
	for _, c := range []scenery{
		{name: "1 pixel a module", scale: 1, quiet: 4, shade: 255},
		{name: "1.5 pixels", scale: 1.5, quiet: 4, shade: 255},
		{name: "2 pixels", scale: 2, quiet: 4, shade: 255},
		{name: "2.5 pixels", scale: 2.5, quiet: 4, shade: 255},
		{name: "3 pixels", scale: 3, quiet: 4, shade: 255},
		{name: "3 pixels on a dark page", scale: 3, quiet: 4, shade: 30},
		{name: "without a quiet zone on a dark page", scale: 6, shade: 20},
		{name: "the same, small, on black", scale: 3},
		{name: "light on dark", scale: 5, quiet: 4, alter: negative},
		{name: "mirrored", scale: 5, quiet: 4, shade: 255, alter: mirrored},
		{name: "one of two", scale: 5, quiet: 4, shade: 255, two: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			const pages = 20
			found := 0
			for i := range pages {
				p, said := c.draw(t, i)
				switch text := within(p, 3); {
				case slices.Contains(said, text):
					found++
				case text != "":
					t.Errorf("page %d: read %q", i, text)
				}
			}
			if found < pages-1 {
				t.Errorf("found %d of %d", found, pages)
			}
		})
	}
}

func negative(code Plane) Plane { return invert(code, new([]byte)) }
