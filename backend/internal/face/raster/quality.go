package raster

import "encoding/binary"

// sampleTable begins the luminance table of T.81, annex K.1, in zigzag order, which
// the Independent JPEG Group's qualities scale. The finest values behind these meet
// the ceiling of 255 below quality 20 and would make it look better.
var sampleTable = [20]int{16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22}

// Quality is how well a JPEG was kept when it was compressed last, 1 to 100 on the
// scale of the Independent JPEG Group, by its table for brightness; 0 where that
// cannot be said. Other programs' tables are put on the scale by their sum. A
// picture that was compressed harder before says nothing of it.
func Quality(jpeg []byte) int {
	if len(jpeg) < 2 || jpeg[0] != 0xff || jpeg[1] != 0xd8 {
		return 0
	}
	return formOf(jpeg).quality
}

// qualityOf reads the tables of one segment (T.81, B.2.4.1); 0 where none is the
// first.
func qualityOf(tables []byte) int {
	for len(tables) > 0 {
		precision, id := tables[0]>>4, tables[0]&15
		size := 64 << min(precision, 1) // bytes: a value has one or two
		if len(tables) < 1+size {
			return 0
		}
		if id == 0 {
			return onScale(tables[1:1+size], size/64)
		}
		tables = tables[1+size:]
	}
	return 0
}

// onScale turns the Group's formula round: a table is the sample's times 50/quality,
// or times 2 − quality/50 from 50 on.
func onScale(table []byte, width int) int {
	var sum, sample int
	for i, s := range sampleTable {
		if width == 1 {
			sum += int(table[i])
		} else {
			sum += int(binary.BigEndian.Uint16(table[2*i:]))
		}
		sample += s
	}
	if sum <= sample {
		return min(100, (200*sample-100*sum+sample)/(2*sample))
	}
	return max(1, 50*sample/sum)
}
