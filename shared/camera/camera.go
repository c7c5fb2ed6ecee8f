// Package camera is the port to whatever takes pictures: one Backend for each
// system, and a replay of recordings for tests, demonstrations and phones that
// are simulated on a PC. The phone app's scanner and face capture and the desktop
// app's portrait read frames from it; QR decoding and picture quality read Y directly, and only the
// preview makes RGBA.
//
// It does not draw, does not decide what a picture shows, and keeps nothing.
package camera

import (
	"context"
	"errors"
	"time"
)

// What can go wrong with a camera, for errors.Is. The screens have a sentence
// and a way on for each.
var (
	// ErrDenied: the person or the system said no; asking again is possible.
	ErrDenied = errors.New("camera access denied")
	// ErrDeniedForever: only the system's settings can allow it now.
	ErrDeniedForever = errors.New("camera access denied for good")
	// ErrNone: this device has no camera.
	ErrNone = errors.New("no camera")
	// ErrBusy: another program uses the camera.
	ErrBusy = errors.New("camera in use")
	// ErrUnplugged: the camera went away, or stopped sending, while open.
	ErrUnplugged = errors.New("camera disconnected")
	// ErrUnsupported: this system or this camera cannot do that.
	ErrUnsupported = errors.New("camera function not supported")
	// ErrTooOld: the phone's system is from before there was such a camera.
	ErrTooOld = errors.New("system too old for its camera")
	// ErrClosed: the session was closed.
	ErrClosed = errors.New("camera session closed")
)

// Facing says which way a phone's camera looks.
type Facing int

// The two cameras of a phone. A system that does not know the difference opens
// the camera it has.
const (
	Back Facing = iota
	Front
)

// Permission is what the system lets the app do.
type Permission int

// What Permission can say.
const (
	// Ask: unknown until RequestPermission or Open asks.
	Ask Permission = iota
	// Granted: Open may be called.
	Granted
	// Denied: RequestPermission may ask once more.
	Denied
	// DeniedForever: only the system's settings help.
	DeniedForever
)

// Err returns the error that stands for a refused permission, or nil.
func (p Permission) Err() error {
	switch p {
	case Denied:
		return ErrDenied
	case DeniedForever:
		return ErrDeniedForever
	case Ask, Granted:
	}
	return nil
}

// Config is what the app would like; a camera that has no such size gives the
// nearest that it has. Zero sizes mean 1280 × 720.
type Config struct {
	Facing Facing
	W, H   int
}

// size returns the wanted size with the default filled in.
func (c Config) size() (w, h int) {
	if c.W <= 0 || c.H <= 0 {
		return 1280, 720
	}
	return c.W, c.H
}

// Backend is a system's cameras.
type Backend interface {
	// Permission says where things stand, without asking.
	Permission() Permission
	// RequestPermission asks the person where the system has such a question,
	// and waits for the answer.
	RequestPermission(ctx context.Context) (Permission, error)
	// Open starts a camera. Its errors are those of this package, wrapped.
	Open(ctx context.Context, cfg Config) (Session, error)
}

// Session is one open camera. Next belongs to one goroutine; Torch and Close
// may come from any, and Close ends a Next that waits, with ErrClosed.
type Session interface {
	// Next waits for a frame newer than the last one and returns it. The frame
	// is valid until the next call of Next; older frames that nobody asked for
	// are dropped.
	Next(ctx context.Context) (*Frame, error)
	// Torch switches the light, or returns ErrUnsupported.
	Torch(on bool) error
	// Close lets the camera go. A second Close does nothing.
	Close() error
}

// Player is a backend whose pictures can be asked for: a replay with named
// segments. The phone simulated on a PC answers the server's actions with it.
type Player interface {
	// Segments lists the names, sorted.
	Segments() []string
	// Play shows a segment once from the next frame on, then goes back to what
	// it showed before. It reports false when there is no such segment.
	Play(segment string) bool
}

// SettingsOpener is a backend of a system whose settings the app can open at
// its own page, where the person allows the camera after ErrDeniedForever.
type SettingsOpener interface {
	OpenSettings() error
}

// Frame is one picture as tight I420: Y has W×H bytes, U and V have
// ChromaSize each, rows without padding.
type Frame struct {
	W, H int
	// Rotation is how far the picture must be turned clockwise to stand
	// upright: 0, 90, 180 or 270 degrees.
	Rotation int
	// Mirror asks the preview to mirror, as people expect of a front camera.
	// The pixels here are never mirrored.
	Mirror bool
	// At is when the picture was taken, since the session began.
	At time.Duration
	// Seq counts the camera's frames; a gap means that frames were dropped.
	Seq     uint64
	Y, U, V []byte
}

// ChromaSize is the width and height of the U and V planes.
func (f *Frame) ChromaSize() (w, h int) { return (f.W + 1) / 2, (f.H + 1) / 2 }

// resize gives the frame w × h pixels, keeping its memory where that suffices.
func (f *Frame) resize(w, h int) {
	f.W, f.H = w, h
	cw, ch := f.ChromaSize()
	f.Y, f.U, f.V = room(f.Y, w*h), room(f.U, cw*ch), room(f.V, cw*ch)
}

func room(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// CopyTo makes dst an independent copy, reusing dst's memory.
func (f *Frame) CopyTo(dst *Frame) {
	dst.resize(f.W, f.H)
	dst.Rotation, dst.Mirror, dst.At, dst.Seq = f.Rotation, f.Mirror, f.At, f.Seq
	copy(dst.Y, f.Y)
	copy(dst.U, f.U)
	copy(dst.V, f.V)
}
