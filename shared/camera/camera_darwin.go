package camera

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"github.com/ebitengine/purego/objc"
)

// System returns the cameras of AVFoundation, on macOS and iOS.
func System() Backend { return avFoundation{} }

type avFoundation struct{}

// mediaVideo is the value of AVMediaTypeVideo.
const mediaVideo = "vide"

// Permission asks the system without asking the person.
func (avFoundation) Permission() Permission {
	if _, err := frameworks(); err != nil {
		return Ask
	}
	status := objc.Send[int](class("AVCaptureDevice"), objc.RegisterName("authorizationStatusForMediaType:"), nsString(mediaVideo))
	switch status {
	case 1, 2: // restricted, denied: neither is asked again
		return DeniedForever
	case 3:
		return Granted
	}
	return Ask
}

// RequestPermission shows the system's question once in the app's life.
func (b avFoundation) RequestPermission(ctx context.Context) (Permission, error) {
	if p := b.Permission(); p != Ask {
		return p, p.Err()
	}
	if _, err := frameworks(); err != nil {
		return Ask, err
	}
	answered := make(chan struct{}, 1)
	block := objc.NewBlock(func(objc.Block, bool) { answered <- struct{}{} })
	send(class("AVCaptureDevice"), "requestAccessForMediaType:completionHandler:", nsString(mediaVideo), block)
	select {
	case <-answered:
		block.Release()
		p := b.Permission()
		return p, p.Err()
	case <-ctx.Done(): // the block stays: the system still holds the question
		return Ask, ctx.Err()
	}
}

// Open starts the camera that faces the way cfg asks, or the one there is.
func (b avFoundation) Open(ctx context.Context, cfg Config) (Session, error) {
	px, err := frameworks()
	if err != nil {
		return nil, fmt.Errorf("open camera: %w", err)
	}
	if p, err := b.RequestPermission(ctx); err != nil {
		return nil, fmt.Errorf("open camera (permission %d): %w", p, err)
	}
	device := findDevice(cfg.Facing)
	if device == 0 {
		return nil, fmt.Errorf("open camera: %w", ErrNone)
	}
	send(device, "retain")
	opened := make(chan error, 1)
	s := &avSession{device: device, fed: feed(func(stop <-chan struct{}, put func(*Frame)) error {
		defer send(device, "release")
		return runAV(px, device, cfg, opened, stop, put)
	})}
	if err := <-opened; err != nil {
		return nil, errors.Join(fmt.Errorf("open camera: %w", err), s.Close())
	}
	return s, nil
}

func findDevice(facing Facing) objc.ID {
	position := 1 // AVCaptureDevicePositionBack
	if facing == Front {
		position = 2
	}
	device := send(class("AVCaptureDevice"), "defaultDeviceWithDeviceType:mediaType:position:",
		nsString("AVCaptureDeviceTypeBuiltInWideAngleCamera"), nsString(mediaVideo), position)
	if device == 0 {
		device = send(class("AVCaptureDevice"), "defaultDeviceWithMediaType:", nsString(mediaVideo))
	}
	return device
}

// runAV holds a capture session from start to end. It is never on the main
// thread, which startRunning would block.
func runAV(px *pixels, device objc.ID, cfg Config, opened chan<- error, stop <-chan struct{}, put func(*Frame)) error {
	runtime.LockOSThread() // the pool belongs to a thread
	defer runtime.UnlockOSThread()
	pool := send(class("NSAutoreleasePool"), "new")
	defer send(pool, "drain")

	session, output := send(class("AVCaptureSession"), "new"), send(class("AVCaptureVideoDataOutput"), "new")
	defer send(session, "release")
	defer send(output, "release")
	if err := connect(session, device, output, cfg); err != nil {
		opened <- err
		return err
	}
	delegate, err := delegateClass()
	if err != nil {
		opened <- err
		return err
	}
	receiver := send(objc.ID(delegate), "new")
	defer send(receiver, "release")
	began := time.Now()
	frame := Frame{Mirror: cfg.Facing == Front}
	receivers.Store(receiver, func(sample uintptr) { // on the serial queue alone
		frame.Seq++
		frame.At = time.Since(began)
		if px.copyFrame(&frame, sample) == nil { // a torn frame is left out
			put(&frame)
		}
	})
	defer receivers.Delete(receiver)
	queue := objc.ID(px.queue("realname.camera", 0))
	defer send(queue, "release")
	send(output, "setSampleBufferDelegate:queue:", receiver, queue)
	defer send(output, "setSampleBufferDelegate:queue:", objc.ID(0), objc.ID(0))
	send(session, "startRunning")
	defer send(session, "stopRunning") // returns when no frame is on its way
	opened <- nil
	return watch(device, session, stop)
}

// connect joins camera and output: late frames discarded, 420f pixels.
func connect(session, device, output objc.ID, cfg Config) error {
	input := send(class("AVCaptureDeviceInput"), "deviceInputWithDevice:error:", device, unsafe.Pointer(nil))
	if input == 0 {
		return ErrBusy // the one reason left once permission is given
	}
	if !objc.Send[bool](session, objc.RegisterName("canAddInput:"), input) ||
		!objc.Send[bool](session, objc.RegisterName("canAddOutput:"), output) {
		return ErrUnsupported
	}
	w, h := cfg.size()
	preset := nsString("AVCaptureSessionPreset1280x720")
	if w*h <= 640*480 {
		preset = nsString("AVCaptureSessionPreset640x480")
	}
	send(session, "addInput:", input)
	if objc.Send[bool](session, objc.RegisterName("canSetSessionPreset:"), preset) {
		send(session, "setSessionPreset:", preset)
	}
	const fullRange = 0x34323066 // '420f'
	format := send(class("NSNumber"), "numberWithUnsignedInt:", uint32(fullRange))
	send(output, "setVideoSettings:",
		send(class("NSDictionary"), "dictionaryWithObject:forKey:", format, nsString("PixelFormatType")))
	send(output, "setAlwaysDiscardsLateVideoFrames:", true)
	send(session, "addOutput:", output)
	if runtime.GOOS == "ios" { // the app is locked to portrait; let the system turn
		connection := send(output, "connectionWithMediaType:", nsString(mediaVideo))
		const portrait = 1
		if connection != 0 && objc.Send[bool](connection, objc.RegisterName("isVideoOrientationSupported")) {
			send(connection, "setVideoOrientation:", portrait)
		}
	}
	return nil
}

// watch waits for the end: Close, or a camera that goes away.
func watch(device, session objc.ID, stop <-chan struct{}) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return ErrClosed
		case <-tick.C:
			if !objc.Send[bool](device, objc.RegisterName("isConnected")) ||
				!objc.Send[bool](session, objc.RegisterName("isRunning")) {
				return fmt.Errorf("read camera: %w", ErrUnplugged)
			}
		}
	}
}

type avSession struct {
	*fed
	device objc.ID
}

// Torch switches the light of a phone's back camera.
func (s *avSession) Torch(on bool) error {
	select {
	case <-s.closed:
		return ErrClosed
	default:
	}
	if !objc.Send[bool](s.device, objc.RegisterName("hasTorch")) {
		return ErrUnsupported
	}
	if !objc.Send[bool](s.device, objc.RegisterName("lockForConfiguration:"), unsafe.Pointer(nil)) {
		return fmt.Errorf("switch torch: %w", ErrBusy)
	}
	mode := 0
	if on {
		mode = 1
	}
	send(s.device, "setTorchMode:", mode)
	send(s.device, "unlockForConfiguration")
	return nil
}
