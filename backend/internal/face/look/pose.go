package look

import (
	"math"

	"realname.example/backend/internal/face/raster"
)

const (
	poseSize = 224
	poseBins = 66 // of 3° each, from -99°
)

// Pose is the direction of a head in degrees, with the signs of the package.
type Pose struct{ Yaw, Pitch, Roll float64 }

// headPose asks the pose network about the detector's box, widened by a quarter
// of its size on each side as in its training.
func (w *Worker) headPose(b Box) (Pose, error) {
	dx, dy := b.Width()/4, b.height()/4
	view := raster.Box(b.X0-dx, b.Y0-dy, b.X1+dx, b.Y1+dy, poseSize, poseSize)
	w.Picture.Cut(w.patch, poseSize, poseSize, view, 0)
	scalePose.fill(w.pose.Input(), w.patch, poseSize, poseSize, false)
	if err := w.pose.Run(); err != nil {
		return Pose{}, err
	}
	return Pose{
		Yaw:   -expect(w.pose.Output(0)), // the network counts the other way
		Pitch: expect(w.pose.Output(1)),
		Roll:  expect(w.pose.Output(2)),
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
