package flow

import (
	"context"
	"slices"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// sandboxPeople asks who can be tried. They are a convenience: without them the
// sign-in form is empty.
func sandboxPeople(ctx context.Context, conn Connection, info api.Server) []api.Person {
	if info.Mode != api.ModeSandbox {
		return nil
	}
	people, _ := conn.Server.SandboxPeople(ctx)
	return people
}

// fill puts the first of the sandbox's people into the sign-in form.
func (s *State) fill(people []api.Person) {
	s.People = people
	i := slices.IndexFunc(people, func(p api.Person) bool { return p.Account != "" })
	if i >= 0 && s.Credentials.Username == "" {
		s.Credentials = api.Credentials{Username: people[i].Account, Password: people[i].Password}
	}
}

// signInOptions asks how people sign in. A server that does not say it takes
// passwords.
func signInOptions(ctx context.Context, conn Connection) api.SignInOptions {
	options, err := conn.Server.SignInOptions(ctx)
	if err != nil {
		return api.SignInOptions{Password: true}
	}
	return options
}

// SignIn signs in, or makes the account first.
func (f *Flow) SignIn(ctx context.Context, in api.Credentials, create bool) {
	f.set(func(s *State) { s.Credentials, s.PasswordSet = in, false })
	f.act(ctx, DoingSignIn, func(ctx context.Context) error {
		conn, address := f.connection()
		call := conn.Server.SignIn
		if create {
			call = conn.Server.CreateAccount
		}
		session, err := call(ctx, in)
		if err != nil {
			return err
		}
		return f.take(ctx, conn, address, session)
	})
}

// take keeps a session and enters it.
func (f *Flow) take(ctx context.Context, conn Connection, address string, session api.Session) error {
	f.config.Vault.Save(address, client.AccountToken(session.Token))
	return f.enter(ctx, conn.Account(client.AccountToken(session.Token)))
}

// enter shows an account that is signed in, with its open case.
func (f *Flow) enter(ctx context.Context, me Account) error {
	account, err := me.Get(ctx)
	if err != nil {
		return err
	}
	options, err := me.Options(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.me = me
	f.mu.Unlock()
	f.set(func(s *State) {
		s.Page, s.Account, s.Options, s.View, s.Handoff, s.Records = PageHome, account, options, nil, nil, nil
	})
	if account.Verification == nil {
		return nil
	}
	view, err := me.View(ctx, account.Verification.ID)
	if err != nil {
		return err
	}
	f.resume(ctx, view)
	return nil
}

// resume goes to where the case stands.
func (f *Flow) resume(ctx context.Context, view verification.View) {
	now := f.config.Now()
	f.set(func(s *State) {
		s.View, s.ViewAt = &view, now
		s.Page = PageCase
		if view.Status.Final() {
			s.Page = PageHome
		}
	})
	f.watch(view)
	f.settle(ctx)
}

// SignOut ends the session here and on the server.
func (f *Flow) SignOut(ctx context.Context) {
	f.act(ctx, DoingSignIn, func(ctx context.Context) error {
		me, _ := f.account()
		if me != nil {
			// The token is forgotten here whatever the server says.
			_ = me.SignOut(ctx)
		}
		f.leave()
		f.set(func(s *State) { s.Page = PageSignIn })
		return nil
	})
}

// leave forgets the account and what it typed.
func (f *Flow) leave() {
	_, address := f.connection()
	f.config.Vault.Delete(address)
	f.mu.Lock()
	f.me = nil
	f.mu.Unlock()
	f.watch(verification.View{})
	f.set(func(s *State) {
		s.Account, s.Options, s.View, s.Handoff, s.Records = api.Account{}, api.Options{}, nil, nil, nil
		s.Details, s.SMS, s.AskAffiliate, s.Links = Details{}, nil, false, nil
	})
}
