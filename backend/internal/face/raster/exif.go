package raster

import (
	"bytes"
	"encoding/binary"
)

// Orientation reads the EXIF orientation, 1 to 8, of a JPEG, PNG or WebP; 1
// (upright) where there is none or where the EXIF makes no sense. It looks at one
// directory, and follows no other offset, so that no EXIF can make it loop.
func Orientation(picture []byte) int {
	o := 0
	switch {
	case bytes.HasPrefix(picture, []byte("\xff\xd8")):
		o = jpegOrientation(picture)
	case bytes.HasPrefix(picture, []byte(pngStart)):
		o = chunkOrientation(picture[len(pngStart):], binary.BigEndian, "eXIf", pngChunk)
	case isWebP(picture):
		o = chunkOrientation(picture[12:], binary.LittleEndian, "EXIF", riffChunk)
	}
	return max(o, 1)
}

const (
	pngStart   = "\x89PNG\r\n\x1a\n"
	exifHeader = "Exif\x00\x00"
)

func isWebP(picture []byte) bool {
	return len(picture) > 12 && string(picture[:4]) == "RIFF" && string(picture[8:12]) == "WEBP"
}

// jpegOrientation looks at the segments before the picture only; others, such as
// XMP, may stand before that of EXIF.
func jpegOrientation(jpeg []byte) int {
	for pos := 2; pos+4 <= len(jpeg) && jpeg[pos] == 0xff; {
		marker := jpeg[pos+1]
		if marker == 0xff { // fill byte
			pos++
			continue
		}
		size := int(binary.BigEndian.Uint16(jpeg[pos+2:]))
		if marker == 0xda || marker == 0xd9 || size < 2 || pos+2+size > len(jpeg) {
			return 0
		}
		if segment := jpeg[pos+4 : pos+2+size]; marker == 0xe1 && bytes.HasPrefix(segment, []byte(exifHeader)) {
			if o := exifOrientation(segment[len(exifHeader):]); o != 0 {
				return o
			}
		}
		pos += 2 + size
	}
	return 0
}

// layout is how a file's chunks lie: each has four bytes of length and four of
// name, in its own order, then its content and more.
type layout struct {
	nameAt, lengthAt int
	behind           func(length int) int // bytes of content, and what follows it
}

var (
	pngChunk  = layout{nameAt: 4, lengthAt: 0, behind: func(n int) int { return n + 4 }}   // a checksum
	riffChunk = layout{nameAt: 0, lengthAt: 4, behind: func(n int) int { return n + n&1 }} // an even number
)

// chunkOrientation looks at the first chunk of a name.
func chunkOrientation(chunks []byte, order binary.ByteOrder, name string, l layout) int {
	for len(chunks) >= 8 {
		n := uint64(order.Uint32(chunks[l.lengthAt:]))
		content := chunks[8:]
		if n > uint64(len(content)) {
			return 0
		}
		if string(chunks[l.nameAt:l.nameAt+4]) == name {
			return exifOrientation(bytes.TrimPrefix(content[:n], []byte(exifHeader)))
		}
		chunks = content[min(len(content), l.behind(int(n))):]
	}
	return 0
}

// exifOrientation reads the orientation out of a TIFF structure, 0 if it has
// none. It is a SHORT, which some write as a LONG.
func exifOrientation(tiff []byte) int {
	const tagOrientation, typeShort, typeLong = 0x0112, 3, 4
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder
	switch string(tiff[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 0
	}
	directory := uint64(order.Uint32(tiff[4:]))
	if directory+2 > uint64(len(tiff)) {
		return 0
	}
	entries := int(order.Uint16(tiff[directory:]))
	for i := range entries {
		at := int(directory) + 2 + 12*i
		if at+12 > len(tiff) {
			return 0
		}
		entry := tiff[at : at+12]
		if order.Uint16(entry) != tagOrientation {
			continue
		}
		var value uint32
		switch order.Uint16(entry[2:]) {
		case typeShort:
			value = uint32(order.Uint16(entry[8:]))
		case typeLong:
			value = order.Uint32(entry[8:])
		}
		if value > 8 {
			return 0
		}
		return int(value)
	}
	return 0
}
