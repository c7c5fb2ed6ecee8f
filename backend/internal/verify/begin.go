package verify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// InputError is a stated identity that cannot be one. It is returned before
// any case is made.
type InputError struct{ Fields []*identity.Error }

// Error implements error.
func (e *InputError) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "; ")
}

// Begin makes a case. It returns *InputError, *ConflictError with the open
// case, ErrAlreadyVerified, *LimitError, or, of an affiliate,
// ErrAffiliateUnknown and ErrProviderUnavailable.
func (s *Service) Begin(ctx context.Context, caller Caller, r Request) (verification.View, error) {
	if err := s.refuseSecondCase(ctx, caller.AccountID); err != nil {
		return verification.View{}, err
	}
	switch r.Method {
	case verification.Mobile, verification.Face:
		who, err := ParseIdentity(r, s.deps.Now())
		if err != nil {
			return verification.View{}, err
		}
		if err := s.checkConsent(r); err != nil {
			return verification.View{}, err
		}
		return s.beginManual(ctx, caller, r, who)
	case verification.Affiliate:
		return s.beginAffiliate(ctx, caller, r.Affiliate)
	}
	return verification.View{}, &RequestError{Field: "method"}
}

// checkConsent refuses a consent to another text than that of the mobile check,
// and one where nothing is consented to yet.
func (s *Service) checkConsent(r Request) error {
	if r.Consent == nil || r.Method == verification.Mobile && r.Consent.Version == s.deps.Consent(PurposeMobile) {
		return nil
	}
	return ErrConsentUnknown
}

// refuseSecondCase looks before the parse, so that a person with an open case
// is led to it; the store decides again in its transaction.
func (s *Service) refuseSecondCase(ctx context.Context, accountID string) error {
	switch _, err := s.deps.Store.Bound(ctx, accountID); {
	case err == nil:
		return ErrAlreadyVerified
	case !errors.Is(err, ErrNotFound):
		return err
	}
	switch open, err := s.open(ctx, accountID); {
	case err != nil:
		return err
	case open != nil:
		return open.conflict()
	}
	return nil
}

// open returns the account's open case after what has ended was applied, or
// nil.
func (s *Service) open(ctx context.Context, accountID string) (*Case, error) {
	c, err := s.deps.Store.OpenCase(ctx, accountID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		c, err = s.applyExpiry(ctx, c)
	}
	if err != nil || c.Status.Final() {
		return nil, err
	}
	return c, nil
}

// MethodsOf lists the methods that a certificate type is offered: by mobile
// number only where carriers know it.
func MethodsOf(t identity.CertificateType) []verification.Method {
	if !t.Checkable() {
		return []verification.Method{verification.Face}
	}
	return []verification.Method{verification.Mobile, verification.Face}
}

// ParseIdentity checks what was typed, every field, the certificate type
// first; where the type is not taken, neither name nor number. It returns *InputError.
func ParseIdentity(r Request, now time.Time) (Identity, error) {
	var (
		who Identity
		bad []*identity.Error
	)
	keep := func(err error) {
		var e *identity.Error
		if errors.As(err, &e) {
			bad = append(bad, e)
		}
	}
	kind, err := identity.ParseCertificateType(r.CertificateType)
	if err == nil && !slices.Contains(MethodsOf(kind), r.Method) {
		err = &identity.Error{Field: identity.FieldCertificateType, Cause: identity.CauseUnsupported}
	}
	keep(err)
	if err == nil {
		who.CertificateType = kind
		name, err := identity.ParseNameOf(kind, r.Name)
		keep(err)
		number, err := identity.ParseNumberOf(kind, r.Number)
		if err == nil {
			err = number.CheckAge(now)
		}
		keep(err)
		who.Name, who.Number = identity.NewPII(name), identity.NewPII(number.Text())
	}
	if r.Method == verification.Mobile {
		mobile, err := identity.ParseMobile(r.Mobile)
		keep(err)
		who.Mobile = identity.NewPII(mobile)
	}
	if len(bad) > 0 {
		return Identity{}, &InputError{Fields: bad}
	}
	return who, nil
}

func (s *Service) beginManual(ctx context.Context, caller Caller, r Request, who Identity) (verification.View, error) {
	m := r.Method
	if err := s.refuseFailures(ctx, caller.AccountID, m, who); err != nil {
		return verification.View{}, err
	}
	c, err := s.newCase(ctx, caller, m, who)
	if err != nil {
		return verification.View{}, err
	}
	first := verification.CodeRequired
	if m == verification.Face {
		first = verification.FaceRequired
	}
	if err := c.move(first, ""); err != nil {
		return verification.View{}, err
	}
	if m == verification.Mobile {
		given := Consent{Version: impliedConsent}
		if r.Consent != nil {
			given = *r.Consent
		}
		c.noteWith(EventConsented, string(PurposeMobile), given.String())
	}
	c.trace(Trace{
		Bucket: BucketIDsOfAccount, Subject: caller.AccountID, Item: who.Number.Reveal(), At: c.CreatedAt,
		Limits: limits(Limit{s.cfg.IDsPerAccount, month}),
	})
	c.trace(Trace{Bucket: BucketAccountsOfID, Subject: who.Number.Reveal(), Item: caller.AccountID, At: c.CreatedAt})
	return s.create(ctx, c)
}

