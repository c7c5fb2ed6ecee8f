package httpapi

import (
	"context"
	"net/http"
	"strings"

	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/identity"
)

func (s *Server) declareConsoleDesk() {
	s.console(http.MethodGet, consoleRoot+"/accounts", operator.Find, func(_ context.Context, v *visit) error {
		return s.show(v, "accounts", searchPage{})
	})
	s.console(http.MethodPost, consoleRoot+"/accounts", operator.Find, s.consoleSearchAccounts)
	s.console(http.MethodGet, consoleRoot+"/people", operator.Find, func(_ context.Context, v *visit) error {
		return s.show(v, "people", searchPage{})
	})
	s.console(http.MethodPost, consoleRoot+"/people", operator.Find, s.consoleSearchPeople)
	s.console(http.MethodGet, consolePath("accounts", ""), operator.Find, s.consoleAccount)
	consoleAct(s, operator.Help, "accounts", "end-sessions", "sessions_ended", s.adminEndSessions)
	consoleAct(s, operator.Help, "accounts", "unlock", "unlocked", s.adminUnlock)
	s.console(http.MethodPost, consolePath("accounts", "/reset"), operator.Help, s.consoleReset)
	s.console(http.MethodPost, consolePath("accounts", "/reveal"), operator.People, s.consoleReveal(s.adminReveal))
	s.console(http.MethodPost, consolePath("accounts", "/erase"), operator.People, s.consoleByTwo("erase", s.adminErase))
	s.console(http.MethodPost, consolePath("accounts", "/release"), operator.People, s.consoleByTwo("release", s.adminRelease))
	s.console(http.MethodPost, consolePath("accounts", "/join"), operator.People, s.consoleJoin)
	s.console(http.MethodGet, consolePath("people", ""), operator.Find, s.consolePerson)
	s.console(http.MethodPost, consolePath("people", "/reveal"), operator.People, s.consoleReveal(s.adminPersonReveal))
	s.console(http.MethodPost, consolePath("people", "/remove"), operator.People, s.consoleRemove)
}

// searchPage is a search with what it found.
type searchPage struct {
	By, Value string
	Searched  bool
	api.AdminFound
}

// consoleFind carries out the search of a form.
func (s *Server) consoleFind(ctx context.Context, v *visit, by string) (searchPage, error) {
	p := searchPage{By: by, Value: strings.TrimSpace(v.gin.PostForm("value"))}
	if p.Value == "" || len(p.Value) > 100 {
		return p, &sentence{http.StatusUnprocessableEntity, "refused.search"}
	}
	p.Searched = true
	var err error
	p.AdminFound, err = s.search(ctx, v.call, api.AdminSearch{By: by, Value: p.Value})
	return p, err
}

func (s *Server) consoleSearchAccounts(ctx context.Context, v *visit) error {
	p, err := s.consoleFind(ctx, v, "username")
	if err != nil {
		return err
	}
	if len(p.Accounts) == 1 {
		v.gin.Redirect(http.StatusSeeOther, consoleRoot+"/accounts/"+p.Accounts[0].ID)
		return nil
	}
	return s.show(v, "accounts", p)
}

func (s *Server) consoleSearchPeople(ctx context.Context, v *visit) error {
	by := "number"
	if v.gin.PostForm("by") == "mobile" {
		by = "mobile"
	}
	p, err := s.consoleFind(ctx, v, by)
	if err != nil {
		return err
	}
	return s.show(v, "people", p)
}

func (s *Server) consoleAccount(ctx context.Context, v *visit) error {
	detail, err := s.adminAccountDetail(ctx, v.call, none{})
	if err != nil {
		return err
	}
	return s.show(v, "account", struct {
		api.AdminAccountDetail
		Types []identity.CertificateType
	}{detail, identity.CertificateTypes()})
}

func (s *Server) consolePerson(ctx context.Context, v *visit) error {
	p, err := s.adminPerson(ctx, v.call, none{})
	if err != nil {
		return err
	}
	return s.show(v, "person", p)
}

// consoleAct declares an act that leads back to its page.
func consoleAct[Out any](s *Server, right operator.Right, section, name, what string, do func(context.Context, *call, api.AdminReason) (Out, error)) {
	s.console(http.MethodPost, consolePath(section, "/"+name), right, func(ctx context.Context, v *visit) error {
		reason, err := v.reason()
		if err != nil {
			return err
		}
		if _, err := do(ctx, v.call, api.AdminReason{Reason: reason}); err != nil {
			return err
		}
		return v.done(consoleRoot+"/"+section+"/"+string(v.id), what)
	})
}

// consoleReveal shows who somebody is on a page that has no address of its own:
// loaded again it asks for the reason again.
func (s *Server) consoleReveal(do func(context.Context, *call, api.AdminReason) (api.AdminRevealed, error)) func(context.Context, *visit) error {
	return func(ctx context.Context, v *visit) error {
		reason, err := v.reason()
		if err != nil {
			return err
		}
		who, err := do(ctx, v.call, api.AdminReason{Reason: reason})
		if err != nil {
			return err
		}
		return s.show(v, "revealed", who)
	}
}

func (s *Server) consoleByTwo(name string, do func(context.Context, *call, api.AdminReason) (api.AdminAgreement, error)) func(context.Context, *visit) error {
	return func(ctx context.Context, v *visit) error {
		reason, err := v.reason()
		if err != nil {
			return err
		}
		agreed, err := do(ctx, v.call, api.AdminReason{Reason: reason})
		if err != nil {
			return err
		}
		return v.agreed(name, agreed)
	}
}

// agreed leads back to the account, and says whether another operator has to agree.
func (v *visit) agreed(name string, a api.AdminAgreement) error {
	what := name + "_asked"
	if a.Done {
		what = name + "_done"
	}
	return v.done(consoleRoot+"/accounts/"+string(v.id), what)
}

func (s *Server) consoleJoin(ctx context.Context, v *visit) error {
	reason, err := v.reason()
	if err != nil {
		return err
	}
	in := api.AdminJoin{CertificateType: v.gin.PostForm("type"), Number: v.gin.PostForm("number"), Reason: reason}
	agreed, err := s.adminJoin(ctx, v.call, in)
	if err != nil {
		return err
	}
	return v.agreed("join", agreed)
}

func (s *Server) consoleRemove(ctx context.Context, v *visit) error {
	reason, err := v.reason()
	if err != nil {
		return err
	}
	if _, err := s.adminPersonRemove(ctx, v.call, api.AdminReason{Reason: reason}); err != nil {
		return err
	}
	return v.done(consoleRoot+"/people", "removed")
}
