package camera

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// System returns the cameras of Media Foundation.
func System() Backend { return mediaFoundation{} }

type mediaFoundation struct{}

// Permission is Windows's own switch, which shows only at Open.
func (mediaFoundation) Permission() Permission { return Granted }

// RequestPermission has nobody to ask: desktop programs get no question.
func (mediaFoundation) RequestPermission(context.Context) (Permission, error) { return Granted, nil }

// Open starts the first camera; Facing says nothing here. COM objects live on
// the thread of the reading goroutine, so opening happens there too.
func (mediaFoundation) Open(ctx context.Context, cfg Config) (Session, error) {
	opened := make(chan error, 1)
	s := &mfSession{fed: feed(func(stop <-chan struct{}, put func(*Frame)) error {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		return runMF(cfg, opened, stop, put)
	})}
	select {
	case err := <-opened:
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open camera: %w", err), s.Close())
		}
		return s, nil
	case <-ctx.Done():
		go s.Close() //nolint:errcheck // the driver may take its time; Close cannot fail
		return nil, ctx.Err()
	}
}

type mfSession struct{ *fed }

// Torch is nothing that webcams have.
func (*mfSession) Torch(bool) error { return ErrUnsupported }

// runMF holds Media Foundation from start to end of a session.
func runMF(cfg Config, opened chan<- error, stop <-chan struct{}, put func(*Frame)) error {
	if err := windows.CoInitializeEx(0, windows.COINIT_MULTITHREADED); err != nil {
		// S_FALSE comes as an error too and means that the thread has it already.
		if !errors.Is(err, windows.Errno(windows.S_FALSE)) {
			opened <- err
			return err
		}
	}
	defer windows.CoUninitialize()
	const version, noSocket = 0x00020070, 1
	if err := mfplat.Load(); err != nil { // Windows N without the media feature pack
		err = fmt.Errorf("%w: %w", ErrUnsupported, err)
		opened <- err
		return err
	}
	if r, _, _ := mfStartup.Call(version, noSocket); check(r) != nil {
		opened <- check(r)
		return check(r)
	}
	defer mfShutdown.Call() //nolint:errcheck // the process goes on without
	reader, source, m, err := openReader(cfg)
	opened <- err
	if err != nil {
		return err
	}
	defer source.release()
	defer source.call(sourceShutdown) //nolint:errcheck // nothing is left to do
	defer reader.release()
	return readMF(reader, m, cfg.Facing == Front, stop, put)
}

// openReader starts the first camera that opens, in the mode nearest to cfg.
func openReader(cfg Config) (reader, source *object, m mode, err error) {
	devices, err := listDevices()
	if err != nil {
		return nil, nil, mode{}, err
	}
	err = ErrNone
	for _, device := range devices {
		if reader == nil {
			var failed error
			if reader, source, m, failed = openDevice(device, cfg); failed != nil {
				err = failed
			}
		}
		device.release()
	}
	if reader == nil {
		return nil, nil, mode{}, err
	}
	return reader, source, m, nil
}

func listDevices() ([]*object, error) {
	var attributes *object
	if r, _, _ := mfCreateAttributes.Call(uintptr(unsafe.Pointer(&attributes)), 1); check(r) != nil {
		return nil, check(r)
	}
	defer attributes.release()
	err := attributes.call(attributesSetGUID, uintptr(unsafe.Pointer(&sourceType)), uintptr(unsafe.Pointer(&videoDevice)))
	if err != nil {
		return nil, err
	}
	var list **object
	var count uint32
	r, _, _ := mfEnumDevices.Call(uintptr(unsafe.Pointer(attributes)), uintptr(unsafe.Pointer(&list)), uintptr(unsafe.Pointer(&count)))
	if err := check(r); err != nil {
		return nil, err
	}
	if count == 0 || list == nil {
		return nil, ErrNone
	}
	defer windows.CoTaskMemFree(unsafe.Pointer(list))
	return append([]*object(nil), unsafe.Slice(list, count)...), nil
}

func openDevice(device *object, cfg Config) (reader, source *object, m mode, err error) {
	if err := device.call(activateObject, uintptr(unsafe.Pointer(&mediaSource)), uintptr(unsafe.Pointer(&source))); err != nil {
		return nil, nil, mode{}, err
	}
	r, _, _ := mfCreateReader.Call(uintptr(unsafe.Pointer(source)), 0, uintptr(unsafe.Pointer(&reader)))
	if err = check(r); err == nil {
		m, err = setMode(reader, cfg)
	}
	if err != nil {
		reader.release()
		_ = source.call(sourceShutdown) // the first error is the one to tell
		source.release()
		return nil, nil, mode{}, err
	}
	return reader, source, m, nil
}

