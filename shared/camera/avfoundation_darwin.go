package camera

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
)

// pixels are the functions of CoreMedia and CoreVideo that read a frame.
type pixels struct {
	image  func(sample uintptr) uintptr
	lock   func(buffer uintptr, flags uint64) int32
	unlock func(buffer uintptr, flags uint64) int32
	width  func(buffer uintptr) uintptr
	height func(buffer uintptr) uintptr
	base   func(buffer uintptr, plane uintptr) unsafe.Pointer
	stride func(buffer uintptr, plane uintptr) uintptr
	rows   func(buffer uintptr, plane uintptr) uintptr
	queue  func(label string, attributes uintptr) uintptr
}

// frameworks loads what the camera needs, once: the classes exist only after.
var frameworks = sync.OnceValues(func() (*pixels, error) {
	var p pixels
	for _, lib := range []struct {
		path  string
		funcs map[string]any
	}{
		{"/System/Library/Frameworks/AVFoundation.framework/AVFoundation", nil},
		{"/System/Library/Frameworks/CoreMedia.framework/CoreMedia", map[string]any{
			"CMSampleBufferGetImageBuffer": &p.image,
		}},
		{"/System/Library/Frameworks/CoreVideo.framework/CoreVideo", map[string]any{
			"CVPixelBufferLockBaseAddress":       &p.lock,
			"CVPixelBufferUnlockBaseAddress":     &p.unlock,
			"CVPixelBufferGetWidth":              &p.width,
			"CVPixelBufferGetHeight":             &p.height,
			"CVPixelBufferGetBaseAddressOfPlane": &p.base,
			"CVPixelBufferGetBytesPerRowOfPlane": &p.stride,
			"CVPixelBufferGetHeightOfPlane":      &p.rows,
		}},
		{"/usr/lib/libSystem.B.dylib", map[string]any{"dispatch_queue_create": &p.queue}},
	} {
		handle, err := purego.Dlopen(lib.path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		for name, fn := range lib.funcs {
			purego.RegisterLibFunc(fn, handle, name)
		}
	}
	return &p, nil
})

// copyFrame fills f from a sample buffer of two planes (420f).
func (p *pixels) copyFrame(f *Frame, sample uintptr) error {
	const readOnly = 1
	buffer := p.image(sample)
	if buffer == 0 || p.lock(buffer, readOnly) != 0 {
		return errShort
	}
	defer p.unlock(buffer, readOnly)
	var planes [2][]byte
	var strides [2]int
	for i := range planes {
		base, stride, rows := p.base(buffer, uintptr(i)), p.stride(buffer, uintptr(i)), p.rows(buffer, uintptr(i))
		if base == nil {
			return errShort
		}
		planes[i], strides[i] = unsafe.Slice((*byte)(base), stride*rows), int(stride)
	}
	return fromPlanes(f, planes[0], strides[0], planes[1], strides[1], int(p.width(buffer)), int(p.height(buffer)), false)
}

// receivers finds what a delegate object's frames are for.
var receivers sync.Map // objc.ID to func(sample uintptr)

// delegateClass is the Objective-C class that the frames are sent to.
var delegateClass = sync.OnceValues(func() (objc.Class, error) {
	return objc.RegisterClass("RealnameCameraDelegate", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{{
		Cmd: objc.RegisterName("captureOutput:didOutputSampleBuffer:fromConnection:"),
		Fn: func(self objc.ID, _ objc.SEL, _ objc.ID, sample uintptr, _ objc.ID) {
			if receive, ok := receivers.Load(self); ok {
				receive.(func(uintptr))(sample)
			}
		},
	}})
})

func send(id objc.ID, selector string, args ...any) objc.ID {
	return id.Send(objc.RegisterName(selector), args...)
}

func class(name string) objc.ID { return objc.ID(objc.GetClass(name)) }

func nsString(s string) objc.ID { return send(class("NSString"), "stringWithUTF8String:", s+"\x00") }
