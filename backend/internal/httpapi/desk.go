package httpapi

import (
	"context"
	"errors"
	"iter"
	"slices"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
)

// Registry keeps the people whom the operator knows.
type Registry interface {
	// Find returns who a search finds, 20 at most.
	Find(ctx context.Context, by registry.Search) ([]registry.Listed, error)
	// RemoveNoted deletes one person by verify.Identity.Key together with the act of who
	// does, or returns registry.ErrNotFound. Who was verified stays verified.
	RemoveNoted(ctx context.Context, key string, e operator.Entry) error
	// WithMobile is that of registry.Options.
	WithMobile(ctx context.Context, keys []string) (map[string]bool, error)
	// ImportNoted imports as registry.Store does, and ReplaceNoted removes everybody else
	// too, or returns *registry.UnconfirmedError; both together with the act of who does.
	ImportNoted(ctx context.Context, people iter.Seq2[registry.Person, error], e operator.Entry) error
	ReplaceNoted(ctx context.Context, people iter.Seq2[registry.Person, error], confirmed int64, e operator.Entry) error
	// All and CountPeople are everybody, a few in memory at a time.
	All(ctx context.Context) iter.Seq2[registry.Listed, error]
	CountPeople(ctx context.Context) (int64, error)
}

// Joins joins a further number to an account.
type Joins interface {
	// JoinNoted keeps the number together with the act of who completes it. Its errors
	// are those of verify.Store.Join.
	JoinNoted(ctx context.Context, accountID string, who verify.Identity, e verify.Entry, a operator.Entry) error
}

// search finds by one exact value. What was searched for stands nowhere; that
// it was, and by what, does.
func (s *Server) search(ctx context.Context, c *call, in api.AdminSearch) (api.AdminFound, error) {
	out := api.AdminFound{Accounts: []api.AdminAccount{}, People: []api.AdminPerson{}}
	if err := s.note(ctx, c, operator.ActSearched, "", in.By); err != nil {
		return out, err
	}
	ids, people, err := s.find(ctx, in)
	if err != nil {
		return out, err
	}
	for _, id := range ids {
		a, err := s.adminAccount(ctx, id)
		if err != nil {
			return out, err
		}
		out.Accounts = append(out.Accounts, a)
	}
	for _, p := range people {
		out.People = append(out.People, adminPerson(p))
	}
	return out, nil
}

// find returns the ids of accounts, and rows of the registry.
func (s *Server) find(ctx context.Context, in api.AdminSearch) (accounts []string, people []registry.Listed, err error) {
	switch in.By {
	case "username":
		a, err := s.Accounts.ByUsername(ctx, in.Value)
		if errors.Is(err, account.ErrNotFound) {
			return nil, nil, nil
		}
		return []string{a.ID}, nil, err
	case "number":
		keys := numberKeys(in.Value)
		for _, key := range keys {
			found, err := s.Registry.Find(ctx, registry.Search{Key: key})
			if err != nil {
				return nil, nil, err
			}
			people = append(people, found...)
		}
		accounts, err = s.Verify.Holders(ctx, keys)
		return accounts, people, err
	}
	mobile, err := identity.ParseMobile(in.Value)
	if err != nil {
		return nil, nil, nil //nolint:nilerr // nobody has a number that is none
	}
	if people, err = s.Registry.Find(ctx, registry.Search{Mobile: mobile}); err != nil {
		return nil, nil, err
	}
	accounts, err = s.Verify.HoldersByMobile(ctx, mobile)
	return accounts, people, err
}

