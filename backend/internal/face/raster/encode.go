package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
)

// keptQuality is that of pictures which are kept for people to read.
const keptQuality = 85

// JPEG returns the picture as a new baseline JPEG, at most most pixels on its
// longer side: its pixels, and nothing else that the file had.
func (r *Raster) JPEG(most int) ([]byte, error) { return r.jpeg(most, keptQuality) }

func (r *Raster) jpeg(most, quality int) ([]byte, error) {
	w, h := r.W, r.H
	if longer := max(w, h); longer > most {
		w, h = max(1, w*most/longer), max(1, h*most/longer)
	}
	patch := make([]uint8, 3*w*h)
	r.Cut(patch, w, h, Box(-0.5, -0.5, float64(r.W)-0.5, float64(r.H)-0.5, w, h), 0)
	img := opaque(patch, w, h)
	defer clear(img.Pix)
	clear(patch)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

// PNG returns the picture as a new PNG: its pixels, and nothing else that the file
// had.
func (r *Raster) PNG() ([]byte, error) {
	img := opaque(r.Pix, r.W, r.H)
	defer clear(img.Pix)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

// opaque is a picture of w×h packed RGB pixels.
func opaque(pixels []uint8, w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = pixels[3*i], pixels[3*i+1], pixels[3*i+2], 255
	}
	return img
}