// setMode picks among the camera's own picture types.
func setMode(reader *object, cfg Config) (mode, error) {
	var offers []mode
	var types []*object
	defer func() {
		for _, t := range types {
			t.release()
		}
	}()
	for i := uintptr(0); i < 500; i++ { // a driver that never says "no more" must end too
		var t *object
		if err := reader.call(readerNativeType, sourceReaderVideo, i, uintptr(unsafe.Pointer(&t))); err != nil {
			break
		}
		types = append(types, t)
		offers = append(offers, modeOf(t))
	}
	w, h := cfg.size()
	best, ok := nearestMode(offers, w, h)
	if !ok {
		return mode{}, fmt.Errorf("picture formats: %w", ErrUnsupported)
	}
	for i, m := range offers {
		if m == best {
			return best, reader.call(readerSetType, sourceReaderVideo, 0, uintptr(unsafe.Pointer(types[i])))
		}
	}
	return mode{}, ErrUnsupported
}

// modeOf reads a picture type; what cannot be read is no mode that is used.
func modeOf(t *object) mode {
	var subtype windows.GUID
	var size uint64
	if t.call(attributesGetGUID, uintptr(unsafe.Pointer(&typeSubtype)), uintptr(unsafe.Pointer(&subtype))) != nil ||
		t.call(attributesGetUINT64, uintptr(unsafe.Pointer(&typeSize)), uintptr(unsafe.Pointer(&size))) != nil {
		return mode{}
	}
	m := mode{subtype.Data1, int(size >> 32), int(size & 0xffffffff)}
	if m.format == fourCC("YUY2") { // the same bytes under another name
		m.format = fourCC("YUYV")
	}
	return m
}

// currentMode is what the camera sends now: a driver may change it.
func currentMode(reader *object) (mode, error) {
	var t *object
	if err := reader.call(readerCurrentType, sourceReaderVideo, uintptr(unsafe.Pointer(&t))); err != nil {
		return mode{}, err
	}
	defer t.release()
	m := modeOf(t)
	if m.w < 1 || m.h < 1 {
		return mode{}, ErrUnsupported
	}
	return m, nil
}

// readMF hands on frames until stop closes or the camera fails.
func readMF(reader *object, m mode, mirror bool, stop <-chan struct{}, put func(*Frame)) error {
	const failed, endOfStream, typeChanged = 0x1, 0x2, 0x20 // MF_SOURCE_READER_FLAG
	began := time.Now()
	frame := Frame{Mirror: mirror}
	for bad := 0; bad < 30; {
		select {
		case <-stop:
			return ErrClosed
		default:
		}
		var flags uint32
		var sample *object
		err := reader.call(readerReadSample, sourceReaderVideo, 0, 0, uintptr(unsafe.Pointer(&flags)), 0, uintptr(unsafe.Pointer(&sample)))
		if err != nil {
			return fmt.Errorf("read frame: %w", err)
		}
		if flags&(failed|endOfStream) != 0 {
			sample.release()
			return fmt.Errorf("stream ended (%#x): %w", flags, ErrUnplugged)
		}
		if flags&typeChanged != 0 {
			if m, err = currentMode(reader); err != nil {
				sample.release()
				return fmt.Errorf("read changed picture type: %w", err)
			}
		}
		if sample == nil {
			continue // a gap in the stream
		}
		frame.Seq++
		frame.At = time.Since(began)
		err = copySample(&frame, sample, m)
		sample.release()
		if err != nil {
			bad++
			continue
		}
		bad = 0
		put(&frame)
	}
	return fmt.Errorf("frames unreadable: %w", ErrUnplugged)
}

func copySample(f *Frame, sample *object, m mode) error {
	var buffer *object
	if err := sample.call(sampleContiguous, uintptr(unsafe.Pointer(&buffer))); err != nil {
		return err
	}
	defer buffer.release()
	var data *byte
	var length uint32
	err := buffer.call(bufferLock, uintptr(unsafe.Pointer(&data)), 0, uintptr(unsafe.Pointer(&length)))
	if err != nil {
		return err
	}
	defer buffer.call(bufferUnlock) //nolint:errcheck // the buffer is let go next
	return m.convert(f, unsafe.Slice(data, length))
}
