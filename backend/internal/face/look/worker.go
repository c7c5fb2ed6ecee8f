package look

import (
	"errors"
	"fmt"
	"time"

	"realname.example/backend/internal/face/models"
	"realname.example/backend/internal/face/onnx"
	"realname.example/backend/internal/face/raster"
)

// Worker holds what one analysis needs at a time: the tensors of every network
// and the decoded picture. It is used by one goroutine at a time and reused, so
// that little is allocated per frame.
type Worker struct {
	detect, mesh, pose, feature, descriptor, identity, spoof *onnx.Call

	Picture raster.Raster
	patch   []uint8 // the largest input, packed RGB
	watch   stopwatch
}

// NewWorker makes one with tensors of its own. Now is the clock of its stages; nil:
// nothing is timed.
func (n *Networks) NewWorker(now func() time.Time) (*Worker, error) {
	w := &Worker{patch: make([]uint8, 3*320*240), watch: stopwatch{now: now}}
	calls := map[models.Name]**onnx.Call{
		models.Detect: &w.detect, models.Mesh: &w.mesh, models.Pose: &w.pose,
		models.Feature: &w.feature, models.Descriptor: &w.descriptor, models.Identity: &w.identity, models.Spoof: &w.spoof,
	}
	for i, name := range models.Networks {
		call, err := n.nets[i].NewCall()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, err), w.Close())
		}
		*calls[name] = call
	}
	return w, nil
}

// Nets are the worker's tensors, in the order of models.Networks.
func (w *Worker) Nets() []*onnx.Call {
	return []*onnx.Call{w.detect, w.mesh, w.pose, w.feature, w.descriptor, w.identity, w.spoof}
}

// Close frees the tensors.
func (w *Worker) Close() error {
	var err error
	for _, c := range w.Nets() {
		if c != nil {
			err = errors.Join(err, c.Close())
		}
	}
	return err
}

// keepPixels is the largest picture whose memory a worker keeps.
const keepPixels = 1_000_000

// Forget overwrites the picture that the worker looked at, and what of it is
// left in the tensors.
func (w *Worker) Forget() {
	w.Picture.Shrink(keepPixels)
	clear(w.patch)
	for _, c := range w.Nets() {
		clear(c.Input())
	}
}

// scaling is how a network wants its pixels: (value - mean) / scale, for R, G
// and B; reversed puts them in as B, G, R.
type scaling struct {
	mean, scale [3]float32
	reversed    bool
}

// What each network was trained with; the sources are named in docs/face.md.
var (
	scaleDetect     = scaling{mean: [3]float32{127, 127, 127}, scale: [3]float32{128, 128, 128}}
	scaleMesh       = scaling{scale: [3]float32{255, 255, 255}}
	scalePose       = scaling{mean: [3]float32{123.675, 116.28, 103.53}, scale: [3]float32{58.395, 57.12, 57.375}}
	scaleFeature    = scaling{mean: [3]float32{127, 127, 127}, scale: [3]float32{128, 128, 128}}
	scaleDescriptor = scaling{mean: [3]float32{122.782, 117.001, 104.298}, scale: [3]float32{256, 256, 256}}
	scaleIdentity   = scaling{mean: [3]float32{127.5, 127.5, 127.5}, scale: [3]float32{128, 128, 128}}
	scaleSpoof      = scaling{scale: [3]float32{1, 1, 1}, reversed: true}
)

// fill writes packed RGB pixels of w×h into a network's input, plane by plane,
// and mirrored if asked.
func (s scaling) fill(input []float32, patch []uint8, w, h int, mirror bool) {
	plane := w * h
	for c := range 3 {
		from := c
		if s.reversed {
			from = 2 - c
		}
		var table [256]float32
		for v := range table {
			table[v] = (float32(v) - s.mean[from]) / s.scale[from]
		}
		out := input[c*plane : (c+1)*plane]
		if !mirror {
			for i, j := 0, from; i < len(out); i, j = i+1, j+3 {
				out[i] = table[patch[j]]
			}
			continue
		}
		for y := range h {
			row := out[y*w : (y+1)*w]
			for x := range row {
				row[x] = table[patch[3*(y*w+w-1-x)+from]]
			}
		}
	}
}
