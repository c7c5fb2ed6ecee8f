package look

import (
	"bytes"
	"image"
	"image/jpeg"
	"path/filepath"
	"slices"
	"testing"

	"realname.example/backend/internal/face/raster"
)

func TestAWorkerForgetsWhatItLookedAt(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "..", "build", "models")
	networks, err := Load(t.Context(), folder)
	if err != nil {
		t.Skip("needs build/models of set-up: make setup; ", err)
	}
	defer networks.Close()
	w, err := networks.NewWorker(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	img, grey := image.NewGray(image.Rect(0, 0, 160, 120)), bytes.Buffer{}
	for i := range img.Pix {
		img.Pix[i] = 128
	}
	if err := jpeg.Encode(&grey, img, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Analyse(t.Context(), grey.Bytes(), raster.Sent, EffortCompare); err != nil {
		t.Fatal(err)
	}
	left := func() bool { return slices.ContainsFunc(w.patch, func(v uint8) bool { return v != 0 }) }
	if !left() {
		t.Fatal("it has nothing to forget")
	}
	if w.Forget(); left() {
		t.Error("a patch is left")
	}
}
