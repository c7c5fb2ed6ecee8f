package flow

import (
	"context"

	"realname.example/shared/api"
)

// Forgot opens the page of a forgotten password.
func (f *Flow) Forgot() {
	f.set(func(s *State) { s.Page, s.Err, s.Reset, s.PasswordSet = PageReset, nil, nil, false })
}

// BeginReset asks for a code to the mobile number that verified the account, or to an
// e-mail address. Whether
// there is such an account, nobody is told.
func (f *Flow) BeginReset(ctx context.Context, in api.NewReset) {
	f.act(ctx, DoingReset, func(ctx context.Context) error {
		conn, _ := f.connection()
		reset, err := conn.Server.BeginReset(ctx, in)
		if err == nil {
			f.set(func(s *State) { s.Reset, s.Credentials.Username = &reset, in.Username })
		}
		return err
	})
}

// AskResetAgain goes back from the code to the number that it is sent to.
func (f *Flow) AskResetAgain() { f.set(func(s *State) { s.Reset, s.Err = nil, nil }) }

// FinishReset sets the new password by the code that was sent, or by one from
// support.
func (f *Flow) FinishReset(ctx context.Context, in api.ResetPassword, support bool) {
	f.act(ctx, DoingReset, func(ctx context.Context) error {
		conn, _ := f.connection()
		id := ""
		if s := f.State(); !support && s.Reset != nil {
			id = s.Reset.ID
		}
		if err := conn.Server.FinishReset(ctx, id, in); err != nil {
			return err
		}
		f.set(func(s *State) {
			s.Page, s.Reset, s.PasswordSet, s.Credentials.Password = PageSignIn, nil, true, ""
		})
		return nil
	})
}
