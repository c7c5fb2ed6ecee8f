package main

import (
	"bytes"
	"encoding/binary"
	"image/color"
	"testing"
)

func TestAFrameIsReadLineByLineInItsOwnColours(t *testing.T) {
	const head, line = 100, 12 // a line is longer than its two pixels
	frame := frameOf(t, windowDump{Head: head, Version: dumpVersion, Bits: dumpBits, Width: 2, Height: 2, Line: line, Colours: 1})
	frame = append(frame, make([]byte, head+dumpColour-len(frame))...)
	blue, green, red, white := []byte{255, 0, 0, 0}, []byte{0, 255, 0, 0}, []byte{0, 0, 255, 0}, []byte{255, 255, 255, 0}
	none := make([]byte, 4)
	frame = append(frame, bytes.Join([][]byte{blue, green, none, red, white, none}, nil)...)

	picture, err := decode(frame)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[[2]int]color.RGBA{{0, 0}: {B: 255, A: 255}, {1, 0}: {G: 255, A: 255}, {0, 1}: {R: 255, A: 255}, {1, 1}: {255, 255, 255, 255}} {
		if got := picture.RGBAAt(at[0], at[1]); got != want {
			t.Errorf("at %v is %v, not %v", at, got, want)
		}
	}
	if plain(picture) {
		t.Error("four colours are one")
	}
	if _, err := decode(frame[:len(frame)-1]); err == nil {
		t.Error("a frame without its end was read")
	}
}

func TestAFrameOfAnotherKindIsRefused(t *testing.T) {
	good := windowDump{Head: 100, Version: dumpVersion, Bits: dumpBits, Width: 1, Height: 1, Line: 4}
	version, bits, order := good, good, good
	version.Version, bits.Bits, order.ByteOrder = 6, 16, 1
	for name, head := range map[string]windowDump{"version": version, "bits": bits, "byte order": order} {
		if _, err := decode(append(frameOf(t, head), make([]byte, 200)...)); err == nil {
			t.Errorf("a frame of another %s was read", name)
		}
	}
	if _, err := decode(nil); err == nil {
		t.Error("an empty frame was read")
	}
}

func frameOf(t *testing.T, head windowDump) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := binary.Write(&out, binary.BigEndian, head); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
