package camera

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"
	"time"
)

// System returns the browser's cameras by getUserMedia. The page must come by
// https or from localhost; elsewhere browsers hide the function.
func System() Backend { return &browser{} }

type browser struct{ state Permission }

// Permission is what the last request said: the browser answers only later.
func (b *browser) Permission() Permission { return b.state }

// RequestPermission lets the browser ask and lets the camera go again.
func (b *browser) RequestPermission(ctx context.Context) (Permission, error) {
	stream, err := userMedia(ctx, Config{})
	switch {
	case err == nil:
		stopTracks(stream)
		b.state = Granted
	case errors.Is(err, ErrDeniedForever):
		b.state = DeniedForever
	case errors.Is(err, ErrDenied):
		b.state = Denied
	}
	return b.state, err
}

// Open asks for permission too, if it is still to be asked.
func (b *browser) Open(ctx context.Context, cfg Config) (Session, error) {
	stream, err := userMedia(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open camera: %w", err)
	}
	b.state = Granted
	video := js.Global().Get("document").Call("createElement", "video")
	for _, name := range []string{"muted", "autoplay", "playsInline"} {
		video.Set(name, true)
	}
	video.Set("srcObject", stream)
	if _, err := await(ctx, video.Call("play")); err != nil {
		stopTracks(stream)
		return nil, fmt.Errorf("start video: %w", err)
	}
	track := stream.Call("getVideoTracks").Index(0)
	s := &browserSession{track: track}
	s.fed = feed(func(stop <-chan struct{}, put func(*Frame)) error {
		defer stopTracks(stream)
		return readVideo(video, track, cfg.Facing == Front, stop, put)
	})
	return s, nil
}

type browserSession struct {
	*fed
	track js.Value
}

// Torch works where the track has the capability, which phones' back cameras
// in Chromium do.
func (s *browserSession) Torch(on bool) error {
	if s.track.Get("getCapabilities").Type() != js.TypeFunction ||
		!s.track.Call("getCapabilities").Get("torch").Truthy() {
		return ErrUnsupported
	}
	want := map[string]any{"advanced": []any{map[string]any{"torch": on}}}
	if _, err := await(context.Background(), s.track.Call("applyConstraints", want)); err != nil {
		return fmt.Errorf("switch torch: %w", err)
	}
	return nil
}

func userMedia(ctx context.Context, cfg Config) (js.Value, error) {
	devices := js.Global().Get("navigator").Get("mediaDevices")
	if !devices.Truthy() {
		return js.Value{}, fmt.Errorf("page is not served by https: %w", ErrUnsupported)
	}
	w, h := cfg.size()
	facing := "environment"
	if cfg.Facing == Front {
		facing = "user"
	}
	// Where a camera has no such size, Chromium cuts a larger one to these proportions.
	// That is wanted: the sides of a wide picture are no part of the oval.
	ideal := func(v any) map[string]any { return map[string]any{"ideal": v} }
	stream, err := await(ctx, devices.Call("getUserMedia", map[string]any{
		"audio": false,
		"video": map[string]any{"facingMode": ideal(facing), "width": ideal(w), "height": ideal(h)},
	}))
	if errors.Is(err, ErrDenied) && deniedForGood(ctx) {
		err = fmt.Errorf("%w: %w", ErrDeniedForever, err)
	}
	return stream, err
}

// deniedForGood asks the browser whether it would ask the person again.
func deniedForGood(ctx context.Context) bool {
	permissions := js.Global().Get("navigator").Get("permissions")
	if !permissions.Truthy() {
		return false
	}
	status, err := await(ctx, permissions.Call("query", map[string]any{"name": "camera"}))
	return err == nil && status.Get("state").String() == "denied"
}

func stopTracks(stream js.Value) {
	tracks := stream.Call("getTracks")
	for i := 0; i < tracks.Length(); i++ {
		tracks.Index(i).Call("stop")
	}
}

