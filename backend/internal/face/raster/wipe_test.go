package raster

import (
	"bytes"
	"image"
	"slices"
	"testing"
)

// left says whether any pixel of r or of its halved copies is not black.
func left(r *Raster) bool {
	for p := r; p != nil; p = p.half {
		if slices.ContainsFunc(p.Pix[:cap(p.Pix)], func(v uint8) bool { return v != 0 }) {
			return true
		}
	}
	return false
}

func white(w, h int) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	return img
}

func TestShrinkLeavesNoPixelAndNoLargeMemory(t *testing.T) {
	var r Raster
	r.FromImage(white(200, 100))
	r.Half().Half()
	if !left(&r) {
		t.Fatal("a white picture has no pixels")
	}
	r.Shrink(200 * 100)
	if left(&r) || cap(r.Pix) == 0 {
		t.Errorf("pixels left %v, memory kept %d", left(&r), cap(r.Pix))
	}
	r.FromImage(white(200, 100))
	r.Shrink(100)
	if cap(r.Pix) != 0 {
		t.Errorf("%d bytes are kept of a large picture", cap(r.Pix))
	}
}

func TestBrightenIsUndone(t *testing.T) {
	var r Raster
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = uint8(i % 128)
	}
	r.FromImage(img)
	before, half := bytes.Clone(r.Pix), bytes.Clone(r.Half().Pix)
	restore := r.Brighten(4)
	if r.Pix[3*10] != 40 || r.Pix[3*100] != 255 || bytes.Equal(r.Half().Pix, half) {
		t.Errorf("10 became %d, 100 became %d", r.Pix[3*10], r.Pix[3*100])
	}
	if b := r.Brightness(); b < 190 || b > 230 {
		t.Errorf("the mean is %.0f", b)
	}
	restore()
	if !bytes.Equal(r.Pix, before) || !bytes.Equal(r.Half().Pix, half) {
		t.Error("the picture is another one afterwards")
	}
}
