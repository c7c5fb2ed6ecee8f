package flow

import (
	"context"

	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// show moves to the stage of a view, unless a newer one was shown.
func (f *Flow) show(phone Phone, v api.PhoneView) {
	f.mu.Lock()
	old := f.phone != phone || f.state.View.ID == v.ID && v.Version < f.state.View.Version
	f.mu.Unlock()
	if old {
		return
	}
	if !onPhone(v) {
		if f.leave(phone) {
			f.set(func(s *State) { *s = State{Stage: Result, View: v, Ask: v.Ask} })
		}
		return
	}
	f.set(func(s *State) {
		if s.View.Status != v.Status { // another text is asked for
			s.ConsentText = api.ConsentText{}
		}
		s.View, s.Ask, s.Offline = v, v.Ask, false
		s.Stage = stageOf(s.Stage, v)
		s.Busy = s.Stage == Consenting && s.ConsentText.Text == "" // which is fetched next
	})
}

// onPhone reports whether there is something to do on the phone: a scan, or the
// pictures of a review that are still asked for.
func onPhone(v api.PhoneView) bool {
	if v.Status != verification.InReview {
		return v.Status.OnPhone()
	}
	return v.Handoff != nil && v.Pictures != nil && !v.Pictures.Declined && len(v.Pictures.Wanted) > 0
}

// stageOf returns the stage for a view that is on the phone. A capture under
// way is not disturbed by what the server says of it.
func stageOf(now Stage, v api.PhoneView) Stage {
	switch {
	case v.Status == verification.InReview && v.Confirmed && v.Pictures.Agreed:
		if now == Aiming || now == Shown || now == Sending {
			return now
		}
		return Posing
	case v.Status == verification.Judging:
		return Judging
	case v.Status == verification.Capturing && (now == Capturing || now == Sending):
		return now
	case v.Status == verification.Capturing:
		return Ready
	case v.Confirmed:
		return Consenting
	}
	return Number
}

// call makes one call of the claim and shows what came of it.
func (f *Flow) call(do func(Phone) (api.PhoneView, error)) {
	f.mu.Lock()
	phone := f.phone
	f.mu.Unlock()
	if phone == nil {
		return
	}
	f.set(func(s *State) { s.Busy, s.Err = true, nil })
	v, err := do(phone)
	if err != nil {
		f.failed(phone, err)
		return
	}
	f.show(phone, v)
}

// Number types the number that the PC shows.
func (f *Flow) Number(ctx context.Context, number string) {
	f.call(func(p Phone) (api.PhoneView, error) { return p.Confirm(ctx, number) })
	f.ReadConsentText(ctx)
}

// ReadConsentText fetches what the person is asked to agree to, where that is what
// comes next and it is not there yet.
func (f *Flow) ReadConsentText(ctx context.Context) {
	f.mu.Lock()
	s, phone := f.state, f.phone
	f.mu.Unlock()
	if phone == nil || s.Stage != Consenting || s.ConsentText.Text != "" {
		return
	}
	text, err := phone.ConsentText(ctx, s.Purpose(), f.cfg.Language)
	if err != nil {
		f.failed(phone, err)
		return
	}
	f.set(func(s *State) { s.ConsentText, s.Busy, s.Err = text, false, nil })
}

// Consent agrees to the text that was shown.
func (f *Flow) Consent(ctx context.Context) {
	s := f.State()
	given := api.Consent{Version: s.ConsentText.Version, Language: s.ConsentText.Language}
	f.call(func(p Phone) (api.PhoneView, error) {
		if s.View.Status == verification.InReview {
			return p.AgreePictures(ctx, given)
		}
		return p.Consent(ctx, given)
	})
}

// Decline is the person's no.
func (f *Flow) Decline(ctx context.Context) {
	f.Stop()
	f.call(func(p Phone) (api.PhoneView, error) { return p.Decline(ctx) })
}
