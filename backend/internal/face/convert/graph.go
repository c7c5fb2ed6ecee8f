package convert

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Field numbers and codes of onnx.proto3 (ONNX 1.12, IR version 8, opset 13).
const (
	irVersion = 8
	opset     = 13

	typeFloat = 1
	typeInt64 = 7

	attrFloat = 1
	attrInt   = 2
	attrInts  = 7
)

// graph collects an ONNX graph. Tensors are NCHW float32.
type graph struct {
	name    string
	nodes   []*message
	tensors []*message
	inputs  []*message
	outputs []*message
	next    int
}

type attribute struct {
	name  string
	value any // int64, float32 or []int64
}

// fresh returns a value name that nothing else in the graph uses.
func (g *graph) fresh(prefix string) string {
	g.next++
	return fmt.Sprintf("%s_%d", prefix, g.next)
}

// node adds one operator and returns the name of its only output.
func (g *graph) node(op string, inputs []string, attributes ...attribute) string {
	output := g.fresh(op)
	g.nodeTo(output, op, inputs, attributes...)
	return output
}

// nodeTo adds one operator whose output has the given name.
func (g *graph) nodeTo(output, op string, inputs []string, attributes ...attribute) {
	n := &message{}
	for _, in := range inputs {
		n.string(1, in)
	}
	n.string(2, output)
	n.string(3, output)
	n.string(4, op)
	for _, a := range attributes {
		n.message(5, a.encode())
	}
	g.nodes = append(g.nodes, n)
}

func (a attribute) encode() *message {
	m := &message{}
	m.string(1, a.name)
	switch v := a.value.(type) {
	case int64:
		m.int(3, v)
		m.int(20, attrInt)
	case float32:
		m.float(2, v)
		m.int(20, attrFloat)
	case []int64:
		m.ints(8, v)
		m.int(20, attrInts)
	default:
		panic(fmt.Sprintf("convert: attribute %s has type %T", a.name, a.value))
	}
	return m
}

// floats adds a constant tensor and returns its name.
func (g *graph) floats(data []float32, dims ...int64) string {
	raw := make([]byte, 4*len(data))
	for i, v := range data {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(v))
	}
	return g.tensor(typeFloat, raw, dims)
}

// int64s adds a constant vector of integers and returns its name.
func (g *graph) int64s(data ...int64) string {
	raw := make([]byte, 8*len(data))
	for i, v := range data {
		binary.LittleEndian.PutUint64(raw[8*i:], uint64(v))
	}
	return g.tensor(typeInt64, raw, []int64{int64(len(data))})
}

func (g *graph) tensor(kind int64, raw []byte, dims []int64) string {
	name := g.fresh("const")
	t := &message{}
	t.ints(1, dims)
	t.int(2, kind)
	t.string(8, name)
	t.bytes(9, raw)
	g.tensors = append(g.tensors, t)
	return name
}

func (g *graph) input(name string, dims ...int64) { g.inputs = append(g.inputs, valueInfo(name, dims)) }

func (g *graph) output(name string, dims ...int64) {
	g.outputs = append(g.outputs, valueInfo(name, dims))
}

func valueInfo(name string, dims []int64) *message {
	shape := &message{}
	for _, d := range dims {
		dim := &message{}
		dim.int(1, d)
		shape.message(1, dim)
	}
	tensor := &message{}
	tensor.int(1, typeFloat)
	tensor.message(2, shape)
	kind := &message{}
	kind.message(1, tensor)
	v := &message{}
	v.string(1, name)
	v.message(2, kind)
	return v
}

// encode returns the graph as the bytes of an ONNX model file. The same graph
// always gives the same bytes, so that the file can be pinned by its checksum.
func (g *graph) encode() []byte {
	body := &message{}
	for _, n := range g.nodes {
		body.message(1, n)
	}
	body.string(2, g.name)
	for _, t := range g.tensors {
		body.message(5, t)
	}
	for _, v := range g.inputs {
		body.message(11, v)
	}
	for _, v := range g.outputs {
		body.message(12, v)
	}
	version := &message{}
	version.int(2, opset)
	model := &message{}
	model.int(1, irVersion)
	model.message(7, body)
	model.message(8, version)
	return model.buf
}
