package flow

import (
	"cmp"
	"context"
	"errors"
	"image"
	"time"

	"realname.example/mobile/internal/capture"
	"realname.example/mobile/internal/scan"
	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// sendAgain is how long to wait before evidence is sent again, gatewayTries how
// often it is sent to a proxy whose server is away: a restart takes no longer.
const (
	sendAgain    = 2 * time.Second
	gatewayTries = 15
)

// Stop lets the camera go.
func (f *Flow) Stop() {
	f.mu.Lock()
	stop := f.stop
	f.stop = nil
	f.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// film opens a camera and closes it after use. Whoever filmed before is stopped
// and has closed its camera when this one opens.
func (f *Flow) film(ctx context.Context, facing camera.Facing, use func(context.Context, camera.Session) error) error {
	return f.filmAt(ctx, camera.Config{Facing: facing, W: 640, H: 480}, use)
}

// filmAt is film with the size that is wanted.
func (f *Flow) filmAt(ctx context.Context, cfg camera.Config, use func(context.Context, camera.Session) error) error {
	filming, cancel := context.WithCancel(ctx)
	defer cancel()
	f.mu.Lock()
	before := f.stop
	f.stop = cancel
	f.mu.Unlock()
	if before != nil {
		before()
	}
	f.camera.Lock()
	defer f.camera.Unlock()
	f.mark(&f.filming, true)
	defer f.mark(&f.filming, false)
	if err := f.allow(filming); err != nil {
		return err
	}
	session, err := f.cfg.Camera.Open(filming, cfg)
	if err != nil {
		return err
	}
	f.aim(session)
	defer f.aim(nil)
	return errors.Join(use(filming, session), session.Close())
}

func (f *Flow) aim(session camera.Session) {
	f.mu.Lock()
	f.lens = session
	f.mu.Unlock()
}

// Light switches the torch while scanning, where the camera has one.
func (f *Flow) Light(on bool) {
	f.mu.Lock()
	lens := f.lens
	f.mu.Unlock()
	if lens == nil {
		return
	}
	torch := TorchOff
	if on {
		torch = TorchOn
	}
	if err := lens.Torch(on); err != nil {
		torch = "" // it has none, or lost it
	}
	f.set(func(s *State) { s.Torch = torch })
}

// allow asks the person for the camera where that is still to be done.
func (f *Flow) allow(ctx context.Context) error {
	if f.cfg.Camera.Permission() == camera.Granted {
		return nil
	}
	f.mark(&f.asking, true)
	defer f.mark(&f.asking, false)
	p, err := f.cfg.Camera.RequestPermission(ctx)
	if err != nil {
		return err
	}
	return p.Err()
}

func (f *Flow) mark(what *bool, on bool) {
	f.mu.Lock()
	*what = on
	f.mu.Unlock()
}

// Scan opens the camera and looks for a code until it finds one of ours or is
// stopped. Of a code that is not ours it says so and opens nothing.
func (f *Flow) Scan(ctx context.Context) { f.scan(ctx, "") }

// scan is Scan with something to say above the picture.
func (f *Flow) scan(ctx context.Context, n Notice) {
	f.set(func(s *State) { *s = State{Stage: Scanning, Notice: n} })
	found := ""
	err := f.film(ctx, camera.Back, func(ctx context.Context, session camera.Session) error {
		scanner := scan.New()
		f.Light(false) // says whether there is one
		for {
			frame, err := session.Next(ctx)
			if err != nil {
				return err
			}
			f.cfg.Picture(frame)
			text, ok := scanner.Scan(scan.Plane{Pix: frame.Y, W: frame.W, H: frame.H, Stride: frame.W})
			if !ok {
				continue
			}
			if _, err := handoff.Parse(text); err != nil {
				if f.State().Notice != noticeOf(err) {
					f.Scanned(ctx, text)
				}
				continue
			}
			found = text
			return nil
		}
	})
	switch {
	case found != "":
		f.Scanned(ctx, found)
	case err != nil && !stopped(err):
		f.set(func(s *State) { s.Err, s.Torch = err, "" })
	}
}

// stopped reports whether the person ended the camera, not a fault.
func stopped(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, camera.ErrClosed)
}

// Picture looks for a code in a picture from a file.
func (f *Flow) Picture(ctx context.Context, img image.Image) {
	f.Stop()
	text, ok := scan.ScanImage(img)
	if !ok {
		f.set(func(s *State) { s.Notice = NoCode })
		return
	}
	f.Scanned(ctx, text)
}

// Capture asks for a challenge, takes the pictures and sends them. Whatever
// goes wrong leads back to Ready with the sentence that helps.
func (f *Flow) Capture(ctx context.Context) {
	f.mu.Lock()
	phone := f.phone
	ready := f.state.Stage == Ready
	f.mu.Unlock()
	if phone == nil || !ready {
		return
	}
	f.set(func(s *State) { s.Stage, s.Notice, s.Err, s.Capture = Capturing, "", nil, capture.Progress{} })
	taken, err := f.record(ctx, phone)
	if taken.stream != nil {
		defer taken.stream.Close()
	}
	if err != nil {
		f.again(ctx, phone, err)
		return
	}
	f.send(ctx, phone, taken)
}

// evidence is one capture, which the stream has sent but for the manifest.
type evidence struct {
	stream   Stream
	manifest []byte
	frames   [][]byte
}

// record runs the camera through one challenge. What the server says to the
// pictures meanwhile ends it.
func (f *Flow) record(ctx context.Context, phone Phone) (taken evidence, err error) {
	err = f.film(ctx, camera.Front, func(filming context.Context, session camera.Session) error {
		told := capture.Progress{}
		r := capture.Recorder{Source: session, Faces: f.cfg.Faces, Show: f.cfg.Picture, Tell: func(p capture.Progress) {
			if p == told {
				return
			}
			moved := p.Action != told.Action && p.Action != ""
			told = p
			f.set(func(s *State) { s.Capture = p })
			if moved {
				// For display on the PC only: a lost one is no loss.
				go phone.Progress(ctx, api.Progress{Step: verification.StepAction, Action: p.Action, ActionsDone: p.Done}) //nolint:errcheck // see above
			}
		}}
		if player, ok := f.cfg.Camera.(camera.Player); ok {
			r.Play = player.Play
		}
		rate, err := r.Settle(filming)
		if err != nil {
			return err
		}
		challenge, err := phone.Challenge(filming, api.ChallengeRequest{FramesPerSecond: rate, Light: !f.State().Unlit})
		if err != nil {
			return err
		}
		taken.stream = phone.Stream(ctx)
		r.Taken = taken.stream.Frame
		recording, refused := refusable(filming, taken.stream)
		taken.manifest, taken.frames, err = r.Record(recording, f.cfg.Memory.Key(), challenge)
		return cmp.Or(refused(), err)
	})
	return taken, err
}

// refusable is a context that ends where the server refuses what is streamed to
// it. Refused ends it too, and returns the refusal, if there was one.
func refusable(ctx context.Context, s Stream) (recording context.Context, refused func() error) {
	recording, cancel := context.WithCancel(ctx)
	said := make(chan error, 1)
	go func() {
		defer close(said)
		select {
		case err := <-s.Refused():
			said <- err
			cancel()
		case <-recording.Done():
		}
	}()
	return recording, func() error {
		cancel()
		return <-said
	}
}

// again goes back to Ready and tells the PC of a blocked camera.
func (f *Flow) again(ctx context.Context, phone Phone, err error) {
	f.set(func(s *State) {
		if s.Stage == Capturing || s.Stage == Sending {
			s.Stage = Ready
		}
		if f.interrupted && stopped(err) {
			s.Notice = Interrupted
		}
		s.Offline = false // what is wrong is said by the error
		f.interrupted = false
	})
	switch {
	case stopped(err):
	case CameraFault(err):
		f.set(func(s *State) { s.Err = err })
		if told := phone.Progress(ctx, api.Progress{Step: verification.StepCameraBlocked}); told != nil {
			return // for display on the PC only
		}
	default:
		f.failed(phone, err)
	}
}

// CameraFault reports whether an error is the camera's.
func CameraFault(err error) bool {
	for _, fault := range []error{
		camera.ErrDenied, camera.ErrDeniedForever, camera.ErrNone,
		camera.ErrBusy, camera.ErrUnplugged, camera.ErrUnsupported, camera.ErrTooOld,
	} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}

// send uploads the evidence and keeps trying while the server is out of reach. A
// foreign answer is said, and ends it where only a person can help.
func (f *Flow) send(ctx context.Context, phone Phone, e evidence) {
	f.set(func(s *State) { s.Stage, s.Sent, s.Total = Sending, 0, 0 })
	if err := phone.Progress(ctx, api.Progress{Step: verification.StepSending}); err != nil {
		f.set(func(s *State) { s.Offline = true })
	}
	sent := func(done, total int64) { f.set(func(s *State) { s.Sent, s.Total = done, total }) }
	for tries := 1; ; tries++ {
		v, err := e.try(ctx, phone, tries, sent)
		var unreachable *client.UnreachableError
		var foreign *client.ForeignError
		proxied := errors.As(err, &foreign)
		switch {
		case err == nil:
			f.set(func(s *State) { s.Err = nil })
			f.show(phone, v)
			return
		case !errors.As(err, &unreachable), client.Lasting(err), proxied && tries >= gatewayTries:
			f.again(ctx, phone, err)
			return
		}
		f.set(func(s *State) {
			s.Offline, s.Err = !proxied, nil
			if proxied {
				s.Err = err
			}
		})
		if f.cfg.Wait(ctx, sendAgain) != nil || f.State().Stage != Sending {
			return
		}
	}
}

// try ends the stream; if that came to nothing, it sends all in one.
func (e evidence) try(ctx context.Context, phone Phone, tries int, sent func(done, total int64)) (api.PhoneView, error) {
	if tries == 1 {
		return e.stream.Finish(ctx, e.manifest, sent)
	}
	return phone.Evidence(ctx, e.manifest, e.frames, sent)
}
