package convert

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errFlatbuffer says that an offset points outside the buffer.
var errFlatbuffer = errors.New("the flatbuffer is cut short or damaged")

// table is a flatbuffer table: the buffer and where the table starts in it.
// A table that is absent has buf == nil, and all its fields are absent.
type table struct {
	buf []byte
	pos int
}

// reader is the state of one walk over a flatbuffer; the first bad offset is
// kept, and everything read after it is zero.
type reader struct{ err error }

func (r *reader) fail() {
	if r.err == nil {
		r.err = errFlatbuffer
	}
}

func (r *reader) u16(b []byte, pos int) int {
	if pos < 0 || pos+2 > len(b) {
		r.fail()
		return 0
	}
	return int(binary.LittleEndian.Uint16(b[pos:]))
}

func (r *reader) i32(b []byte, pos int) int {
	if pos < 0 || pos+4 > len(b) {
		r.fail()
		return 0
	}
	return int(int32(binary.LittleEndian.Uint32(b[pos:])))
}

func (r *reader) root(b []byte) table { return table{b, r.i32(b, 0)} }

// field returns where a field's value stands, or 0 if it is absent.
func (r *reader) field(t table, index int) int {
	if t.buf == nil {
		return 0
	}
	vtable := t.pos - r.i32(t.buf, t.pos)
	slot := 4 + 2*index
	if slot+2 > r.u16(t.buf, vtable) {
		return 0
	}
	off := r.u16(t.buf, vtable+slot)
	if off == 0 {
		return 0
	}
	return t.pos + off
}

func (r *reader) int32(t table, index, fallback int) int {
	if pos := r.field(t, index); pos != 0 {
		return r.i32(t.buf, pos)
	}
	return fallback
}

func (r *reader) uint8(t table, index, fallback int) int {
	pos := r.field(t, index)
	if pos == 0 {
		return fallback
	}
	if pos < 0 || pos >= len(t.buf) {
		r.fail()
		return fallback
	}
	return int(t.buf[pos])
}

func (r *reader) child(t table, index int) table {
	pos := r.field(t, index)
	if pos == 0 {
		return table{}
	}
	return table{t.buf, pos + r.i32(t.buf, pos)}
}

// vector returns the start of a vector's items and their number.
func (r *reader) vector(t table, index, itemSize int) (start, n int) {
	pos := r.field(t, index)
	if pos == 0 {
		return 0, 0
	}
	at := pos + r.i32(t.buf, pos)
	n = r.i32(t.buf, at)
	if n < 0 || n > (len(t.buf)-at-4)/itemSize {
		r.fail()
		return 0, 0
	}
	return at + 4, n
}

func (r *reader) tables(t table, index int) []table {
	start, n := r.vector(t, index, 4)
	out := make([]table, n)
	for i := range out {
		pos := start + 4*i
		out[i] = table{t.buf, pos + r.i32(t.buf, pos)}
	}
	return out
}

func (r *reader) ints(t table, index int) []int {
	start, n := r.vector(t, index, 4)
	out := make([]int, n)
	for i := range out {
		out[i] = r.i32(t.buf, start+4*i)
	}
	return out
}

func (r *reader) blob(t table, index int) []byte {
	start, n := r.vector(t, index, 1)
	if n == 0 {
		return nil
	}
	return t.buf[start : start+n]
}

// at returns the item, or an error for an index that the file made up.
func at[T any](items []T, i int, what string) (T, error) {
	var zero T
	if i < 0 || i >= len(items) {
		return zero, fmt.Errorf("%s %d of %d: %w", what, i, len(items), errFlatbuffer)
	}
	return items[i], nil
}
