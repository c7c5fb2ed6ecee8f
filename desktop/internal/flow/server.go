package flow

import (
	"context"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
)

// target is a server that is looked for. It becomes the flow's own once it has
// answered; until then everything stays as it was.
type target struct {
	address string
	pin     client.Pin
}

// targetError is what went wrong with a server that was looked for, which may
// be another than the one in use.
type targetError struct {
	address string
	err     error
}

func (e *targetError) Error() string { return e.address + ": " + e.err.Error() }
func (e *targetError) Unwrap() error { return e.err }

// Connect finds the server, signs in again where the vault has a token, and
// resumes an open case.
func (f *Flow) Connect(ctx context.Context) {
	f.act(ctx, DoingConnect, func(ctx context.Context) error {
		f.mu.Lock()
		to := f.target
		f.mu.Unlock()
		return f.reach(ctx, to)
	})
}

// AskServer asks for the address of another server.
func (f *Flow) AskServer() {
	f.set(func(s *State) {
		if s.Page != PageConnect {
			s.Before = s.Page
		}
		s.Page, s.Err = PageConnect, nil
	})
}

// KeepServer goes back to the server of before, as if no other had been asked
// for. Where there was none it does nothing.
func (f *Flow) KeepServer() {
	if !f.State().Connected {
		return
	}
	f.mu.Lock()
	f.target = f.used
	f.mu.Unlock()
	f.set(func(s *State) {
		s.Wanted, s.Key, s.Err = s.Address, nil, nil
		if s.Page == PageConnect {
			s.Page = s.Before
		}
	})
}

// UseServer changes to the server at an address, typed by a person. Until that
// has answered the old one stays, with the account that is signed in to it.
func (f *Flow) UseServer(ctx context.Context, typed string) {
	f.AskServer()
	f.set(func(s *State) {
		s.Wanted = typed
		s.Offline = s.Offline && s.Connected // a server that was asked for before is not tried any more
	})
	f.act(ctx, DoingConnect, func(ctx context.Context) error {
		address, err := handoff.ReadServer(typed)
		if err != nil {
			return err
		}
		to := target{address: address}
		if known, pin := f.config.Settings.Server(); known == address {
			to.pin = pin
		}
		return f.reach(ctx, to)
	})
}

// TrustKey answers the question about a server's key. Without trust nothing is
// sent to that server, and the one of before stays.
func (f *Flow) TrustKey(ctx context.Context, trust bool) {
	question := f.State().Key
	f.set(func(s *State) { s.Key = nil })
	switch {
	case question == nil:
	case trust:
		f.act(ctx, DoingConnect, func(ctx context.Context) error {
			return f.reach(ctx, target{question.Address, question.Presented})
		})
	case question.Address != f.State().Address:
		f.KeepServer()
	}
}

// reach asks a server who it is, and makes it the flow's own.
func (f *Flow) reach(ctx context.Context, to target) error {
	f.mu.Lock()
	f.target = to
	f.mu.Unlock()
	f.set(func(s *State) { s.Wanted = to.address })
	conn, err := f.config.Dial(to.address, to.pin)
	if err != nil {
		return &targetError{to.address, err}
	}
	info, err := conn.Server.Info(ctx)
	if err != nil {
		return &targetError{to.address, err}
	}
	ways, people := signInOptions(ctx, conn), sandboxPeople(ctx, conn, info)
	if s := f.State(); s.Connected && s.Address != to.address {
		f.leave()
		f.set(func(s *State) { s.Credentials, s.People = api.Credentials{}, nil })
	}
	f.config.Settings.SetServer(to.address, to.pin)
	f.mu.Lock()
	f.conn, f.used = conn, to
	f.mu.Unlock()
	f.set(func(s *State) {
		s.Connected, s.Address, s.Server, s.SignIn, s.Page = true, to.address, info, ways, PageSignIn
		// Where an authority vouches for the server, its own word is good.
		s.Fingerprint = to.pin.Fingerprint()
		if to.pin == "" {
			s.Fingerprint = client.Pin(info.KeyHash).Fingerprint()
		}
		s.fill(people) // with the page: what is typed into it later stays
	})
	token := f.config.Vault.Load(to.address)
	if token == "" {
		return nil
	}
	return f.enter(ctx, conn.Account(token))
}
