package raster

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"testing"
)

func TestQualityIsThatOfTheEncoder(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for _, want := range []int{10, 20, 25, 30, 40, 50, 60, 75, 90, 100} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: want}); err != nil {
			t.Fatal(err)
		}
		if got := Quality(b.Bytes()); got < want-3 || got > want+1 {
			t.Errorf("quality %d is read as %d", want, got)
		}
	}
}

func TestQualityOfWhatHasNoTableIsNotSaid(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	wide := append([]byte{0xff, 0xd8, 0xff, markerTables, 0, 131, 0x10}, make([]byte, 128)...) // values of two bytes
	for i := range sampleTable {
		wide[8+2*i] = byte(2 * sampleTable[i])
	}
	for name, c := range map[string]struct {
		data []byte
		want int
	}{
		"no picture": {nil, 0}, "a PNG": {b.Bytes(), 0}, "no table": {[]byte{0xff, 0xd8, 0xff, markerEnd}, 0},
		"a table that is cut":                 {[]byte{0xff, 0xd8, 0xff, markerTables, 0, 67, 0, 1, 2}, 0},
		"a table for colours alone":           {append([]byte{0xff, 0xd8, 0xff, markerTables, 0, 67, 1}, make([]byte, 64)...), 0},
		"a table of two bytes, twice as hard": {wide, 25},
	} {
		if got := Quality(c.data); got != c.want {
			t.Errorf("%s: %d, not %d", name, got, c.want)
		}
	}
}
