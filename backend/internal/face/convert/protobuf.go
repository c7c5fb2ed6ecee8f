package convert

import "math"

// message writes the protobuf wire format: enough of it for an ONNX model
// file, which uses only varints, 32-bit floats and length-delimited fields.
type message struct{ buf []byte }

const (
	wireVarint = 0
	wireFixed8 = 1
	wireBytes  = 2
	wireFixed4 = 5
)

func (m *message) varint(v uint64) {
	for v >= 0x80 {
		m.buf = append(m.buf, byte(v)|0x80)
		v >>= 7
	}
	m.buf = append(m.buf, byte(v))
}

func (m *message) key(field, wire int) { m.varint(uint64(field)<<3 | uint64(wire)) }

func (m *message) int(field int, v int64) {
	m.key(field, wireVarint)
	m.varint(uint64(v))
}

func (m *message) float(field int, v float32) {
	m.key(field, wireFixed4)
	bits := math.Float32bits(v)
	m.buf = append(m.buf, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
}

func (m *message) bytes(field int, v []byte) {
	m.key(field, wireBytes)
	m.varint(uint64(len(v)))
	m.buf = append(m.buf, v...)
}

func (m *message) string(field int, v string) { m.bytes(field, []byte(v)) }

func (m *message) message(field int, v *message) { m.bytes(field, v.buf) }

func (m *message) ints(field int, v []int64) {
	for _, x := range v {
		m.int(field, x)
	}
}
