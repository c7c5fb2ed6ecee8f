package flow

import (
	"context"
	"errors"
	"strings"

	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// Home leaves the forms; nothing is cancelled.
func (f *Flow) Home(ctx context.Context) {
	f.act(ctx, DoingLoad, f.home)
}

func (f *Flow) home(ctx context.Context) error {
	me, _ := f.account()
	account, err := me.Get(ctx)
	if err != nil {
		return err
	}
	f.set(func(s *State) { s.Page, s.Account, s.Err = PageHome, account, nil })
	return nil
}

// VerifyNow goes to the affiliates' question, the methods, or the case that is
// open.
func (f *Flow) VerifyNow(ctx context.Context) {
	f.act(ctx, DoingLoad, func(ctx context.Context) error {
		if s := f.State(); s.CaseOpen() {
			f.resume(ctx, *s.View)
			return nil
		}
		me, _ := f.account()
		options, err := me.Options(ctx)
		if err != nil {
			return err
		}
		f.set(func(s *State) {
			s.Options, s.View, s.Page = options, nil, PageMethods
			s.AskAffiliate = len(options.Affiliates) > 0
		})
		return nil
	})
}

// Manually declines the affiliates for now.
func (f *Flow) Manually() { f.set(func(s *State) { s.AskAffiliate = false }) }

// Authorize takes over the identity that an affiliate has verified.
func (f *Flow) Authorize(ctx context.Context, affiliate string) {
	f.set(func(s *State) { s.AskAffiliate = false })
	f.begin(ctx, api.NewVerification{Method: verification.Affiliate, Affiliate: affiliate}, nil)
}

// Choose goes to the form of a method.
func (f *Flow) Choose(m verification.Method) {
	f.set(func(s *State) {
		s.Err, s.View = nil, nil
		s.Page = PageMobile
		if m == verification.Face {
			s.Page = PageFace
		}
	})
}

// Go shows another page of those that need nothing from the server.
func (f *Flow) Go(p Page) { f.set(func(s *State) { s.Page, s.Err = p, nil }) }

// Type keeps what was typed.
func (f *Flow) Type(d Details) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Details = d
}

// ReadConsentText brings what the person agrees to, in the language zh or en, and
// reports whether it is there.
func (f *Flow) ReadConsentText(ctx context.Context, purpose Purpose, language string) bool {
	if s := f.State(); s.ConsentFor == purpose && s.ConsentText.Language == language {
		return true
	}
	there := false
	f.act(ctx, DoingLoad, func(ctx context.Context) error {
		f.mu.Lock()
		server := f.conn.Server
		f.mu.Unlock()
		text, err := server.ConsentText(ctx, string(purpose), language)
		if err == nil {
			f.set(func(s *State) { s.ConsentText, s.ConsentFor = text, purpose })
			there = true
		}
		return err
	})
	return there
}

// GetCode begins the case where there is none, with the person's consent to the
// text in this language, and sends the SMS code.
func (f *Flow) GetCode(ctx context.Context, language string) {
	if f.State().CaseOpen() {
		f.act(ctx, DoingSendCode, f.sendCode)
		return
	}
	if !f.ReadConsentText(ctx, ForMobile, language) { // the state says why
		return
	}
	s := f.State()
	f.begin(ctx, api.NewVerification{
		Method: verification.Mobile, Identity: stated(s.Details, true),
		Consent: &api.Consent{Version: s.ConsentText.Version, Language: s.ConsentText.Language},
	}, f.sendCode)
}

// BeginFace begins the case of a face scan.
func (f *Flow) BeginFace(ctx context.Context) {
	f.begin(ctx, api.NewVerification{Method: verification.Face, Identity: stated(f.State().Details, false)}, nil)
}

func stated(d Details, mobile bool) *api.Identity {
	in := &api.Identity{CertificateType: string(d.Kind()), Name: d.Name, Number: d.Number}
	if mobile {
		in.Mobile = d.Mobile
	}
	return in
}

