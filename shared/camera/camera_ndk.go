//go:build android || ndk

package camera

/*
#cgo CFLAGS: -D_GNU_SOURCE
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "cam.h"
*/
import "C"

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unsafe"
)

// The tag ndk compiles this file on Linux too, where the tests give it fake
// libraries (fakendk) instead of a phone's.

// ndkCameras are a phone's cameras through the NDK.
type ndkCameras struct {
	load   func() error
	person *person
	turn   func() int // degrees of the display, see upright
	silent int        // looks without a frame that mean a lost camera
}

// newNDK returns the cameras of two libraries, which are looked for when they
// are needed first. A process has room for one pair.
func newNDK(camera, media string, q Question, turn func() int) *ndkCameras {
	load := sync.OnceValue(func() error {
		c, m := C.CString(camera), C.CString(media)
		defer C.free(unsafe.Pointer(c))
		defer C.free(unsafe.Pointer(m))
		return ndkError(C.cam_load(c, m))
	})
	return &ndkCameras{load: load, person: &person{Question: q, pause: pause}, turn: turn, silent: ndkSilent}
}

// ndkError gives a status of cam.h the port's name.
func ndkError(status C.int) error {
	switch status {
	case C.CAM_OK:
		return nil
	case C.CAM_NONE:
		return ErrNone
	case C.CAM_DENIED:
		return ErrDenied
	case C.CAM_BUSY:
		return ErrBusy
	case C.CAM_GONE:
		return ErrUnplugged
	case C.CAM_OLD:
		return ErrTooOld
	}
	return ErrUnsupported
}

// Permission says where things stand, without asking.
func (n *ndkCameras) Permission() Permission { return n.person.permission() }

// RequestPermission shows the system's question.
func (n *ndkCameras) RequestPermission(ctx context.Context) (Permission, error) {
	if err := n.load(); err != nil {
		return Ask, fmt.Errorf("ask for the camera: %w", err)
	}
	return n.person.ask(ctx)
}

// Open starts the camera that faces as cfg says, or the one there is.
func (n *ndkCameras) Open(ctx context.Context, cfg Config) (Session, error) {
	if err := n.load(); err != nil {
		return nil, fmt.Errorf("open camera: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w, h := cfg.size()
	front := C.int(0)
	if cfg.Facing == Front {
		front = 1
	}
	var cam *C.struct_cam
	var facts C.struct_cam_facts
	if err := ndkError(C.cam_open(front, C.int32_t(w), C.int32_t(h), &cam, &facts)); err != nil {
		return nil, fmt.Errorf("open camera: %w", err)
	}
	s := &ndkSession{torch: make(chan torchCall), silent: n.silent}
	s.fed = feed(func(stop <-chan struct{}, put func(*Frame)) error {
		defer C.cam_close(cam)
		frame := &Frame{Rotation: upright(int(facts.rotation), n.turn(), facts.front == 1), Mirror: facts.front == 1}
		frame.resize(int(facts.width), int(facts.height))
		return s.read(cam, frame, stop, put)
	})
	return s, nil
}

// ndkSession is one open camera. All calls of it come from the feeding goroutine.
type ndkSession struct {
	*fed
	torch  chan torchCall
	silent int
}

type torchCall struct {
	on   C.int
	done chan<- error
}

// Torch switches the light between two frames.
func (s *ndkSession) Torch(on bool) error {
	done := make(chan error, 1)
	call := torchCall{done: done}
	if on {
		call.on = 1
	}
	select {
	case s.torch <- call:
		return <-done
	case <-s.ended:
		return ErrClosed
	}
}

const (
	// ndkWait is how long one look for a frame takes at most, in milliseconds,
	// and with it Close and Torch on a camera that gives none.
	ndkWait = 50
	// ndkSilent looks without a frame mean that the camera is gone: 5 s.
	ndkSilent = 5000 / ndkWait
)

// read hands on frames until stop closes or the camera fails.
func (s *ndkSession) read(cam *C.struct_cam, frame *Frame, stop <-chan struct{}, put func(*Frame)) error {
	began, quiet := int64(0), 0
	for {
		select {
		case <-stop:
			return ErrClosed
		case call := <-s.torch:
			call.done <- ndkError(C.cam_torch(cam, call.on))
		default:
		}
		var taken C.int64_t
		status := C.cam_next(cam, ndkWait, bytePointer(frame.Y), bytePointer(frame.U), bytePointer(frame.V), &taken)
		if status == C.CAM_WAIT {
			if quiet++; quiet == s.silent {
				return fmt.Errorf("no frame for %d ms: %w", ndkWait*s.silent, ErrUnplugged)
			}
			continue
		}
		if err := ndkError(status); err != nil {
			return fmt.Errorf("read camera: %w", err)
		}
		quiet = 0
		if began == 0 {
			began = int64(taken)
		}
		frame.Seq++
		frame.At = time.Duration(int64(taken) - began)
		put(frame)
	}
}

func bytePointer(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&b[0])) }
