package flow

import (
	"context"
	"errors"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// Times of the flow.
const (
	ticketEarly = 5 * time.Second // a new ticket this long before the old one ends
	showTicket  = 10 * time.Minute
	retryEvery  = 3 * time.Second
	smsEvery    = 2 * time.Second
)

// Run follows the open case and calls Tick every second until ctx ends.
func (f *Flow) Run(ctx context.Context, ticks <-chan time.Time) {
	stop := func() {}
	defer func() { stop() }()
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-f.follow:
			stop()
			stop = func() {}
			if id != "" {
				following, cancel := context.WithCancel(ctx)
				stop = cancel
				go f.Follow(following, id)
			}
		case <-ticks:
			// A slow call must not hold up what is followed.
			go f.Tick(ctx)
		}
	}
}

// watch asks Run to follow another case, or none.
func (f *Flow) watch(view verification.View) {
	id := view.ID
	if view.Status.Final() {
		id = ""
	}
	select {
	case <-f.follow:
	default:
	}
	f.follow <- id
}

// Follow shows each newer view of a case until it is final or ctx ends.
func (f *Flow) Follow(ctx context.Context, id verification.ID) {
	me, _ := f.account()
	if me == nil {
		return
	}
	for u := range me.Watch(ctx, id) {
		if ctx.Err() != nil {
			return
		}
		if u.Err != nil {
			f.failed(u.Err)
			return
		}
		f.set(func(s *State) {
			s.Offline = !u.Online
			var away *client.UnreachableError
			if u.Online && errors.As(s.Err, &away) {
				s.Err = nil
			}
		})
		if u.Online {
			f.apply(u.View)
			f.settle(ctx)
		}
	}
}

// apply shows a view unless a newer one of the same case is there.
func (f *Flow) apply(view verification.View) {
	now := f.config.Now()
	f.set(func(s *State) {
		if s.View != nil && s.View.ID == view.ID && view.Version < s.View.Version {
			return
		}
		moved := s.View == nil || s.View.ID != view.ID || s.View.Status != view.Status
		s.View, s.ViewAt = &view, now
		if view.Status == verification.InReview && s.PhoneAsked() {
			s.Handoff = nil // the phone has taken it
		}
		if !moved {
			return
		}
		s.HandoffOver = false
		if view.Status != verification.FaceRequired {
			s.Handoff = nil
		}
		if view.Status == verification.Verified {
			s.Details = Details{}
		}
		if view.Status.Final() {
			s.Account.Verification = &api.AccountVerification{
				ID: view.ID, Status: view.Status, Method: view.Method, VerifiedAt: view.FinishedAt,
			}
		}
	})
}

// settle shows the code by itself the first time that a face is asked for.
// With another reason the person asks for it.
func (f *Flow) settle(ctx context.Context) {
	s := f.State()
	if s.View == nil || s.View.Status != verification.FaceRequired || s.Handoff != nil || s.HandoffOver {
		return
	}
	if s.View.Reason != "" && s.View.Reason != verification.Risk {
		return
	}
	if err := f.ticket(ctx, api.NewHandoff{}); err != nil {
		f.failed(err)
	}
}

// ShowCode shows a code for a phone, from the start of its ten minutes.
func (f *Flow) ShowCode(ctx context.Context) {
	f.act(ctx, DoingHandoff, func(ctx context.Context) error {
		f.set(func(s *State) { s.Handoff, s.HandoffOver = nil, false })
		return f.ticket(ctx, api.NewHandoff{})
	})
}

// FilesInstead goes back from a review's code, or number, to the files of its
// pictures. It revokes a phone that has not typed the number.
func (f *Flow) FilesInstead(ctx context.Context) {
	if !f.State().PhoneAsked() {
		f.set(func(s *State) { s.Handoff = nil })
		return
	}
	f.act(ctx, DoingHandoff, func(ctx context.Context) error {
		me, id := f.account()
		if _, err := me.Handoff(ctx, id, api.NewHandoff{Replace: true}); err != nil {
			return err
		}
		view, err := me.View(ctx, id)
		if err == nil {
			f.apply(view)
		}
		return err
	})
}

// AnotherPhone revokes the phone that holds the case and shows a code.
func (f *Flow) AnotherPhone(ctx context.Context) {
	f.act(ctx, DoingHandoff, func(ctx context.Context) error {
		return f.ticket(ctx, api.NewHandoff{Replace: true})
	})
}

// ticket asks for a ticket of the case and shows it. While one is asked for that
// is enough: only a phone that is to be revoked asks again.
func (f *Flow) ticket(ctx context.Context, in api.NewHandoff) error {
	me, id := f.account()
	f.mu.Lock()
	asked := f.drawing == id && !in.Replace
	if !asked {
		f.drawing = id
	}
	f.mu.Unlock()
	if asked {
		return nil
	}
	defer func() {
		f.mu.Lock()
		f.drawing = ""
		f.mu.Unlock()
	}()
	handoff, err := me.Handoff(ctx, id, in)
	if err != nil {
		return err
	}
	now := f.config.Now()
	if in.Replace {
		view, err := me.View(ctx, id)
		if err != nil {
			return err
		}
		f.apply(view)
	}
	f.set(func(s *State) {
		if s.View == nil || s.View.ID != id || s.View.Status != verification.FaceRequired && s.View.Status != verification.InReview {
			return
		}
		if s.Handoff == nil {
			s.HandoffSince = now
		}
		s.Handoff, s.HandoffAt, s.HandoffOver = &handoff, now, false
	})
	return nil
}

// Tick does what is due: a new ticket, another try of a server that is away,
// the sandbox's text messages. It ends early where the person acts.
func (f *Flow) Tick(ctx context.Context) {
	if f.acting.Load() || !f.calls.TryLock() {
		return
	}
	defer f.calls.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f.mu.Lock()
	f.giveWay = cancel
	f.mu.Unlock()
	f.atTick(ctx, f.config.Now(), f.State())
}

// atTick does the one thing that is due.
func (f *Flow) atTick(ctx context.Context, now time.Time, s State) {
	switch {
	case s.Offline && f.due(&f.nextTry, now, retryEvery):
		f.tryAgain(ctx)
	case s.Handoff != nil && !now.Before(s.HandoffSince.Add(showTicket)):
		f.set(func(s *State) { s.Handoff, s.HandoffOver = nil, true })
	case s.Handoff != nil && !now.Before(s.HandoffUntil().Add(-ticketEarly)) && !s.Offline:
		if err := f.ticket(ctx, api.NewHandoff{}); err != nil && ctx.Err() == nil {
			f.failed(err)
		}
	case s.Sandbox() && s.View != nil && s.View.Status == verification.CodeRequired && f.due(&f.nextSMS, now, smsEvery):
		f.loadSMS(ctx)
	}
}

func (f *Flow) due(next *time.Time, now time.Time, every time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Before(*next) {
		return false
	}
	*next = now.Add(every)
	return true
}

// tryAgain asks whether the server is back; one that never answered is looked
// for anew.
func (f *Flow) tryAgain(ctx context.Context) {
	f.mu.Lock()
	to, conn := f.target, f.conn
	f.mu.Unlock()
	var err error
	if conn.Server == nil {
		err = f.reach(ctx, to)
	} else {
		_, err = conn.Server.Info(ctx)
	}
	var away *client.UnreachableError
	switch {
	case errors.As(err, &away) && conn.Server != nil, ctx.Err() != nil:
		return // as is shown already
	case err != nil:
		f.failed(err)
		return
	}
	f.set(func(s *State) { s.Offline, s.Err, s.Doing = false, nil, DoingNothing })
}
