package convert

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// weight is one row of the descriptor's manifest: numbers stored as bytes, each
// byte times scale plus min, or as plain 32-bit floats.
type weight struct {
	Name         string `json:"name"`
	Shape        []int  `json:"shape"`
	Dtype        string `json:"dtype"`
	Quantization struct {
		Dtype string  `json:"dtype"`
		Scale float64 `json:"scale"`
		Min   float64 `json:"min"`
	} `json:"quantization"`
}

// descriptorModel is the descriptor network under construction; the first
// error is kept and ends the work.
type descriptorModel struct {
	g       *graph
	weights map[string][]float32
	shapes  map[string][]int
	err     error
}

// Descriptor builds the residual network of 29 convolutions behind the
// 128-number face descriptor from its manifest (JSON) and its quantised
// weights. The ONNX model has one input "input" of 1×3×150×150 (RGB, each
// channel less its mean, over 256) and one output "descriptor" of 1×128.
func Descriptor(manifest, data []byte) ([]byte, error) {
	d := &descriptorModel{
		g:       &graph{name: "face_descriptor"},
		weights: map[string][]float32{},
		shapes:  map[string][]int{},
	}
	if err := d.load(manifest, data); err != nil {
		return nil, fmt.Errorf("read the descriptor's weights: %w", err)
	}
	d.build()
	if d.err != nil {
		return nil, fmt.Errorf("build the descriptor: %w", d.err)
	}
	return d.g.encode(), nil
}

func (d *descriptorModel) load(manifest, data []byte) error {
	var groups []struct {
		Weights []weight `json:"weights"`
	}
	if err := json.Unmarshal(manifest, &groups); err != nil {
		return err
	}
	if len(groups) != 1 {
		return fmt.Errorf("want 1 group of weights, got %d", len(groups))
	}
	for _, w := range groups[0].Weights {
		values, rest, err := w.values(data)
		if err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
		data = rest
		d.weights[w.Name], d.shapes[w.Name] = values, w.Shape
	}
	if len(data) != 0 {
		return fmt.Errorf("%d bytes are left over", len(data))
	}
	return nil
}

// values takes the row's numbers off the front of the data.
func (w weight) values(data []byte) (values []float32, rest []byte, err error) {
	n := product(w.Shape)
	size := 1
	if w.Quantization.Dtype == "" {
		size = 4
	}
	if n < 0 || n*size > len(data) {
		return nil, nil, fmt.Errorf("shape %v does not fit in the %d bytes that are left", w.Shape, len(data))
	}
	values = make([]float32, n)
	switch {
	case w.Quantization.Dtype == "uint8":
		for i, b := range data[:n] {
			// The inner conversion forbids a fused multiply-add, which
			// would give other bytes on other processors.
			values[i] = float32(float64(float64(b)*w.Quantization.Scale) + w.Quantization.Min)
		}
	case w.Quantization.Dtype == "" && w.Dtype == "float32":
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	default:
		return nil, nil, fmt.Errorf("type %q stored as %q is not known", w.Dtype, w.Quantization.Dtype)
	}
	return values, data[n*size:], nil
}

// stages lists the residual blocks in order; a block that halves the picture
// is marked by down.
var stages = []struct {
	name string
	down bool
}{
	{"conv32_1", false},
	{"conv32_2", false},
	{"conv32_3", false},
	{"conv64_down", true},
	{"conv64_1", false},
	{"conv64_2", false},
	{"conv64_3", false},
	{"conv128_down", true},
	{"conv128_1", false},
	{"conv128_2", false},
	{"conv256_down", true},
	{"conv256_1", false},
	{"conv256_2", false},
	{"conv256_down_out", true},
}

