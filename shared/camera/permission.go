package camera

import (
	"context"
	"sync"
	"time"
)

// Question is Android's way of asking the person for the camera. The system
// does not tell a native app the answer, so person finds it by looking.
type Question interface {
	// Allowed: the camera may be used now.
	Allowed() bool
	// Show opens the system's dialog, unless the person closed that way for good.
	Show() error
	// Focused: the app's window has the person's attention; it loses it to the dialog.
	Focused() bool
	// Refused: the person said no before, and the system will still show the dialog.
	Refused() bool
}

// person remembers what one person answered since the app began.
type person struct {
	Question
	pause func(context.Context) error // between two looks
	mu    sync.Mutex
	last  Permission
}

// looks without a dialog mean that the system shows none: 3 s.
const looks = 15

// pause is the time between two looks.
func pause(ctx context.Context) error {
	timer := time.NewTimer(200 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// permission says where things stand. The system's settings can have changed
// them since the last answer, in both directions.
func (p *person) permission() Permission {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.Allowed():
		p.last = Granted
	case p.last == Granted:
		p.last = Ask
	}
	return p.last
}

// ask shows the dialog and waits for the answer.
func (p *person) ask(ctx context.Context) (Permission, error) {
	if p.permission() == Granted {
		return Granted, nil
	}
	before := p.Refused()
	if err := p.Show(); err != nil {
		return Ask, err
	}
	seen := false
	for i := 0; i < looks || seen; i++ {
		if err := p.pause(ctx); err != nil {
			return Ask, err
		}
		if p.Allowed() {
			break
		}
		if !p.Focused() {
			seen = true
		} else if seen {
			break
		}
	}
	answer := DeniedForever
	switch {
	case p.Allowed():
		answer = Granted
	case p.Refused():
		answer = Denied
	case seen && !before:
		// Closed without an answer, or refused for good: if so, the next
		// request shows no dialog, and that tells.
		answer = Denied
	}
	p.mu.Lock()
	p.last = answer
	p.mu.Unlock()
	return answer, answer.Err()
}

// upright returns how far a camera's pictures are to be turned clockwise:
// sensor is how the sensor is built in, display how the screen is turned away
// from the way in which the phone is made to be held. A front camera looks from
// the other side, where a turn goes the other way.
func upright(sensor, display int, front bool) int {
	if front {
		display = -display
	}
	return ((sensor-display)%360 + 360) % 360 / 90 * 90
}
