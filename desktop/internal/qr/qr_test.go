package qr_test

import (
	"image"
	"strings"
	"testing"

	"realname.example/desktop/internal/qr"
	"realname.example/shared/handoff"
)

var ticket = handoff.Ticket(make([]byte, handoff.TicketBytes))

func texts() []handoff.Text {
	hash := handoff.KeyHash(make([]byte, 32))
	return []handoff.Text{
		{Server: "http://127.0.0.1:8080", Ticket: ticket},
		{Server: "https://192.168.100.200:8443", Ticket: ticket, KeyHash: hash},
		{Server: "https://realname.company.example", Ticket: ticket},
		{Server: "https://realname.company.example:8443", Ticket: ticket, KeyHash: hash},
	}
}

func TestEveryHandoffFitsVersionFour(t *testing.T) {
	for _, text := range texts() {
		code, err := qr.New(handoff.Format(text))
		if err != nil {
			t.Errorf("%s: %v", text.Server, err)
			continue
		}
		if code.Version() > qr.MaxVersion {
			t.Errorf("%s: version %d", text.Server, code.Version())
		}
	}
}

func TestALongTextIsRefused(t *testing.T) {
	if _, err := qr.New(strings.Repeat("A", 300)); err == nil {
		t.Error("no error")
	}
}

// dark reports whether a pixel is black.
func dark(picture image.Image, x, y int) bool {
	r, _, _, _ := picture.At(x, y).RGBA()
	return r == 0
}

// TestModulesAreWholePixels: at every size, the finder square at the top left
// is seven modules of the same whole number of pixels, and the margin is
// white.
func TestModulesAreWholePixels(t *testing.T) {
	code, err := qr.New(handoff.Format(texts()[1]))
	if err != nil {
		t.Fatal(err)
	}
	side := 17 + 4*code.Version() + 8
	for size := 100; size < 700; size += 37 {
		picture := code.Image(size, size)
		scale := size / side
		x := 0
		for !dark(picture, x, size/2-1) && x < size {
			x++
		}
		margin := (size - scale*(side-8)) / 2
		if !dark(picture, margin, margin) || dark(picture, margin-1, margin) || x < 4*scale {
			t.Errorf("%d pixels: margin is not white or the corner not at %d", size, margin)
		}
		width := 0
		for dark(picture, margin+width, margin) {
			width++
		}
		if width != 7*scale {
			t.Errorf("%d pixels: finder is %d wide, want %d", size, width, 7*scale)
		}
	}
}

func TestAnEmptyPlaceIsNoTrouble(t *testing.T) {
	code, err := qr.New("HTTPS://EXAMPLE.COM")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 20} {
		if code.Image(size, size) == nil {
			t.Error("no picture")
		}
	}
}
