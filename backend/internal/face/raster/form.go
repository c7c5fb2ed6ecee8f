package raster

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
)

// Markers of a JPEG (ITU-T T.81, table B.1).
const (
	markerBaseline    = 0xc0
	markerSequential  = 0xc1
	markerProgressive = 0xc2
	markerRestart0    = 0xd0
	markerRestart7    = 0xd7
	markerEnd         = 0xd9
	markerScan        = 0xda
	markerTables      = 0xdb
)

// form is how a JPEG is laid out, read from its markers alone.
type form struct {
	frame      byte // marker of its frame header, 0 for none
	frames     int
	width      int // pixels, as the frame header says
	height     int
	components int
	scans      int
	ended      bool // by its marker
	quality    int  // as Quality, of the newest table
}

// formOf walks over the markers of a JPEG, the picture's own data included,
// since scans stand one behind the other in it. It is linear in the bytes and
// stops at the picture's end, or once there are more scans than anybody may
// have.
func formOf(jpeg []byte) form {
	var f form
	for pos := 2; f.scans <= maxScans; {
		next := bytes.IndexByte(jpeg[pos:], 0xff)
		if next < 0 || pos+next+1 >= len(jpeg) {
			return f
		}
		pos += next + 1
		marker := jpeg[pos]
		switch {
		case marker == 0, markerRestart0 <= marker && marker <= markerRestart7: // part of a scan
			pos++
			continue
		case marker == 0xff: // fill byte
			continue
		case marker == markerEnd:
			f.ended = true
			return f
		}
		pos++
		if pos+2 > len(jpeg) {
			return f
		}
		size := int(binary.BigEndian.Uint16(jpeg[pos:]))
		f.meet(marker, jpeg[pos:min(len(jpeg), pos+size)])
		pos = min(len(jpeg), pos+max(2, size))
	}
	return f
}

// meet counts one segment; its two bytes of length stand before its content.
func (f *form) meet(marker byte, segment []byte) {
	const heightAt, widthAt, componentsAt = 3, 5, 7 // behind length and precision
	switch {
	case marker == markerScan:
		f.scans++
	case marker == markerTables:
		f.quality = cmp.Or(qualityOf(segment[min(2, len(segment)):]), f.quality)
	case marker == 0xc4 || marker == 0xc8 || marker == 0xcc: // tables, not frames
	case 0xc0 <= marker && marker <= 0xcf:
		f.frame = marker
		f.frames++
		if len(segment) > componentsAt {
			f.height = int(binary.BigEndian.Uint16(segment[heightAt:]))
			f.width = int(binary.BigEndian.Uint16(segment[widthAt:]))
			f.components = int(segment[componentsAt])
		}
	}
}

// FrameSize refuses a JPEG of any form by the size that its frame header says; one
// without a whole header is left to its decoder.
func (l Limits) FrameSize(jpeg []byte) error {
	if f := formOf(jpeg); f.components > 0 {
		return l.size(f.width, f.height)
	}
	return nil
}

// refuse returns an ErrForm where the limits do not take this form. A JPEG that
// is not progressive has at most one scan for each of its components.
func (f form) refuse(l Limits) error {
	switch {
	case f.frames > 1:
		return fmt.Errorf("%w: %d frames", ErrForm, f.frames)
	case l.Baseline && f.frame != markerBaseline:
		return fmt.Errorf("%w: not baseline", ErrForm)
	case f.frame == markerProgressive && f.scans > maxScans:
		return fmt.Errorf("%w: more than %d scans", ErrForm, maxScans)
	case f.frame == markerBaseline || f.frame == markerSequential:
		if f.scans > f.components {
			return fmt.Errorf("%w: %d scans of %d components", ErrForm, f.scans, f.components)
		}
	case f.frame != markerProgressive:
		return fmt.Errorf("%w: frame %#x", ErrForm, f.frame)
	}
	return nil
}
