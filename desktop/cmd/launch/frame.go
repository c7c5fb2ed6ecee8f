package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
)

// windowDump is the head of a file of xwd (X11/XWDFile.h), as far as pictures need it.
type windowDump struct {
	Head, Version, Format, Depth, Width, Height, X, ByteOrder, Unit, BitOrder, Pad uint32
	Bits, Line                                                                     uint32 // bits of a pixel, bytes of a line
	Class, Red, Green, Blue, BitsOfColour, Entries, Colours                        uint32
}

// The file of a display of 24 bits: version 7, pixels of 4 bytes with blue first, and between head and pixels a
// table of colours of 12 bytes each.
const (
	dumpVersion = 7
	dumpBits    = 32
	dumpColour  = 12
)

// readings is how often a frame is read for two that are the same.
const readings = 10

// read returns the file into which the server draws, whole: what was drawn while it was read differs from what
// is read next.
func (d *display) read() ([]byte, error) {
	var last []byte
	for range readings {
		now, err := os.ReadFile(d.frame)
		if err != nil {
			return nil, fmt.Errorf("read what the display shows: %w", err)
		}
		if bytes.Equal(last, now) {
			break
		}
		last = now
	}
	return last, nil
}

// decode returns the picture that a frame holds.
func decode(frame []byte) (*image.RGBA, error) {
	var head windowDump
	if err := binary.Read(bytes.NewReader(frame), binary.BigEndian, &head); err != nil {
		return nil, fmt.Errorf("read the head of a frame: %w", err)
	}
	pixels := int(head.Head + dumpColour*head.Colours)
	width, height, line := int(head.Width), int(head.Height), int(head.Line)
	if head.Version != dumpVersion || head.Bits != dumpBits || head.ByteOrder != 0 || line < 4*width || len(frame) < pixels+line*height {
		return nil, errors.New("the display does not draw into a file of 24 bits")
	}
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		from, to := frame[pixels+y*line:][:4*width], picture.Pix[y*picture.Stride:]
		for i := 0; i < len(from); i += 4 {
			to[i], to[i+1], to[i+2], to[i+3] = from[i+2], from[i+1], from[i], 255
		}
	}
	return picture, nil
}

// keep writes the picture that a frame holds.
func keep(frame []byte, path string) error {
	picture, err := decode(frame)
	if err != nil {
		return err
	}
	return save(picture, path)
}

// save writes a picture as PNG, with more regard to time than to space.
func save(picture image.Image, path string) error {
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&file, picture); err != nil {
		return fmt.Errorf("encode the picture %s: %w", path, err)
	}
	return os.WriteFile(path, file.Bytes(), 0o600)
}

// plain reports whether a picture has one colour only.
func plain(picture image.Image) bool {
	b := picture.Bounds()
	first := picture.At(b.Min.X, b.Min.Y)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if picture.At(x, y) != first {
				return false
			}
		}
	}
	return true
}
