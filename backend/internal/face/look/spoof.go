package look

import (
	"math"

	"realname.example/backend/internal/face/raster"
)

// The spoof network looks at the face with its surroundings, at two scales of
// the detector's box.
const (
	spoofSize = 128
	spoofNear = 2.7
	spoofFar  = 4.0
)

// spoofView is the map from the spoof network's input to the picture: the box
// grown by scale, moved and if need be shrunk to stay inside the picture, as in
// the network's training.
func (w *Worker) spoofView(b Box, scale float64) raster.Affine {
	pw, ph := float64(w.Picture.W), float64(w.Picture.H)
	scale = min(scale, (pw-1)/max(1, b.Width()), (ph-1)/max(1, b.height()))
	c := b.Centre()
	bw, bh := b.Width()*scale, b.height()*scale
	x0 := max(0, min(c.X-bw/2, pw-1-bw))
	y0 := max(0, min(c.Y-bh/2, ph-1-bh))
	return raster.Box(x0, y0, x0+bw, y0+bh, spoofSize, spoofSize)
}

// LiveScore is the passive score of one look, 0 (print or screen) to 1 (live):
// the mean over the two scales. The worker must hold the look's picture.
func (w *Worker) LiveScore(l *Look) (float64, error) {
	var sum float64
	for _, scale := range []float64{spoofNear, spoofFar} {
		crop := w.crop(w.spoofView(l.Box, scale), spoofSize)
		scaleSpoof.fill(w.spoof.Input(), crop, spoofSize, spoofSize, false)
		if err := w.spoof.Run(); err != nil {
			return 0, err
		}
		sum += first(w.spoof.Output(0))
	}
	return sum / 2, nil
}

// first is the softmax probability of the first class.
func first(logits []float32) float64 {
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v - logits[0]))
	}
	return 1 / sum
}
