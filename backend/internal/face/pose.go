package face

import (
	"math"

	"realname.example/backend/internal/face/raster"
)

const (
	poseSize = 224
	poseBins = 66 // of 3° each, from -99°
)

// pose is the direction of a head in degrees, with the signs of the package.
type pose struct{ yaw, pitch, roll float64 }

// headPose asks the pose network about the detector's box, widened by a quarter
// of its size on each side as in its training.
func (w *worker) headPose(b box) (pose, error) {
	dx, dy := b.width()/4, b.height()/4
	view := raster.Box(b.x0-dx, b.y0-dy, b.x1+dx, b.y1+dy, poseSize, poseSize)
	w.picture.Cut(w.patch, poseSize, poseSize, view, 0)
	scalePose.fill(w.pose.Input(), w.patch, poseSize, poseSize, false)
	if err := w.pose.Run(); err != nil {
		return pose{}, err
	}
	return pose{
		yaw:   -expect(w.pose.Output(0)), // the network counts the other way
		pitch: expect(w.pose.Output(1)),
		roll:  expect(w.pose.Output(2)),
	}, nil
}

// expect is the mean angle of a distribution over the bins.
func expect(logits []float32) float64 {
	top := logits[0]
	for _, v := range logits {
		top = max(top, v)
	}
	var sum, mean float64
	for i, v := range logits[:poseBins] {
		p := math.Exp(float64(v - top))
		sum += p
		mean += p * float64(i)
	}
	return mean/sum*3 - 99
}
