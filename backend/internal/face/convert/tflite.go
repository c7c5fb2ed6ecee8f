package convert

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// TFLite's codes (its schema, version 3) for what the two networks use.
const (
	tfAdd       = 0
	tfConv      = 3
	tfDepthwise = 4
	tfDequant   = 6
	tfMaxPool   = 17
	tfMul       = 18
	tfRelu      = 19
	tfReshape   = 22
	tfPad       = 34
	tfSub       = 41
	tfPRelu     = 54
	tfAbs       = 101

	tfFloat32 = 0
	tfFloat16 = 1
	tfInt32   = 2

	paddingSame = 0
)

// tensor is one TFLite tensor: NHWC shape, kind, and constant data if it has
// any.
type tensor struct {
	shape []int
	kind  int
	data  []byte
}

// flatModel is the walk over one TFLite model and the ONNX graph under
// construction.
type flatModel struct {
	r       *reader
	g       *graph
	tensors []tensor
	floats  map[int][]float32 // constants, half floats widened
	names   map[int]string    // TFLite tensor number → ONNX value
	parts   map[int]part      // tensors that are steps of a PReLU
	input   int64             // side of the input
	outputs []output
}

// output is one of the model's outputs, known by how many numbers it holds.
type output struct {
	name string
	size int
	dims []int64
}

// Mesh converts the 468-point face mesh. The ONNX model has one input "input"
// of 1×3×192×192 (RGB, 0 to 1) and two outputs: "points", 1×1404×1×1 (468 times
// x, y, z in pixels of the input), and "score", 1×1×1×1 (before the sigmoid:
// above 0 a face is there).
func Mesh(flat []byte) ([]byte, error) {
	return flatten("face_mesh", 192, flat, output{"points", 1404, []int64{1, 1404, 1, 1}}, output{"score", 1, []int64{1, 1, 1, 1}})
}

// Identity converts the identity network, a MobileFaceNet. The ONNX model has one
// input "input" of 1×3×112×112 (RGB, -1 to 1) and one output "identity" of
// 1×192×1×1.
func Identity(flat []byte) ([]byte, error) {
	return flatten("identity", 112, flat, output{"identity", 192, []int64{1, 192, 1, 1}})
}

// flatten converts a model that looks at one picture of side×side.
func flatten(name string, side int64, flat []byte, outputs ...output) ([]byte, error) {
	m := &flatModel{
		r:       &reader{},
		g:       &graph{name: name},
		floats:  map[int][]float32{},
		names:   map[int]string{},
		parts:   map[int]part{},
		input:   side,
		outputs: outputs,
	}
	if err := m.convert(flat); err != nil {
		return nil, fmt.Errorf("convert %s: %w", name, err)
	}
	return m.g.encode(), nil
}

func (m *flatModel) convert(flat []byte) error {
	if len(flat) < 8 || string(flat[4:8]) != "TFL3" {
		return fmt.Errorf("not a TFLite model: %w", errFlatbuffer)
	}
	r := m.r
	root := r.root(flat)
	var codes []int
	for _, c := range r.tables(root, 1) {
		codes = append(codes, max(r.uint8(c, 0, 0), r.int32(c, 3, 0)))
	}
	buffers := r.tables(root, 4)
	sub, err := at(r.tables(root, 2), 0, "subgraph")
	if err != nil {
		return err
	}
	for _, t := range r.tables(sub, 0) {
		buffer, err := at(buffers, r.int32(t, 2, 0), "buffer")
		if err != nil {
			return err
		}
		m.tensors = append(m.tensors, tensor{r.ints(t, 0), r.uint8(t, 1, 0), r.blob(buffer, 0)})
	}
	if r.err != nil {
		return r.err
	}
	if err := m.ends(r.ints(sub, 1), r.ints(sub, 2)); err != nil {
		return err
	}
	for i, op := range r.tables(sub, 3) {
		code, err := at(codes, r.int32(op, 0, 0), "operator code")
		if err != nil {
			return err
		}
		if err := m.operator(code, op); err != nil {
			return fmt.Errorf("operator %d: %w", i, err)
		}
	}
	return r.err
}