func (d *descriptorModel) build() {
	const inputSize = 150
	d.g.input("input", 1, 3, inputSize, inputSize)
	d.g.output("descriptor", 1, 128)

	x, channels := d.conv("input", "conv32_down", 2, true)
	size := (inputSize-7)/2 + 1
	x = d.g.node("MaxPool", []string{x},
		attribute{"kernel_shape", []int64{3, 3}}, attribute{"strides", []int64{2, 2}})
	size = (size-3)/2 + 1
	for _, s := range stages {
		x, channels, size = d.block(x, s.name, s.down, channels, size)
	}
	if d.err != nil {
		return
	}
	x = d.g.node("GlobalAveragePool", []string{x})
	x = d.g.node("Flatten", []string{x}, attribute{"axis", int64(1)})
	fc := d.get("fc", 256*128)
	d.g.nodeTo("descriptor", "MatMul", []string{x, d.g.floats(fc, 256, 128)})
}

// block adds one residual block and returns its output, channels and size. A
// block that halves averages its shortcut 2×2, and pads with zeros whichever
// side is smaller, in channels or in pixels.
func (d *descriptorModel) block(x, name string, down bool, channels, size int) (string, int, int) {
	stride := int64(1)
	if down {
		stride = 2
	}
	y, _ := d.conv(x, name+"/conv1", stride, true)
	y, outChannels := d.conv(y, name+"/conv2", 1, false)
	if !down {
		return d.g.node("Relu", []string{d.g.node("Add", []string{x, y})}), channels, size
	}
	main := (size-3)/2 + 1
	short := (size-2)/2 + 1
	pooled := d.g.node("AveragePool", []string{x},
		attribute{"kernel_shape", []int64{2, 2}}, attribute{"strides", []int64{2, 2}})
	if extra := int64(short - main); extra > 0 {
		y = d.g.node("Pad", []string{y, d.g.int64s(0, 0, 0, 0, 0, 0, extra, extra)})
	}
	if extra := int64(outChannels - channels); extra > 0 {
		pooled = d.g.node("Pad", []string{pooled, d.g.int64s(0, 0, 0, 0, 0, extra, 0, 0)})
	}
	return d.g.node("Relu", []string{d.g.node("Add", []string{pooled, y})}), outChannels, short
}

// conv adds a convolution with its scale layer folded into it, and returns its
// output and channels. A stride of 2 goes without padding, as the network was
// trained.
func (d *descriptorModel) conv(x, name string, stride int64, relu bool) (string, int) {
	shape := d.shapes[name+"/conv/filters"]
	if d.err != nil {
		return "", 0
	}
	if len(shape) != 4 {
		d.err = errors.New(name + " has no filters")
		return "", 0
	}
	h, w, in, out := shape[0], shape[1], shape[2], shape[3]
	filters := d.get(name+"/conv/filters", h*w*in*out)
	bias := d.get(name+"/conv/bias", out)
	scale := d.get(name+"/scale/weights", out)
	shift := d.get(name+"/scale/biases", out)
	if d.err != nil {
		return "", 0
	}
	folded, offset := make([]float32, len(filters)), make([]float32, out)
	for o := range out {
		offset[o] = float32(bias[o]*scale[o]) + shift[o] // not fused, see values
		for k := range h * w * in {
			pixel, i := k/in, k%in
			folded[(o*in+i)*h*w+pixel] = filters[k*out+o] * scale[o]
		}
	}
	var pad int64
	if stride == 1 {
		pad = int64(h / 2)
	}
	y := d.g.node("Conv", []string{
		x, d.g.floats(folded, int64(out), int64(in), int64(h), int64(w)), d.g.floats(offset, int64(out)),
	},
		attribute{"kernel_shape", []int64{int64(h), int64(w)}},
		attribute{"strides", []int64{stride, stride}},
		attribute{"pads", []int64{pad, pad, pad, pad}})
	if relu {
		y = d.g.node("Relu", []string{y})
	}
	return y, out
}

func (d *descriptorModel) get(name string, want int) []float32 {
	v := d.weights[name]
	if len(v) != want && d.err == nil {
		d.err = fmt.Errorf("%s has %d numbers, not %d", name, len(v), want)
	}
	return v
}
