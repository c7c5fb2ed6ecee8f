package convert

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message under construction: as much as an ONNX model
// needs.
type message struct{ buf []byte }

func (m *message) int(field protowire.Number, v int64) {
	m.buf = protowire.AppendVarint(protowire.AppendTag(m.buf, field, protowire.VarintType), uint64(v))
}

func (m *message) float(field protowire.Number, v float32) {
	m.buf = protowire.AppendFixed32(protowire.AppendTag(m.buf, field, protowire.Fixed32Type), math.Float32bits(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	m.buf = protowire.AppendBytes(protowire.AppendTag(m.buf, field, protowire.BytesType), v)
}

func (m *message) string(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

func (m *message) message(field protowire.Number, v *message) { m.bytes(field, v.buf) }

func (m *message) ints(field protowire.Number, v []int64) {
	for _, x := range v {
		m.int(field, x)
	}
}