// numberKeys are the keys that a number has as each type of certificate that
// takes it.
func numberKeys(text string) []string {
	var keys []string
	for _, t := range identity.CertificateTypes() {
		n, err := identity.ParseNumberOf(t, text)
		if err != nil {
			continue
		}
		if key := identity.KeyOf(t, n.Text()); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (s *Server) adminAccount(ctx context.Context, id string) (api.AdminAccount, error) {
	a, err := s.Accounts.Account(ctx, id)
	if err != nil {
		return api.AdminAccount{}, err
	}
	out := api.AdminAccount{ID: a.ID, Username: a.Username, MadeAt: a.CreatedAt}
	bound, err := s.Verify.Bound(ctx, id)
	if errors.Is(err, verify.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Verified = true
	out.Name, out.Number, out.Mobile = masked(bound.Identity)
	return out, nil
}

func masked(who verify.Identity) (name, number, mobile string) {
	if !who.Mobile.Empty() {
		mobile = identity.MaskMobile(who.Mobile.Reveal())
	}
	return identity.MaskName(who.Name.Reveal()), identity.MaskNumber(who.Number.Reveal()), mobile
}

func adminPerson(p registry.Listed) api.AdminPerson {
	out := api.AdminPerson{ID: p.ID, CertificateType: string(p.Identity.CertificateType), Portrait: p.HasPortrait}
	out.Name, out.Number, out.Mobile = masked(p.Identity)
	return out
}

// historyLength is how many events of an account are on a page.
const historyLength = 100

func (s *Server) adminAccountDetail(ctx context.Context, c *call, _ none) (api.AdminAccountDetail, error) {
	out := api.AdminAccountDetail{Caps: []api.AdminCap{}, Joined: []api.AdminNumber{}, Events: []api.AuditLine{}}
	id := string(c.id)
	from, err := operator.ParseCursor(c.gin.Query("behind"))
	if err != nil {
		return out, err
	}
	if out.AdminAccount, err = s.adminAccount(ctx, id); err != nil {
		return out, err
	}
	if err := s.note(ctx, c, operator.ActAccountOpened, id, ""); err != nil {
		return out, err
	}
	st, err := s.Verify.Standing(ctx, id)
	if err != nil {
		return out, err
	}
	if out.Open = st.Open; st.Bound != nil {
		out.Method, out.VerifiedAt = st.Bound.Method, &st.Bound.At
	}
	out.Events, out.Next = history(st.Entries, from)
	return out, s.fillAccount(ctx, id, &out)
}

// history is a page of an account's events, newest first, from those behind a cursor;
// next is the cursor of the page after it, where there is one.
func history(entries []verify.AccountEntry, from operator.Cursor) (page []api.AuditLine, next string) {
	page = []api.AuditLine{}
	start := operator.Line{At: from.At, Chain: from.Chain, Seq: from.Seq}
	for _, e := range slices.Backward(entries) {
		l := operator.Line{
			At: e.At, Chain: string(e.CaseID), Seq: e.Seq, Actor: string(e.Actor), Event: string(e.Event),
			Status: string(e.Status), Reason: string(e.Reason), Party: e.Party, Detail: e.Detail,
		}
		switch {
		case !from.At.IsZero() && l.Compare(start) >= 0:
		case len(page) == historyLength:
			last := page[historyLength-1]
			return page, operator.Cursor{At: last.At, Chain: last.Chain, Seq: last.Seq}.String()
		default:
			page = append(page, auditLine(l))
		}
	}
	return page, ""
}

// fillAccount adds what stands outside of the account's verifications.
func (s *Server) fillAccount(ctx context.Context, id string, out *api.AdminAccountDetail) (err error) {
	if out.Sessions, err = s.Accounts.Sessions(ctx, id); err != nil {
		return err
	}
	joined, err := s.Verify.Joined(ctx, id)
	if err != nil {
		return err
	}
	for _, j := range joined {
		_, number, _ := masked(j.Identity)
		out.Joined = append(out.Joined, api.AdminNumber{CertificateType: string(j.Identity.CertificateType), Number: number})
	}
	caps, err := s.Verify.Caps(ctx, id)
	if err != nil {
		return err
	}
	for _, u := range caps {
		out.Caps = append(out.Caps, api.AdminCap{Cap: string(u.Bucket), Used: u.Used, Most: u.Most, Hours: int(u.Window.Hours())})
	}
	requests, err := s.Operators.Requests(ctx, id)
	out.Requests = adminRequests(requests)
	return err
}

func adminRequests(all []operator.Request) []api.AdminRequest {
	out := make([]api.AdminRequest, len(all))
	for i, r := range all {
		out[i] = api.AdminRequest{
			Kind: string(r.Kind), Operator: r.Operator, Reason: r.Reason, At: r.At, Until: r.At.Add(operator.RequestLife),
		}
	}
	return out
}

// note writes an act of the caller to the trail.
func (s *Server) note(ctx context.Context, c *call, a operator.Act, subject, detail string) error {
	return s.Operators.Note(ctx, c.caller.operator, a, subject, detail)
}

// about finds the account that an act is about, and refuses the operator's own.
func (s *Server) about(ctx context.Context, c *call) (account.Account, error) {
	a, err := s.Accounts.Account(ctx, string(c.id))
	if err == nil && c.caller.operator.Owns(a.Username) {
		err = operator.ErrOwn
	}
	return a, err
}

func (s *Server) adminEndSessions(ctx context.Context, c *call, in api.AdminReason) (none, error) {
	if _, err := s.Accounts.Account(ctx, string(c.id)); err != nil {
		return none{}, err
	}
	if err := s.note(ctx, c, operator.ActSessionsEnded, string(c.id), in.Reason); err != nil {
		return none{}, err
	}
	_, err := s.Accounts.EndSessions(ctx, string(c.id))
	return none{}, err
}

func (s *Server) adminUnlock(ctx context.Context, c *call, in api.AdminReason) (none, error) {
	if _, err := s.about(ctx, c); err != nil {
		return none{}, err
	}
	if err := s.note(ctx, c, operator.ActCapsUnlocked, string(c.id), in.Reason); err != nil {
		return none{}, err
	}
	return none{}, s.Verify.Unlock(ctx, string(c.id))
}

// bound is who the account that an act is about is verified as. It returns
// account.ErrNotFound where there is no account, verify.ErrNotFound where no ID verifies it.
func (s *Server) bound(ctx context.Context, c *call) (*verify.Bound, error) {
	bound, err := s.Verify.Bound(ctx, string(c.id))
	if errors.Is(err, verify.ErrNotFound) {
		if _, missing := s.Accounts.Account(ctx, string(c.id)); missing != nil {
			return nil, missing
		}
	}
	return bound, err
}

func (s *Server) adminReveal(ctx context.Context, c *call, in api.AdminReason) (api.AdminRevealed, error) {
	bound, err := s.bound(ctx, c)
	if err != nil {
		return api.AdminRevealed{}, err
	}
	if err := s.note(ctx, c, operator.ActRevealed, string(c.id), in.Reason); err != nil {
		return api.AdminRevealed{}, err
	}
	return revealed(bound.Identity), nil
}

func revealed(who verify.Identity) api.AdminRevealed {
	return api.AdminRevealed{
		CertificateType: string(who.CertificateType), Name: who.Name.Reveal(), Number: who.Number.Reveal(), Mobile: who.Mobile.Reveal(),
	}
}

// adminRelease frees the account's ID, once two operators want it.
func (s *Server) adminRelease(ctx context.Context, c *call, in api.AdminReason) (api.AdminAgreement, error) {
	if _, err := s.bound(ctx, c); err != nil {
		return api.AdminAgreement{}, err
	}
	return s.byTwo(ctx, c, operator.Request{Kind: operator.KindRelease, Reason: in.Reason}, operator.ActReleased, s.noted(c, s.Verify.Release))
}

// adminJoin makes a further number count as that of the account's person, once two
// operators name it.
func (s *Server) adminJoin(ctx context.Context, c *call, in api.AdminJoin) (api.AdminAgreement, error) {
	if _, err := s.bound(ctx, c); err != nil {
		return api.AdminAgreement{}, err
	}
	who, err := numbered(in)
	if err != nil {
		return api.AdminAgreement{}, err
	}
	holders, err := s.Verify.Holders(ctx, []string{who.Key()})
	if err != nil {
		return api.AdminAgreement{}, err
	}
	if len(holders) > 0 {
		return api.AdminAgreement{}, verify.ErrIdentityBound
	}
	r := operator.Request{Kind: operator.KindJoin, Item: who.Key(), Reason: in.Reason}
	return s.byTwo(ctx, c, r, operator.ActJoined, func(ctx context.Context, j joint) error {
		return s.Joins.JoinNoted(ctx, j.act.Subject, who, s.Verify.JoinEntry(j.operators, j.reason), j.act)
	})
}

// numbered is an identity of a certificate type and number alone.
func numbered(in api.AdminJoin) (verify.Identity, error) {
	kind, err := identity.ParseCertificateType(in.CertificateType)
	if err != nil {
		return verify.Identity{}, err
	}
	number, err := identity.ParseNumberOf(kind, in.Number)
	return verify.Identity{CertificateType: kind, Number: identity.NewPII(number.Text())}, err
}

// adminErase deletes what is known of an account. Where that frees an ID it
// takes two operators, as a release does.
func (s *Server) adminErase(ctx context.Context, c *call, in api.AdminReason) (api.AdminAgreement, error) {
	_, err := s.Verify.Bound(ctx, string(c.id))
	switch {
	case err == nil:
		return s.byTwo(ctx, c, operator.Request{Kind: operator.KindErase, Reason: in.Reason}, operator.ActErased, s.noted(c, s.Verify.EraseFor))
	case !errors.Is(err, verify.ErrNotFound):
		return api.AdminAgreement{}, err
	}
	if _, err := s.about(ctx, c); err != nil {
		return api.AdminAgreement{}, err
	}
	if err := s.note(ctx, c, operator.ActErased, string(c.id), in.Reason); err != nil {
		return api.AdminAgreement{}, err
	}
	return api.AdminAgreement{Done: true}, s.Verify.EraseFor(ctx, c.caller.operator.Name, string(c.id), in.Reason)
}

// joint is what two operators agreed to do.
type joint struct {
	// act is that of the second one, about the account.
	act               operator.Entry
	operators, reason string // of both
}

// noted writes the act before what it says is done.
func (s *Server) noted(c *call, do func(ctx context.Context, operators, accountID, reason string) error) func(context.Context, joint) error {
	return func(ctx context.Context, j joint) error {
		if err := s.note(ctx, c, j.act.Act, j.act.Subject, j.act.Detail); err != nil {
			return err
		}
		return do(ctx, j.operators, j.act.Subject, j.reason)
	}
}

// byTwo does what takes two operators, once the second one asks for it. The account is
// the subject of the request.
func (s *Server) byTwo(ctx context.Context, c *call, r operator.Request, a operator.Act,
	do func(context.Context, joint) error,
) (api.AdminAgreement, error) {
	about, err := s.about(ctx, c)
	if err != nil {
		return api.AdminAgreement{}, err
	}
	r.Subject = about.ID
	first, err := s.Operators.Agree(ctx, c.caller.operator, r)
	if err != nil {
		return api.AdminAgreement{}, err
	}
	if first == nil {
		until := s.Now().Add(operator.RequestLife)
		return api.AdminAgreement{Until: &until}, nil
	}
	return api.AdminAgreement{Done: true}, do(ctx, joint{
		act:       s.Operators.EntryOf(c.caller.operator, a, about.ID, "with "+first.Operator+": "+r.Reason),
		operators: first.Operator + ", " + c.caller.operator.Name, reason: first.Reason + "; " + r.Reason,
	})
}

// person finds a row of the registry, or returns registry.ErrNotFound.
func (s *Server) person(ctx context.Context, c *call) (registry.Listed, error) {
	found, err := s.Registry.Find(ctx, registry.Search{ID: string(c.id)})
	if err != nil {
		return registry.Listed{}, err
	}
	if len(found) == 0 {
		return registry.Listed{}, registry.ErrNotFound
	}
	return found[0], nil
}

func (s *Server) adminPerson(ctx context.Context, c *call, _ none) (api.AdminPerson, error) {
	p, err := s.person(ctx, c)
	return adminPerson(p), err
}

func (s *Server) adminPersonReveal(ctx context.Context, c *call, in api.AdminReason) (api.AdminRevealed, error) {
	p, err := s.person(ctx, c)
	if err != nil {
		return api.AdminRevealed{}, err
	}
	if err := s.note(ctx, c, operator.ActRevealed, p.ID, in.Reason); err != nil {
		return api.AdminRevealed{}, err
	}
	return revealed(p.Identity), nil
}

func (s *Server) adminPersonRemove(ctx context.Context, c *call, in api.AdminReason) (none, error) {
	p, err := s.person(ctx, c)
	if err != nil {
		return none{}, err
	}
	return none{}, s.Registry.RemoveNoted(ctx, p.Identity.Key(), s.Operators.EntryOf(c.caller.operator, operator.ActPersonRemoved, p.ID, in.Reason))
}
