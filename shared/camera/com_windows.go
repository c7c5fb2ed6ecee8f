package camera

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// object is a COM object: a pointer to its table of methods. The numbers of
// the methods below are their places in mfobjects.h, mfidl.h, mfreadwrite.h.
type object struct{ methods *[64]uintptr }

const (
	methodRelease = 2 // IUnknown

	attributesGetUINT64 = 8 // IMFAttributes
	attributesGetGUID   = 10
	attributesSetGUID   = 24

	activateObject = 33 // IMFActivate

	sourceShutdown = 12 // IMFMediaSource

	readerNativeType  = 5 // IMFSourceReader
	readerCurrentType = 6
	readerSetType     = 7
	readerReadSample  = 9
	sampleContiguous  = 41 // IMFSample
	bufferLock        = 3  // IMFMediaBuffer
	bufferUnlock      = 4
	sourceReaderVideo = 0xFFFFFFFC // MF_SOURCE_READER_FIRST_VIDEO_STREAM
)

var (
	mfplat      = windows.NewLazySystemDLL("mfplat.dll")
	mf          = windows.NewLazySystemDLL("mf.dll")
	mfreadwrite = windows.NewLazySystemDLL("mfreadwrite.dll")

	mfStartup          = mfplat.NewProc("MFStartup")
	mfShutdown         = mfplat.NewProc("MFShutdown")
	mfCreateAttributes = mfplat.NewProc("MFCreateAttributes")
	mfEnumDevices      = mf.NewProc("MFEnumDeviceSources")
	mfCreateReader     = mfreadwrite.NewProc("MFCreateSourceReaderFromMediaSource")

	sourceType  = windows.GUID{Data1: 0xc60ac5fe, Data2: 0x252a, Data3: 0x478f, Data4: [8]byte{0xa0, 0xef, 0xbc, 0x8f, 0xa5, 0xf7, 0xca, 0xd3}}
	videoDevice = windows.GUID{Data1: 0x8ac3587a, Data2: 0x4ae7, Data3: 0x42d8, Data4: [8]byte{0x99, 0xe0, 0x0a, 0x60, 0x13, 0xee, 0xf9, 0x0f}}
	mediaSource = windows.GUID{Data1: 0x279a808d, Data2: 0xaec7, Data3: 0x40c8, Data4: [8]byte{0x9c, 0x6b, 0xa6, 0xb4, 0x92, 0xc7, 0x8a, 0x66}}
	typeSubtype = windows.GUID{Data1: 0xf7e34c9a, Data2: 0x42e8, Data3: 0x4714, Data4: [8]byte{0xb7, 0x4b, 0xcb, 0x29, 0xd7, 0x2c, 0x35, 0xe5}}
	typeSize    = windows.GUID{Data1: 0x1652c33d, Data2: 0xd6b2, Data3: 0x4012, Data4: [8]byte{0xb8, 0x34, 0x72, 0x03, 0x08, 0x49, 0xa3, 0x7d}}
)

// hresult is a failed COM call.
type hresult uint32

func (h hresult) Error() string { return fmt.Sprintf("HRESULT %#08x", uint32(h)) }

// Unwrap gives the failure the port's name (winerror.h, mferror.h).
func (h hresult) Unwrap() error {
	switch h {
	case 0x80070005: // E_ACCESSDENIED: switched off in Settings, Privacy, Camera
		return ErrDeniedForever
	case 0xC00D3704, 0xC00D3EA3: // HW_MFT_FAILED_START_STREAMING, DEVICE_PREEMPTED
		return ErrBusy
	case 0xC00D3EA2, 0x8007001F: // DEVICE_INVALIDATED, ERROR_GEN_FAILURE
		return ErrUnplugged
	}
	return nil
}

func check(r uintptr) error {
	if int32(r) < 0 {
		return hresult(r)
	}
	return nil
}

// call runs a method. Pointers among args must be converted in the call; the
// directive keeps what they point to in place until it returns.
//
//go:uintptrescapes
func (o *object) call(method int, args ...uintptr) error {
	all := append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)
	r, _, _ := syscall.SyscallN(o.methods[method], all...)
	return check(r)
}

// release lets an object go; nil is fine.
func (o *object) release() {
	if o != nil {
		_ = o.call(methodRelease) // returns a count, not a failure
	}
}
