package flow

import (
	"context"
	"errors"

	"realname.example/shared/camera"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// A picture of a card has to be readable, so it is larger than those of a scan.
const (
	pictureWide = 1920
	pictureHigh = 1080
	maxPicture  = 2 << 20
)

// Aim opens the camera for the picture that comes next, until the person shoots or
// stops it.
func (f *Flow) Aim(ctx context.Context) {
	s := f.State()
	if s.Stage != Posing || s.Wanted() == "" {
		return
	}
	select {
	case <-f.shoot: // from before
	default:
	}
	f.set(func(s *State) { s.Stage, s.Notice, s.Err, s.Taken = Aiming, "", nil, "" })
	facing := camera.Back
	if s.Wanted() == verification.Selfie {
		facing = camera.Front
	}
	var taken []byte
	err := f.filmAt(ctx, camera.Config{Facing: facing, W: pictureWide, H: pictureHigh}, func(ctx context.Context, session camera.Session) error {
		for {
			frame, err := session.Next(ctx)
			if err != nil {
				return err
			}
			f.cfg.Picture(frame)
			select {
			case <-f.shoot:
				taken, err = camera.EncodeJPEG(frame, pictureWide, maxPicture)
				return err
			default:
			}
		}
	})
	switch {
	case taken != nil:
		f.Took(taken)
	case err != nil:
		f.set(func(s *State) {
			s.Stage = Posing
			if !stopped(err) {
				s.Err = err
			}
		})
	}
}

// Shoot presses the shutter.
func (f *Flow) Shoot() {
	select {
	case f.shoot <- struct{}{}:
	default:
	}
}

// Took shows a picture that was taken, or chosen from a file, before it is sent.
func (f *Flow) Took(image []byte) {
	f.set(func(s *State) {
		if s.Stage == Aiming || s.Stage == Posing {
			s.Stage, s.Taken, s.Err = Shown, string(image), nil
		}
	})
}

// Again drops the picture that is shown.
func (f *Flow) Again() {
	f.set(func(s *State) {
		if s.Stage == Shown {
			s.Stage, s.Taken, s.Err = Posing, "", nil
		}
	})
}

// Send hands in the picture that is shown. One that cannot be used leads back to
// Posing with the sentence that helps; one that did not arrive stays, to be sent
// again.
func (f *Flow) Send(ctx context.Context) {
	f.mu.Lock()
	s, phone := f.state, f.phone
	f.mu.Unlock()
	if phone == nil || s.Stage != Shown {
		return
	}
	f.set(func(s *State) { s.Stage, s.Err, s.Sent, s.Total = Sending, nil, 0, int64(len(s.Taken)) })
	v, err := phone.HandPicture(ctx, s.Wanted(), []byte(s.Taken), func(done, total int64) {
		f.set(func(s *State) { s.Sent, s.Total = done, total })
	})
	if err != nil {
		f.set(func(s *State) {
			if s.Stage = Shown; refusedPicture(err) {
				s.Stage, s.Taken = Posing, ""
			}
		})
		f.failed(phone, err)
		return
	}
	f.set(func(s *State) { s.Stage, s.Taken = Posing, "" })
	f.show(phone, v)
}

// refusedPicture reports whether the server says that another picture is needed.
func refusedPicture(err error) bool {
	var p *problem.Problem
	return errors.As(err, &p) && (p.Code == problem.PictureInvalid || p.Code == problem.TooLarge)
}
