package flow

import (
	"context"
	"errors"

	"realname.example/shared/camera"
)

// Background lets the camera go: another app is in front, and may want it. The
// system's own question about the camera is in front of the app too, and ends
// nothing.
func (f *Flow) Background() {
	f.mu.Lock()
	stage, filming := f.state.Stage, f.filming
	if f.asking {
		filming = false
	}
	f.resume = filming && stage == Scanning
	f.interrupted = filming && stage == Capturing
	f.mu.Unlock()
	if filming {
		f.Stop()
	}
}

// Foreground goes on with what Background stopped, where a person would expect
// it: looking for a code. A capture begins anew, by the person. Who comes back
// from the system's settings and has allowed the camera there goes on too.
func (f *Flow) Foreground(ctx context.Context) {
	f.mu.Lock()
	s, resume := f.state, f.resume
	f.resume = false
	f.mu.Unlock()
	allowed := refused(s.Err) && f.cfg.Camera.Permission() == camera.Granted
	switch {
	case s.Stage == Scanning && (resume || allowed):
		f.scan(ctx, s.Notice)
	case (s.Stage == Ready || s.Stage == Posing) && allowed:
		f.set(func(s *State) { s.Err = nil })
	}
}

// Opened takes the text of a code that another app handed over while this one
// was running. A claim under way goes on.
func (f *Flow) Opened(ctx context.Context, text string) {
	f.mu.Lock()
	claimed := f.phone != nil
	f.mu.Unlock()
	if !claimed {
		f.Stop()
		f.Scanned(ctx, text)
	}
}

// refused reports whether an error is the person's or the system's no.
func refused(err error) bool {
	return errors.Is(err, camera.ErrDenied) || errors.Is(err, camera.ErrDeniedForever)
}

// Back is the phone's back button: one step back, as on the screen. It reports
// false where there is none and the app may go. A claim is not given up by it.
func (f *Flow) Back() bool {
	f.mu.Lock()
	stage, claimed := f.state.Stage, f.phone != nil
	f.mu.Unlock()
	if stage == Capturing || stage == Aiming {
		f.Stop()
		return true
	}
	if stage == Shown {
		f.Again()
		return true
	}
	if claimed || stage == Home || stage == Claiming {
		return false
	}
	f.Home()
	return true
}

// Settings returns what opens the system's page on which the person allows the
// camera, or nil where the app cannot.
func (f *Flow) Settings() func(context.Context) {
	opener, ok := f.cfg.Camera.(camera.SettingsOpener)
	if !ok {
		return nil
	}
	return func(context.Context) {
		if err := opener.OpenSettings(); err != nil {
			f.set(func(s *State) { s.Err = errors.Join(s.Err, err) })
		}
	}
}