// await waits for a promise. When ctx ends first and the promise later brings
// a stream, the stream is stopped, so that no camera stays on.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type result struct {
		value js.Value
		err   error
	}
	done := make(chan result, 1)
	var then, catch js.Func
	free := func() { then.Release(); catch.Release() }
	then = js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer free()
		value := js.Undefined()
		if len(args) > 0 {
			value = args[0]
		}
		if ctx.Err() != nil && value.Type() == js.TypeObject && value.Get("getTracks").Truthy() {
			stopTracks(value)
		}
		done <- result{value: value}
		return nil
	})
	catch = js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer free()
		done <- result{err: browserError(args[0])}
		return nil
	})
	promise.Call("then", then, catch)
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return js.Value{}, ctx.Err()
	}
}

// browserError gives a DOMException the port's name (Media Capture and
// Streams, section 10.2).
func browserError(e js.Value) error {
	if e.Type() != js.TypeObject {
		return errors.New("the browser gave no reason")
	}
	text := e.Get("name").String() + ": " + e.Get("message").String()
	switch e.Get("name").String() {
	case "NotAllowedError", "SecurityError":
		return fmt.Errorf("%w: %s", ErrDenied, text)
	case "NotFoundError", "OverconstrainedError":
		return fmt.Errorf("%w: %s", ErrNone, text)
	case "NotReadableError", "AbortError":
		return fmt.Errorf("%w: %s", ErrBusy, text)
	}
	return errors.New(text)
}

// videoPause is how long to wait for the browser to announce a frame. It stops
// announcing for a page in the background; the look at the video's own time
// then finds whatever came.
const videoPause = 200 * time.Millisecond

// readVideo draws each new picture of the video to a canvas and hands it on.
func readVideo(video, track js.Value, mirror bool, stop <-chan struct{}, put func(*Frame)) error {
	canvas := js.Global().Get("document").Call("createElement", "canvas")
	pen := canvas.Call("getContext", "2d", map[string]any{"willReadFrequently": true})
	announced := make(chan struct{}, 1)
	announce := js.FuncOf(func(js.Value, []js.Value) any {
		select {
		case announced <- struct{}{}:
		default:
		}
		return nil
	})
	// A call that the browser still owes finds a released function and does
	// nothing but log, so the video is told to forget it by losing its source.
	defer announce.Release()
	defer video.Set("srcObject", js.Null())
	direct := video.Get("requestVideoFrameCallback").Type() == js.TypeFunction
	began, shown := time.Now(), -1.0
	frame := Frame{Mirror: mirror}
	var pix []byte
	for {
		var handle js.Value
		if direct {
			handle = video.Call("requestVideoFrameCallback", announce)
		} else {
			handle = js.Global().Call("requestAnimationFrame", announce)
		}
		timer := time.NewTimer(videoPause)
		ended := false
		select {
		case <-stop:
			ended = true
		case <-announced:
		case <-timer.C:
		}
		timer.Stop()
		if direct {
			video.Call("cancelVideoFrameCallback", handle)
		} else {
			js.Global().Call("cancelAnimationFrame", handle)
		}
		if ended {
			return ErrClosed
		}
		if track.Get("readyState").String() == "ended" {
			return fmt.Errorf("read video: %w", ErrUnplugged)
		}
		now := video.Get("currentTime").Float()
		w, h := video.Get("videoWidth").Int(), video.Get("videoHeight").Int()
		if now == shown || checkSize(w, h) != nil {
			continue
		}
		shown = now
		if canvas.Get("width").Int() != w || canvas.Get("height").Int() != h {
			canvas.Set("width", w) // a phone that is turned changes the size
			canvas.Set("height", h)
		}
		pen.Call("drawImage", video, 0, 0)
		pix = room(pix, 4*w*h)
		js.CopyBytesToGo(pix, pen.Call("getImageData", 0, 0, w, h).Get("data"))
		frame.resize(w, h)
		fromRGBA(&frame, pix, 4*w)
		frame.Seq++
		frame.At = time.Since(began)
		put(&frame)
	}
}
