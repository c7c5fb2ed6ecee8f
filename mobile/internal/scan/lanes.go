package scan

import "encoding/binary"

// Eight pixels are computed at once, as the bytes of one word: its even and its
// odd bytes each become four lanes of 16 bits, so that no sum runs into the next.
const (
	word  = 8 // pixels
	lanes = 4
	low   = 0x00ff00ff00ff00ff // the low byte of each lane
	ones  = 0x0001000100010001 // 1 in each lane
)

// split returns the even and the odd ones of the first eight pixels.
func split(p []byte) (even, odd uint64) {
	w := binary.LittleEndian.Uint64(p)
	return w & low, w >> 8 & low
}

// pack returns the low bytes of four lanes, whose high bytes are 0, side by side.
func pack(w uint64) uint32 {
	w |= w >> 8
	return uint32(w&0xffff | w>>16&0xffff0000)
}

// total is the sum of four lanes; it fits in 16 bits.
func total(w uint64) int32 { return int32(w * ones >> 48) }
