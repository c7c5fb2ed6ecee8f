package httpapi

import (
	"context"
	"net/http"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

func (s *Server) declareResets() {
	serve(s, route{
		method: http.MethodPost, path: api.PathResets, status: http.StatusAccepted, tag: "account", asks: true,
		summary: "Ask for a new password by a code to the mobile number that verified the account, or by e-mail; nothing tells whether there is one",
		codes:   []problem.Code{problem.RateLimited},
	}, s.beginReset)
	done := []problem.Code{problem.CodeWrong, problem.CodeExpired, problem.RateLimited}
	serve(s, route{
		method: http.MethodPost, path: api.PathReset, status: http.StatusNoContent, tag: "account",
		summary: "Set the new password by the code; ends every session and hand-off", codes: done,
	}, s.finishReset)
	serve(s, route{
		method: http.MethodPost, path: api.PathSupportReset, status: http.StatusNoContent, tag: "account",
		summary: "Set a new password by a code from support; ends every session and hand-off", codes: done,
	}, s.redeemReset)
}

func (s *Server) beginReset(ctx context.Context, c *call, in api.NewReset) (api.Reset, error) {
	if s.cfg.PasswordsOff {
		return api.Reset{}, errPasswordsOff
	}
	switch {
	case (in.Mobile == "") == (in.Email == ""):
		return api.Reset{}, invalid("mobile", "missing", "Name a mobile number or an e-mail address, one of the two.")
	case in.Email != "" && !s.cfg.ResetByEmail:
		return api.Reset{}, invalid("email", "unknown", "This server sends no codes by e-mail; name the mobile number.")
	}
	r, err := s.Accounts.BeginReset(ctx, in.Username, account.ResetTo{Mobile: in.Mobile, Email: in.Email}, c.caller.origin())
	if err != nil {
		return api.Reset{}, err
	}
	return api.Reset{ID: r.ID, ExpiresAt: r.ExpiresAt, ExpiresIn: verification.SecondsUntil(r.ExpiresAt, s.Now())}, nil
}

func (s *Server) finishReset(ctx context.Context, c *call, in api.ResetPassword) (none, error) {
	return none{}, s.Accounts.FinishReset(ctx, string(c.id), in.Code, in.New, c.caller.origin())
}

func (s *Server) redeemReset(ctx context.Context, c *call, in api.ResetPassword) (none, error) {
	return none{}, s.Accounts.RedeemReset(ctx, in.Code, in.New, c.caller.origin())
}

// adminReset makes a code for a person whom support has made sure of.
func (s *Server) adminReset(ctx context.Context, c *call, in api.AdminReason) (api.AdminReset, error) {
	about, err := s.about(ctx, c)
	if err != nil {
		return api.AdminReset{}, err
	}
	code, expires, err := s.Accounts.SupportReset(ctx, about.ID)
	if err != nil {
		return api.AdminReset{}, err
	}
	if err := s.note(ctx, c, operator.ActPasswordReset, about.ID, in.Reason); err != nil {
		return api.AdminReset{}, err
	}
	return api.AdminReset{Code: code, ExpiresAt: expires}, s.Verify.NoteResetCode(ctx, about.ID)
}

// consoleReset shows the code on a page that has no address of its own.
func (s *Server) consoleReset(ctx context.Context, v *visit) error {
	reason, err := v.reason()
	if err != nil {
		return err
	}
	made, err := s.adminReset(ctx, v.call, api.AdminReason{Reason: reason})
	if err != nil {
		return err
	}
	return s.show(v, "reset", made)
}
