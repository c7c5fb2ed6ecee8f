package raster

import "encoding/binary"

// Orientation reads the EXIF orientation, 1 to 8, of a JPEG; 1 (upright) where
// there is none or where the EXIF makes no sense. It looks at the segments
// before the picture only, at one directory, and follows no other offset, so
// that no EXIF can make it loop.
func Orientation(jpeg []byte) int {
	for pos := 2; pos+4 <= len(jpeg) && jpeg[pos] == 0xff; {
		marker := jpeg[pos+1]
		if marker == 0xff { // fill byte
			pos++
			continue
		}
		size := int(binary.BigEndian.Uint16(jpeg[pos+2:]))
		if marker == 0xda || marker == 0xd9 || size < 2 || pos+2+size > len(jpeg) {
			return 1
		}
		if marker == 0xe1 {
			if o := exifOrientation(jpeg[pos+4 : pos+2+size]); o != 0 {
				return o
			}
		}
		pos += 2 + size
	}
	return 1
}

// exifOrientation reads the orientation out of one APP1 segment, 0 if it has
// none.
func exifOrientation(segment []byte) int {
	const header, tagOrientation, typeShort = 6, 0x0112, 3
	if len(segment) < header+8 || string(segment[:header]) != "Exif\x00\x00" {
		return 0
	}
	tiff := segment[header:]
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
		value := int(order.Uint16(entry[8:]))
		if order.Uint16(entry[2:]) != typeShort || value < 1 || value > 8 {
			return 0
		}
		return value
	}
	return 0
}
