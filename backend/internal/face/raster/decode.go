// Package raster turns an untrusted JPEG or PNG into plain RGB pixels, upright
// and under limits, and cuts scaled and turned patches out of them.
//
// The face engine and its tools call it. It never looks at what a picture
// shows, keeps nothing but pixels (all metadata but the orientation is never
// read), and writes no file.
package raster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"time"
)

// Limits of a picture, checked from its header before a pixel is decoded.
type Limits struct {
	Pixels int
	Side   int // of the longer one
	// Baseline refuses every JPEG but a baseline one, and every PNG.
	Baseline bool
}

var (
	// Frame is for what a phone's camera takes: 1.3 MP, twice what the apps
	// send, in the one form that phones and browsers encode.
	Frame = Limits{Pixels: 1_300_000, Side: 4096, Baseline: true}
	// Sent is for other pictures that people send: the 12 MP of phones,
	// 4032×3024 or 4096×3072.
	Sent = Limits{Pixels: 4096 * 3072, Side: 4096}
	// Own is for files that an operator names to a tool: the 50 MP that phones
	// take at most.
	Own = Limits{Pixels: 50_000_000, Side: 10_000}
)

const (
	minSide = 32

	// maxScans is how often a progressive JPEG may go over its picture. The
	// usual encoders make 6 to 10; each costs the decoder the whole picture,
	// however few bytes it has.
	maxScans = 20

	// bigPixels is the size from which pictures are decoded one at a time in
	// the whole process: a progressive JPEG of 12 MP needs some 200 MB while it
	// is decoded.
	bigPixels = 3_000_000

	// A decode may take so long, and so much more for each megapixel: fifty
	// times what it takes on a quiet core. Only a form that nobody foresaw, or
	// a machine that is overrun, needs longer.
	budget        = 2 * time.Second
	budgetPerMega = time.Second
	readAtOnce    = 256 // bytes that a decoder gets between two looks at the clock
	pixelsPerMega = 1_000_000
)

// Why a picture is refused. Every error of Decode wraps one of them, or is its
// context's.
var (
	ErrFormat   = errors.New("not a JPEG or PNG picture")
	ErrForm     = errors.New("a form of JPEG that is not taken")
	ErrTooLarge = errors.New("the picture is too large")
	ErrTooSmall = errors.New("the picture is too small")
	ErrDamaged  = errors.New("the picture is damaged or cut short")
	ErrSlow     = errors.New("the picture takes too long to decode")
)

// big lets one large picture be decoded at a time.
var big = make(chan struct{}, 1)

// Config is what a picture's header says.
type Config struct {
	Width, Height int // pixels, before the orientation is applied
	JPEG          bool
}

// Header reads the size and the form of a picture and refuses it by the limits,
// without allocating for its pixels. The error is ErrFormat, ErrForm,
// ErrTooLarge, ErrTooSmall or ErrDamaged.
func (l Limits) Header(data []byte) (Config, error) {
	var (
		c   image.Config
		err error
		out Config
	)
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		out.JPEG = true
		c, err = jpeg.DecodeConfig(bytes.NewReader(data))
	case bytes.HasPrefix(data, []byte(pngStart)):
		c, err = png.DecodeConfig(bytes.NewReader(data))
	default:
		return Config{}, ErrFormat
	}
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	out.Width, out.Height = c.Width, c.Height
	if err := l.size(c.Width, c.Height); err != nil {
		return out, err
	}
	switch {
	case out.JPEG:
		return out, formOf(data).refuse(l)
	case l.Baseline:
		return out, fmt.Errorf("%w: a PNG", ErrForm)
	}
	return out, nil
}

// Decode decodes a picture within limits into r, upright, reusing r's memory. It
// ends soon after ctx does, with its error, and with ErrSlow after a time that
// grows with the picture.
func (r *Raster) Decode(ctx context.Context, data []byte, limits Limits) error {
	return r.decodeLying(ctx, data, limits, Orientation(data))
}

// decodeLying is Decode of a picture whose pixels are known to lie so, whatever its
// file says.
func (r *Raster) decodeLying(ctx context.Context, data []byte, limits Limits, orientation int) error {
	c, err := limits.Header(data)
	if err != nil {
		return err
	}
	pixels := c.Width * c.Height
	if pixels > bigPixels {
		select {
		case big <- struct{}{}:
			defer func() { <-big }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if err := r.decodeFor(ctx, data, c, budget+budgetPerMega*time.Duration(pixels)/pixelsPerMega); err != nil {
		return err
	}
	r.Turn(orientation)
	return nil
}

// decodeFor decodes a picture whose header was read, in the time that it is
// allowed.
func (r *Raster) decodeFor(ctx context.Context, data []byte, c Config, allowed time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, allowed, ErrSlow)
	defer cancel()
	decode := png.Decode
	if c.JPEG {
		decode = jpeg.Decode
	}
	img, err := decode(&guarded{ctx, data})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	// A decoder that gives another size than the header promised is not trusted.
	if b := img.Bounds(); b.Dx() != c.Width || b.Dy() != c.Height {
		return fmt.Errorf("%w: its header says %d×%d", ErrDamaged, c.Width, c.Height)
	}
	r.load(img)
	return nil
}

// guarded hands a decoder little at a time, and nothing once ctx is done: the
// decoders take no context, but none goes on without bytes.
type guarded struct {
	ctx  context.Context //nolint:containedctx // it is the reader's whole purpose
	data []byte
}

// Read implements io.Reader.
func (g *guarded) Read(p []byte) (int, error) {
	if g.ctx.Err() != nil {
		return 0, context.Cause(g.ctx)
	}
	if len(g.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), readAtOnce)], g.data)
	g.data = g.data[n:]
	return n, nil
}
