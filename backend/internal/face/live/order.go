package live

import (
	"math"

	"realname.example/backend/internal/face/look"
)

const (
	// maxDisorder is how much further consecutive frames may lie apart than
	// frames two apart, on average.
	maxDisorder = 1.12
)

// disorderOf is the mean distance between consecutive frames over the mean
// distance between frames two apart. Movement makes it less than 1; frames out
// of order make it about 1 or more, a still face with noise exactly 1.
func disorderOf(looks []*look.Look) float64 {
	seen := seenIn(looks)
	var one, two float64
	var n int
	for i := 2; i < len(seen); i++ {
		one += (stride(seen[i-1], seen[i]) + stride(seen[i-2], seen[i-1])) / 2
		two += stride(seen[i-2], seen[i])
		n++
	}
	if n == 0 || two == 0 {
		return 0
	}
	return one / two
}

// stride is how far a head moves between two frames: place and size in parts of
// its width, angles in parts of 30°, mouth.
func stride(a, b *look.Look) float64 {
	ca, cb := a.Box.Centre(), b.Box.Centre()
	w := max(1, a.Quality.Eyes)
	dx, dy := (ca.X-cb.X)/w, (ca.Y-cb.Y)/w
	yaw := (a.Depth.Yaw - b.Depth.Yaw) / 30
	pitch := (a.Depth.Pitch - b.Depth.Pitch) / 30
	roll := (a.Depth.Roll - b.Depth.Roll) / 30
	mouth := a.Mouth - b.Mouth
	return math.Sqrt(dx*dx + dy*dy + yaw*yaw + pitch*pitch + roll*roll + mouth*mouth)
}