// refuseFailures stops an account that was refused, or has failed before the
// camera, too often today. Of an ID only face attempts count here: strangers can
// make it fail, and who holds the phone that belongs to it has to get through.
func (s *Service) refuseFailures(ctx context.Context, accountID string, m verification.Method, who Identity) error {
	asked := []Trace{
		{Bucket: BucketFailsAccount, Subject: accountID, At: s.deps.Now(), Limits: []Limit{{s.cfg.FailsPerDay, day}}},
		s.faceAllowed(BucketFacesAccount, accountID),
	}
	if m == verification.Face {
		asked = append(asked, s.faceAllowed(BucketFacesID, who.Number.Reveal()))
	}
	return s.deps.Store.Allows(ctx, asked...)
}

func (s *Service) beginAffiliate(ctx context.Context, caller Caller, affiliate string) (verification.View, error) {
	word, err := s.deps.Affiliates.Claims(ctx, affiliate, caller)
	if errors.Is(err, ErrAnswerRefused) {
		entry := Entry{At: s.deps.Now(), Actor: ActorServer, Event: EventAnswerRefused, Party: "affiliate:" + affiliate}
		err = errors.Join(err, s.deps.Store.NoteEntry(ctx, caller.AccountID, entry))
	}
	if err != nil {
		return verification.View{}, err
	}
	v, err := s.createFromAffiliate(ctx, caller, affiliate, word)
	if errors.Is(err, ErrIdentityBound) {
		word.Refused = verification.IdentityAlreadyBound
		return s.createFromAffiliate(ctx, caller, affiliate, word)
	}
	return v, err
}

// taken is what is taken over from an affiliate that vouches, as the consent names
// it; from one that does not, nothing is.
const taken = "name, number"

func (s *Service) createFromAffiliate(ctx context.Context, caller Caller, affiliate string, word Vouched) (verification.View, error) {
	c, err := s.newCase(ctx, caller, verification.Affiliate, word.Identity)
	if err != nil {
		return verification.View{}, err
	}
	c.Affiliate = affiliate
	agreedTo := ""
	if !word.Identity.Number.Empty() {
		agreedTo = taken
	}
	c.noteWith(EventConsented, "affiliate:"+affiliate, agreedTo)
	c.as(ActorServer).noteWith(EventAffiliateAsked, "affiliate:"+affiliate, word.Detail)
	out := word.outcome(c.Case)
	c.noteRisks(out.risks)
	if err := c.as(ActorServer).move(out.to, out.why); err != nil {
		return verification.View{}, err
	}
	return s.create(ctx, c)
}

// outcome is what a case comes to by an affiliate's word. One that may be about a
// stranger is held against the face of whoever sits at the PC.
func (w Vouched) outcome(c *Case) outcome {
	switch {
	case w.Refused != "":
		return outcome{to: verification.Rejected, why: w.Refused}
	case len(w.Suspect) > 0:
		return suspected(c, w.Suspect)
	}
	return outcome{to: verification.Verified}
}

// impliedConsent is recorded of clients that do not say what the person read.
const impliedConsent = "implied"

// newCase is the first step of a case that is not stored and has no status yet, by its
// person.
func (s *Service) newCase(ctx context.Context, caller Caller, m verification.Method, who Identity) (step, error) {
	id, err := s.newID()
	if err != nil {
		return step{}, err
	}
	now := s.deps.Now()
	c := newStep(&Case{
		ID: verification.ID(id), AccountID: caller.AccountID, Account: identity.MaskUsername(caller.Username),
		Method: m, CreatedAt: now, ActiveAt: now, Identity: who, PC: caller.Origin,
	}, now, ActorPC, &s.cfg)
	c.noteWith(EventBegun, "", string(m))
	spent, err := s.facesSpent(ctx, c.Case)
	if err != nil {
		return step{}, err
	}
	c.AttemptsLeft = max(0, s.cfg.FaceAttempts-spent)
	if who.Number.Empty() { // nothing is known of nobody
		return c, nil
	}
	return c, s.recallReviews(ctx, c.Case)
}

func (s *Service) create(ctx context.Context, c step) (verification.View, error) {
	if err := s.deps.Store.Create(ctx, c.Case, *c.effects); err != nil {
		return verification.View{}, err
	}
	s.deps.Publisher.Publish(c.ID, c.Version)
	return s.view(c.Case), nil
}

// Seed returns a case that verifies an account from the start, as the sandbox
// has one. It is for Store.Create.
func Seed(accountID, account string, who Identity, now time.Time) (*Case, Effects, error) {
	now = now.UTC().Truncate(time.Microsecond)
	cfg := DefaultConfig()
	c := newStep(&Case{
		ID: verification.ID("seed-" + accountID), AccountID: accountID, Account: account,
		Method: verification.Mobile, CreatedAt: now, ActiveAt: now, Identity: who,
		Stages: []Stage{StageVerified}, // nobody went the way to it: it is not counted
	}, now, ActorServer, &cfg)
	err := c.move(verification.Verified, "")
	return c.Case, *c.effects, err
}

// day is the window of the daily caps.
const day = 24 * time.Hour

// limits drops those that are turned off.
func limits(all ...Limit) []Limit {
	var on []Limit
	for _, l := range all {
		if l.N > 0 {
			on = append(on, l)
		}
	}
	return on
}
