package look

import (
	"math"
	"slices"

	"realname.example/backend/internal/face/onnx"
	"realname.example/backend/internal/face/raster"
)

// What the networks take, in pixels a side, and give.
const (
	FeatureSize     = 112 // of the identity network too
	featureNumbers  = 512
	identityNumbers = 192

	descriptorSize    = 150
	DescriptorNumbers = 128
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
func (m *Mesh) featureView() raster.Affine {
	left, right := m.eyeCentres()
	at := []raster.Point{left, right, m.Flat(pointNose), m.Flat(pointMouthLeft), m.Flat(pointMouthRight)}
	return raster.Similarity(featurePoints, at)
}

// descriptorView is the map from the descriptor network's input to the picture.
func (m *Mesh) descriptorView() raster.Affine {
	at := []raster.Point{
		m.Flat(pointLeftOuter), m.Flat(pointLeftInner),
		m.Flat(pointRightInner), m.Flat(pointRightOuter), m.Flat(pointNoseBase),
	}
	return raster.Similarity(descriptorPoints, at)
}

// Embedding is what a face is compared by, both at unit length. The zero value is
// no embedding.
type Embedding struct{ Feature, Identity []float32 }

// Embed makes the embedding of a look's face, of the crop that was kept of it.
func (w *Worker) Embed(l *Look) (Embedding, error) {
	feature, err := both(w.feature, scaleFeature, l.Face, FeatureSize, featureNumbers)
	w.watch.lap(StageFeature)
	if err != nil {
		return Embedding{}, err
	}
	identity, err := both(w.identity, scaleIdentity, l.Face, FeatureSize, identityNumbers)
	w.watch.lap(StageIdentity)
	return Embedding{feature, identity}, err
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

// Describe runs the descriptor network, by which the frames of a capture are
// compared with one another; the worker must hold the look's picture.
func (w *Worker) Describe(l *Look) error {
	crop := w.crop(l.Mesh.descriptorView(), descriptorSize)
	scaleDescriptor.fill(w.descriptor.Input(), crop, descriptorSize, descriptorSize, false)
	if err := w.descriptor.Run(); err != nil {
		return err
	}
	l.Descriptor = slices.Clone(w.descriptor.Output(0))
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

// Cosine of two vectors of unit length.
func Cosine(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// Distance between two descriptors; the network was trained so that 0.6 tells
// people apart.
func Distance(a, b []float32) float64 {
	var sum float64
	for i := range a {
		d := float64(a[i] - b[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// Wipe overwrites it.
func (x *Embedding) Wipe() {
	clear(x.Feature)
	clear(x.Identity)
}

// Score is how alike two faces are: the mean over the two networks of the cosine
// of their embeddings, about 0 for strangers and 1 for the same picture.
func Score(a, b Embedding) float64 {
	return (Cosine(a.Feature, b.Feature) + Cosine(a.Identity, b.Identity)) / 2
}
