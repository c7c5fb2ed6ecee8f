// Package scan finds and reads one QR code in camera frames. The phone app's
// scanner screen calls it with the newest frame's luminance, one frame a call;
// the same code reads a picture from a file.
//
// It looks for the code's three finder squares itself, fits a perspective to
// them and to the code's other fixed modules, measures every module in grey
// and leaves the decoding to gozxing. That reads codes at angles, in blur and
// in noise at which gozxing's own detector, which trusts single pixels, gives
// up; that detector still has its turn, for whatever it alone can read.
//
// It says what a code says, whoever made it. Whether that is an address of
// ours is shared/handoff's business; nothing here opens or fetches anything.
package scan

import (
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// look is one way to look at a frame.
type look struct {
	halvings int  // how often to halve the picture first
	smooth   bool // 3 × 3 mean before
	invert   bool // for codes drawn light on dark
	reach    int  // of the threshold, in cells of 8 pixels; 0 is one threshold for all
	between  bool // the threshold is the middle between dark and bright, not a mean
	open     bool // the squares may run into the page: no quiet zone
	plain    bool // gozxing's own detector instead of ours
}

// looks are tried in turn. The half-size one finds nearly everything and is
// cheap; the others are for small modules, much noise, glare, dark themes and
// codes that only gozxing's detector likes.
var looks = []look{
	{halvings: 1, reach: 2},
	{between: true},
	{halvings: 1, between: true, invert: true},
	{smooth: true, reach: 4},
	{halvings: 1, between: true, open: true},
	{halvings: 1, reach: 0},
	{between: true, open: true},
	{halvings: 1, reach: 2, invert: true},
	{smooth: true, invert: true, reach: 4},
	{halvings: 2, reach: 0},
	{reach: 4},
	{halvings: 2, invert: true, reach: 0},
	{halvings: 1, plain: true},
	{halvings: 1, reach: 5},
}

// extras is how many looks of the rotation a frame gets beside the favourite.
const extras = 2

// Scanner reads codes from frames of one camera. It remembers which look
// worked and where the rotation stands, and keeps its buffers. It is not safe
// for concurrent use.
type Scanner struct {
	looker    looker
	favourite int
	next      int
	sizes     []Plane // the frame, and its halvings as far as looks want them
	halves    [2][]byte
	calm      []byte
	negative  []byte
}

// New returns a scanner.
func New() *Scanner { return &Scanner{} }

// Scan looks for a code in one frame and returns what it says. A frame gets
// three looks, so consecutive frames see different ones: a code that is in
// view is found within a few frames rather than always in the first. A plane
// whose sizes do not fit its bytes holds no code.
func (s *Scanner) Scan(p Plane) (text string, ok bool) {
	if !p.valid() {
		return "", false
	}
	s.begin(p)
	if text, ok := s.try(looks[s.favourite]); ok {
		return text, true
	}
	for i := 0; i < extras; i++ {
		s.next = (s.next + 1) % len(looks)
		if s.next == s.favourite {
			s.next = (s.next + 1) % len(looks)
		}
		if text, ok := s.try(looks[s.next]); ok {
			s.favourite = s.next
			return text, true
		}
	}
	return "", false
}

// begin makes p the frame that is looked at.
func (s *Scanner) begin(p Plane) { s.sizes = append(s.sizes[:0], p) }

// halved is the frame, halved so often; looks share it.
func (s *Scanner) halved(times int) Plane {
	for n := len(s.sizes); n <= times; n++ {
		s.sizes = append(s.sizes, halve(s.sizes[n-1], &s.halves[n-1]))
	}
	return s.sizes[times]
}

// try prepares the frame as the look wants it and looks.
func (s *Scanner) try(l look) (string, bool) {
	p := s.halved(l.halvings)
	if p.W < 21 || p.H < 21 {
		return "", false
	}
	if l.smooth {
		p = smooth(p, &s.calm)
	}
	if l.invert {
		p = invert(p, &s.negative)
	}
	if l.plain {
		return plain(p)
	}
	return s.looker.look(p, l)
}

// plain is gozxing's own detector and decoder.
func plain(p Plane) (string, bool) {
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(newSource(p)))
	if err != nil {
		return "", false
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil || result.GetText() == "" {
		return "", false
	}
	return result.GetText(), true
}