// begin opens a case and goes on with then. A case that is open already is
// shown instead.
func (f *Flow) begin(ctx context.Context, in api.NewVerification, then func(context.Context) error) {
	f.act(ctx, DoingBegin, func(ctx context.Context) error {
		if err := f.beginCase(ctx, in); err != nil || then == nil {
			return err
		}
		return then(ctx)
	})
}

func (f *Flow) beginCase(ctx context.Context, in api.NewVerification) error {
	me, _ := f.account()
	view, err := me.Begin(ctx, in)
	var p *problem.Problem
	if errors.As(err, &p) && p.Code == problem.Conflict && p.Instance != "" {
		if view, err = me.View(ctx, caseOf(p.Instance)); err != nil {
			return err
		}
		f.resume(ctx, view)
		return p
	}
	if err != nil {
		return err
	}
	f.enterCase(ctx, view)
	return nil
}

// enterCase shows a case that an action of this person led to.
func (f *Flow) enterCase(ctx context.Context, view verification.View) {
	f.apply(view)
	f.set(func(s *State) { s.Page = PageCase })
	f.watch(view)
	f.settle(ctx)
}

// caseOf reads the ID at the end of a problem's instance.
func caseOf(instance string) verification.ID {
	return verification.ID(instance[strings.LastIndex(instance, "/")+1:])
}

func (f *Flow) sendCode(ctx context.Context) error {
	f.set(func(s *State) { s.Doing = DoingSendCode })
	me, id := f.account()
	view, err := me.SendCode(ctx, id)
	if err != nil {
		return err
	}
	f.apply(view)
	f.mu.Lock()
	f.nextSMS = f.config.Now()
	f.mu.Unlock()
	return nil
}

// CheckCode hands in the code and shows what comes of it.
func (f *Flow) CheckCode(ctx context.Context, code string) {
	f.act(ctx, DoingCheckCode, func(ctx context.Context) error {
		me, id := f.account()
		read, _ := ReadCode(code)
		view, err := me.CheckCode(ctx, id, api.CodeCheck{Code: read})
		if err != nil {
			return err
		}
		f.enterCase(ctx, view)
		return nil
	})
}

// Cancel ends the case and goes back to where it began; what was typed stays.
func (f *Flow) Cancel(ctx context.Context, to Page) {
	f.act(ctx, DoingCancel, func(ctx context.Context) error {
		me, id := f.account()
		if f.State().CaseOpen() {
			var p *problem.Problem
			if err := me.Cancel(ctx, id); err != nil && (!errors.As(err, &p) || p.Code != problem.Conflict) {
				return err
			}
		}
		f.watch(verification.View{})
		f.set(func(s *State) { s.View, s.Handoff, s.SMS, s.Page = nil, nil, nil, to })
		if to == PageHome {
			return f.home(ctx)
		}
		return nil
	})
}

// Correct goes back to the form with what was typed, after a refusal.
func (f *Flow) Correct() {
	f.watch(verification.View{})
	f.set(func(s *State) {
		page := PageMobile
		if s.View != nil && s.View.Method == verification.Face {
			page = PageFace
		}
		if s.View != nil && s.View.Method == verification.Affiliate {
			page = PageMethods
		}
		s.Page, s.View, s.Handoff, s.SMS, s.Err = page, nil, nil, nil, nil
	})
}

// Review asks for the review by a person.
func (f *Flow) Review(ctx context.Context) {
	f.act(ctx, DoingReview, func(ctx context.Context) error {
		me, id := f.account()
		view, err := me.Review(ctx, id)
		if err != nil {
			return err
		}
		f.set(func(s *State) { s.Handoff = nil })
		f.enterCase(ctx, view)
		return nil
	})
}

// Export brings all that is kept of the person, after their password, and hands it
// over; it stands in no State.
func (f *Flow) Export(ctx context.Context, password string, use func(api.Export)) {
	f.act(ctx, DoingLoad, func(ctx context.Context) error {
		me, _ := f.account()
		all, err := me.Export(ctx, password)
		if err == nil {
			use(all)
		}
		return err
	})
}

