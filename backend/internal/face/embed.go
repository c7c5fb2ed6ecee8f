package face

import (
	"math"
	"slices"

	"realname.example/backend/internal/face/onnx"
	"realname.example/backend/internal/face/raster"
)

const (
	featureSize     = 112 // of the identity network too
	featureNumbers  = 512
	identityNumbers = 192

	descriptorSize    = 150
	descriptorNumbers = 128
)

// Where the feature and the identity network want the screen-left eye, the
// screen-right eye, the tip of the nose and the two corners of the mouth, in
// their 112×112 input (the usual reference of their family).
var featurePoints = []raster.Point{
	{X: 38.2946, Y: 51.6963},
	{X: 73.5318, Y: 51.5014},
	{X: 56.0252, Y: 71.7366},
	{X: 41.5493, Y: 92.3655},
	{X: 70.7299, Y: 92.2041},
}

// Where the descriptor network wants the corners of the eyes (screen-left
// outer and inner, screen-right inner and outer) and the base of the nose in
// its 150×150 input: dlib's mean face with a quarter of padding, a twentieth
// larger, since the mesh sets its points a little further out than dlib does.
var descriptorPoints = []raster.Point{
	{X: 35.09, Y: 44.89},
	{X: 57.56, Y: 46.51},
	{X: 90.41, Y: 46.50},
	{X: 112.88, Y: 44.87},
	{X: 73.98, Y: 88.48},
}

// featureView is the map from the input of those two to the picture.
func (m *mesh) featureView() raster.Affine {
	left, right := m.eyeCentres()
	at := []raster.Point{left, right, m.flat(pointNose), m.flat(pointMouthLeft), m.flat(pointMouthRight)}
	return raster.Similarity(featurePoints, at)
}

// descriptorView is the map from the descriptor network's input to the picture.
func (m *mesh) descriptorView() raster.Affine {
	at := []raster.Point{
		m.flat(pointLeftOuter), m.flat(pointLeftInner),
		m.flat(pointRightInner), m.flat(pointRightOuter), m.flat(pointNoseBase),
	}
	return raster.Similarity(descriptorPoints, at)
}

// embedding is what a face is compared by, both at unit length. The zero value is
// no embedding.
type embedding struct{ feature, identity []float32 }

// embed makes the embedding of a look's face, of the crop that was kept of it.
func (w *worker) embed(l *look) (embedding, error) {
	feature, err := both(w.feature, scaleFeature, l.face, featureSize, featureNumbers)
	w.watch.lap(StageFeature)
	if err != nil {
		return embedding{}, err
	}
	identity, err := both(w.identity, scaleIdentity, l.face, featureSize, identityNumbers)
	w.watch.lap(StageIdentity)
	return embedding{feature, identity}, err
}

// both runs a network on a square crop and on its mirror image; the sum, at unit
// length, is steadier than either.
func both(net *onnx.Call, s scaling, crop []uint8, size, numbers int) ([]float32, error) {
	sum := make([]float32, numbers)
	for _, mirror := range []bool{false, true} {
		s.fill(net.Input(), crop, size, size, mirror)
		if err := net.Run(); err != nil {
			return nil, err
		}
		for i, v := range unit(net.Output(0)) {
			sum[i] += v
		}
	}
	return unit(sum), nil
}

// describe runs the descriptor network, by which the frames of a capture are
// compared with one another; the worker must hold the look's picture.
func (w *worker) describe(l *look) error {
	crop := w.crop(l.mesh.descriptorView(), descriptorSize)
	scaleDescriptor.fill(w.descriptor.Input(), crop, descriptorSize, descriptorSize, false)
	if err := w.descriptor.Run(); err != nil {
		return err
	}
	l.descriptor = slices.Clone(w.descriptor.Output(0))
	return nil
}

// unit returns v at length 1; a vector without length stays zero.
func unit(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return out
	}
	k := float32(1 / math.Sqrt(sum))
	for i, x := range v {
		out[i] = x * k
	}
	return out
}

// cosine of two vectors of unit length.
func cosine(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// distance between two descriptors; the network was trained so that 0.6 tells
// people apart.
func distance(a, b []float32) float64 {
	var sum float64
	for i := range a {
		d := float64(a[i] - b[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}
