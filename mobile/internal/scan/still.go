package scan

import (
	"image"
	"image/color"
)

// ScanImage looks for a code in a picture from a file or the clipboard. It
// tries every look at every useful size and can take a second on a large
// photograph; call it off the interface's thread.
func ScanImage(img image.Image) (text string, ok bool) {
	p := luminance(img)
	if !p.valid() {
		return "", false
	}
	s := New()
	var sizes []Plane
	for {
		sizes = append(sizes, p)
		if min(p.W, p.H) < 300 || len(sizes) == 4 {
			break
		}
		p = halve(p, new([]byte))
	}
	// From the size of a camera frame outwards: a code fills much of a picture
	// that someone took of it.
	for i := len(sizes) - 1; i >= 0; i-- {
		s.begin(sizes[i])
		for _, l := range looks {
			if text, ok := s.try(l); ok {
				return text, true
			}
		}
	}
	return "", false
}

func luminance(img image.Image) Plane {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.Gray:
		return Plane{Pix: m.Pix, W: b.Dx(), H: b.Dy(), Stride: m.Stride}
	case *image.YCbCr:
		return Plane{Pix: m.Y, W: b.Dx(), H: b.Dy(), Stride: m.YStride}
	}
	p := Plane{Pix: make([]byte, b.Dx()*b.Dy()), W: b.Dx(), H: b.Dy(), Stride: b.Dx()}
	for y := 0; y < p.H; y++ {
		row := p.row(y)
		for x := range row {
			row[x] = color.GrayModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.Gray).Y
		}
	}
	return p
}
