package flow

import (
	"context"

	"realname.example/shared/api"
	"realname.example/shared/identity"
)

// Try fills the forms with a person of the sandbox; one with an account of
// its own signs in to that first.
func (f *Flow) Try(ctx context.Context, p api.Person) {
	s := f.State()
	if p.Account != "" && s.Account.Username != "" && p.Account != s.Account.Username {
		f.SignOut(ctx)
	}
	f.set(func(s *State) {
		s.Err = nil // what was wrong was typed before
		if p.Account != "" && s.Page <= PageSignIn {
			s.Credentials = api.Credentials{Username: p.Account, Password: p.Password}
		}
		if s.Editable() {
			s.Details = detailsOf(p)
		}
	})
}

// LoadPeople asks who can be tried.
func (f *Flow) LoadPeople(ctx context.Context) {
	f.act(ctx, DoingSandbox, f.loadPeople)
}

func (f *Flow) loadPeople(ctx context.Context) error {
	conn, _ := f.connection()
	people, err := conn.Server.SandboxPeople(ctx)
	if err != nil {
		return err
	}
	f.set(func(s *State) { s.People = people })
	return nil
}

// AddPerson adds one's own person to the sandbox and fills the forms with it.
func (f *Flow) AddPerson(ctx context.Context, in api.NewPerson) {
	f.act(ctx, DoingSandbox, func(ctx context.Context) error {
		conn, _ := f.connection()
		p, err := conn.Server.AddSandboxPerson(ctx, in)
		if err != nil {
			return err
		}
		f.set(func(s *State) {
			if s.Editable() {
				s.Details = detailsOf(p)
			}
		})
		return f.loadPeople(ctx)
	})
}

// Reset brings the sandbox back to its first state and signs out.
func (f *Flow) Reset(ctx context.Context) {
	f.act(ctx, DoingSandbox, func(ctx context.Context) error {
		conn, _ := f.connection()
		if err := conn.Server.ResetSandbox(ctx); err != nil {
			return err
		}
		f.leave()
		f.set(func(s *State) { s.Credentials = api.Credentials{} })
		f.mu.Lock()
		again := f.used
		f.mu.Unlock()
		return f.reach(ctx, again)
	})
}

// loadSMS looks into the inbox. It is a convenience: a failure shows nothing.
func (f *Flow) loadSMS(ctx context.Context) {
	conn, _ := f.connection()
	mobile, err := identity.ParseMobile(f.State().Details.Mobile)
	if err != nil {
		return
	}
	messages, err := conn.Server.SandboxSMS(ctx, mobile)
	if err != nil {
		return
	}
	f.set(func(s *State) { s.SMS = messages })
}

// detailsOf are a person's details as they would be typed.
func detailsOf(p api.Person) Details {
	return Details{Certificate: identity.CertificateType(p.CertificateType), Name: p.Name, Number: p.Number, Mobile: p.Mobile}
}