// ends names the model's input and its outputs, told apart by size. The batch of
// the input does not count: one picture is looked at.
func (m *flatModel) ends(inputs, outputs []int) error {
	if len(inputs) != 1 || len(outputs) != len(m.outputs) {
		return fmt.Errorf("want 1 input and %d outputs, got %d and %d", len(m.outputs), len(inputs), len(outputs))
	}
	in, err := at(m.tensors, inputs[0], "tensor")
	if err != nil {
		return err
	}
	if len(in.shape) != 4 || in.shape[0] < 1 {
		return fmt.Errorf("an input of shape %v is no picture", in.shape)
	}
	m.names[inputs[0]] = "input"
	m.g.input("input", 1, 3, m.input, m.input)
	for _, o := range outputs {
		t, err := at(m.tensors, o, "tensor")
		if err != nil {
			return err
		}
		size := product(t.shape) / in.shape[0]
		k := slices.IndexFunc(m.outputs, func(want output) bool { return want.size == size })
		if k < 0 {
			return fmt.Errorf("an output of %d numbers is not one of the model's", size)
		}
		m.names[o] = m.outputs[k].name
		m.g.output(m.names[o], m.outputs[k].dims...)
	}
	return nil
}

func (m *flatModel) operator(code int, op table) error {
	in, out := m.r.ints(op, 1), m.r.ints(op, 2)
	options := m.r.child(op, 4)
	if len(out) != 1 || len(in) == 0 {
		return fmt.Errorf("code %d has %d inputs and %d outputs", code, len(in), len(out))
	}
	if code == tfDequant {
		data, err := m.constant(in[0])
		m.floats[out[0]] = data
		return err
	}
	for _, i := range append(append([]int{}, in...), out...) {
		if _, err := at(m.tensors, i, "tensor"); err != nil {
			return err
		}
	}
	name, known := m.names[out[0]]
	if !known {
		name = m.g.fresh("value")
		m.names[out[0]] = name
	}
	if done, err := m.spelledPRelu(code, in, out[0], name); done {
		return err
	}
	return m.node(code, in, name, options)
}

// node writes the one of an operator that ONNX has too.
func (m *flatModel) node(code int, in []int, name string, options table) error {
	switch {
	case (code == tfConv || code == tfDepthwise) && len(in) == 3:
		return m.conv(code, in, name, options)
	case code == tfPRelu && len(in) == 2:
		return m.prelu(in, name)
	case code == tfReshape:
		x, err := m.value(in[0])
		m.g.nodeTo(name, "Identity", []string{x})
		return err
	case code == tfMaxPool:
		return m.maxPool(in[0], name, options)
	case code == tfAdd && len(in) == 2:
		a, b, err := m.pair(in)
		m.g.nodeTo(name, "Add", []string{a, b})
		return err
	case code == tfPad && len(in) == 2:
		return m.pad(in, name)
	}
	return fmt.Errorf("code %d with %d inputs is not supported", code, len(in))
}

// conv adds a convolution. TFLite keeps weights as OHWI, and a depthwise
// layer's as 1HWC; ONNX wants OIHW and C1HW.
func (m *flatModel) conv(code int, in []int, name string, options table) error {
	x, err := m.value(in[0])
	if err != nil {
		return err
	}
	weights, err := m.constant(in[1])
	if err != nil {
		return err
	}
	bias, err := m.constant(in[2])
	if err != nil {
		return err
	}
	s := m.tensors[in[1]].shape
	if len(s) != 4 || product(s) != len(weights) {
		return fmt.Errorf("weights of shape %v hold %d numbers", s, len(weights))
	}
	o, h, w, i, groups := s[0], s[1], s[2], s[3], 1
	if code == tfDepthwise {
		o, i, groups = s[3], 1, s[3]
	}
	moved := make([]float32, len(weights))
	for oo := range o {
		for hh := range h {
			for ww := range w {
				for ii := range i {
					from := ((oo*h+hh)*w+ww)*i + ii
					if code == tfDepthwise {
						from = (hh*w+ww)*o + oo
					}
					moved[((oo*i+ii)*h+hh)*w+ww] = weights[from]
				}
			}
		}
	}
	strideW, strideH := m.r.int32(options, 1, 1), m.r.int32(options, 2, 1)
	pads := m.samePads(in[0], options, h, w, strideH, strideW)
	m.g.nodeTo(name, "Conv", []string{
		x, m.g.floats(moved, int64(o), int64(i), int64(h), int64(w)), m.g.floats(bias, int64(len(bias))),
	},
		attribute{"kernel_shape", []int64{int64(h), int64(w)}},
		attribute{"strides", []int64{int64(strideH), int64(strideW)}},
		attribute{"pads", pads},
		attribute{"group", int64(groups)})
	return nil
}