// AskMove asks for the move of an ID that verifies another account.
func (f *Flow) AskMove(ctx context.Context) {
	f.act(ctx, DoingReview, func(ctx context.Context) error {
		me, id := f.account()
		view, err := me.AskMove(ctx, id)
		if err == nil {
			f.apply(view)
		}
		return err
	})
}

// SeeMove opens the case whose ID may move to this account.
func (f *Flow) SeeMove(ctx context.Context) {
	f.act(ctx, DoingLoad, func(ctx context.Context) error {
		me, _ := f.account()
		moving := f.State().Account.Moving
		if moving == nil {
			return nil
		}
		view, err := me.View(ctx, moving.ID)
		if err == nil {
			f.enterCase(ctx, view)
		}
		return err
	})
}

// ObjectToMove keeps the ID with this account.
func (f *Flow) ObjectToMove(ctx context.Context) {
	f.act(ctx, DoingLoad, func(ctx context.Context) error {
		me, _ := f.account()
		if err := me.ObjectToMove(ctx); err != nil {
			return err
		}
		return f.home(ctx)
	})
}

// HandPicture hands in one picture for the review, with the person's consent to
// the text in this language where they have not agreed yet.
func (f *Flow) HandPicture(ctx context.Context, language string, p verification.Picture, image []byte) {
	if s := f.State(); s.View == nil || s.View.Pictures == nil {
		return
	} else if !s.View.Pictures.Agreed && !f.ReadConsentText(ctx, ForReview, language) {
		return
	}
	f.act(ctx, DoingPicture, func(ctx context.Context) error {
		me, id := f.account()
		if s := f.State(); !s.View.Pictures.Agreed {
			view, err := me.AgreePictures(ctx, id, api.Consent{Version: s.ConsentText.Version, Language: s.ConsentText.Language})
			if err != nil {
				return err
			}
			f.apply(view)
		}
		view, err := me.HandPicture(ctx, id, p, image)
		if err == nil {
			f.apply(view)
		}
		return err
	})
}

// DeclinePictures sends no pictures, and takes back those that were sent.
func (f *Flow) DeclinePictures(ctx context.Context) {
	f.act(ctx, DoingPicture, func(ctx context.Context) error {
		me, id := f.account()
		view, err := me.DeclinePictures(ctx, id)
		if err == nil {
			f.apply(view)
		}
		return err
	})
}

// LoadRecords asks what is stored.
func (f *Flow) LoadRecords(ctx context.Context) {
	f.act(ctx, DoingLoad, func(ctx context.Context) error {
		me, _ := f.account()
		return f.loadRecords(ctx, me)
	})
}

// Revoke ends what the person agreed to tell a service.
func (f *Flow) Revoke(ctx context.Context, serviceID string) {
	f.act(ctx, DoingRevoke, func(ctx context.Context) error {
		me, _ := f.account()
		if err := me.Revoke(ctx, serviceID); err != nil {
			return err
		}
		return f.loadRecords(ctx, me)
	})
}

func (f *Flow) loadRecords(ctx context.Context, me Account) error {
	records, err := me.Records(ctx)
	if err != nil {
		return err
	}
	links, err := me.Links(ctx)
	if err != nil {
		return err
	}
	f.set(func(s *State) { s.Records, s.Links = &records, links })
	return nil
}

// Erase erases the identity; the account stays.
func (f *Flow) Erase(ctx context.Context) {
	f.act(ctx, DoingErase, func(ctx context.Context) error {
		me, _ := f.account()
		if err := me.EraseIdentity(ctx); err != nil {
			return err
		}
		f.watch(verification.View{})
		f.set(func(s *State) { s.View, s.Handoff, s.Details = nil, nil, Details{} })
		if err := f.loadRecords(ctx, me); err != nil {
			return err
		}
		return f.home(ctx)
	})
}