func (m *flatModel) maxPool(in int, name string, options table) error {
	x, err := m.value(in)
	if err != nil {
		return err
	}
	strideW, strideH := m.r.int32(options, 1, 1), m.r.int32(options, 2, 1)
	w, h := m.r.int32(options, 3, 1), m.r.int32(options, 4, 1)
	m.g.nodeTo(name, "MaxPool", []string{x},
		attribute{"kernel_shape", []int64{int64(h), int64(w)}},
		attribute{"strides", []int64{int64(strideH), int64(strideW)}},
		attribute{"pads", m.samePads(in, options, h, w, strideH, strideW)})
	return nil
}

// pad adds zeros; TFLite's table has one row of before and after for each of
// N, H, W and C.
func (m *flatModel) pad(in []int, name string) error {
	x, err := m.value(in[0])
	if err != nil {
		return err
	}
	t := m.tensors[in[1]]
	if t.kind != tfInt32 || len(t.data) != 32 {
		return fmt.Errorf("the padding table has kind %d and %d bytes", t.kind, len(t.data))
	}
	var p [8]int64
	for i := range p {
		p[i] = int64(int32(binary.LittleEndian.Uint32(t.data[4*i:])))
	}
	m.g.nodeTo(name, "Pad", []string{
		x, m.g.int64s(p[0], p[6], p[2], p[4], p[1], p[7], p[3], p[5]),
	})
	return nil
}

// samePads returns ONNX's pads (top, left, bottom, right) for TFLite's padding
// mode, whose "same" puts the odd pixel at the end.
func (m *flatModel) samePads(in int, options table, h, w, strideH, strideW int) []int64 {
	if m.r.uint8(options, 0, 0) != paddingSame {
		return []int64{0, 0, 0, 0}
	}
	s := m.tensors[in].shape
	if len(s) != 4 || strideH < 1 || strideW < 1 {
		m.r.fail()
		return []int64{0, 0, 0, 0}
	}
	one := func(size, kernel, stride int) (int64, int64) {
		total := max(0, ((size+stride-1)/stride-1)*stride+kernel-size)
		return int64(total / 2), int64(total - total/2)
	}
	top, bottom := one(s[1], h, strideH)
	left, right := one(s[2], w, strideW)
	return []int64{top, left, bottom, right}
}

func (m *flatModel) value(i int) (string, error) {
	if name, ok := m.names[i]; ok {
		return name, nil
	}
	return "", fmt.Errorf("tensor %d is used before it is made", i)
}

func (m *flatModel) pair(in []int) (a, b string, err error) {
	if a, err = m.value(in[0]); err != nil {
		return "", "", err
	}
	b, err = m.value(in[1])
	return a, b, err
}

// constant returns a constant's numbers as float32.
func (m *flatModel) constant(i int) ([]float32, error) {
	if v, ok := m.floats[i]; ok {
		return v, nil
	}
	t, err := at(m.tensors, i, "tensor")
	if err != nil {
		return nil, err
	}
	n := product(t.shape)
	switch {
	case t.kind == tfFloat32 && len(t.data) == 4*n:
		out := make([]float32, n)
		for k := range out {
			out[k] = math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*k:]))
		}
		return out, nil
	case t.kind == tfFloat16 && len(t.data) == 2*n:
		out := make([]float32, n)
		for k := range out {
			out[k] = widen(binary.LittleEndian.Uint16(t.data[2*k:]))
		}
		return out, nil
	}
	return nil, fmt.Errorf("tensor %d of kind %d and %d bytes is not a constant of %d numbers", i, t.kind, len(t.data), n)
}

// widen turns an IEEE 754 half float into a float32.
func widen(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent := uint32(h>>10) & 0x1f
	fraction := uint32(h) & 0x3ff
	switch exponent {
	case 0:
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		if d < 0 || d > 1<<24 || n > 1<<24 {
			return -1
		}
		n *= d
	}
	return n
}
