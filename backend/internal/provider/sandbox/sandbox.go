// Package sandbox is everything that is not real: an SMS inbox instead of
// mobile phones, two affiliated sites, and the fictional people that cover every
// outcome. The registry answers for the carrier and the portraits, through
// provider/people. Production never prepares one.
package sandbox

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"time"

	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Store is what the sandbox keeps.
type Store interface {
	registry.Store
	verify.Store
	AddMessage(ctx context.Context, m api.SandboxSMS) error
	Messages(ctx context.Context, mobile string, limit int) ([]api.SandboxSMS, error)
	// Reset empties everything but accounts and sessions.
	Reset(ctx context.Context) error
}

// Preparer makes accounts with a password.
type Preparer interface {
	Ensure(ctx context.Context, password string, usernames ...string) error
}

// Sandbox implements verify.SMS, and what the sandbox's
// pages need.
type Sandbox struct {
	Store    Store
	Accounts Preparer
	// AccountID returns the id of a username.
	AccountID func(ctx context.Context, username string) (string, error)
	Password  string
	// Recordings is the folder of set-up with a portrait a recording.
	Recordings fs.FS
	// CheckPortrait refuses pictures that cannot serve as a portrait.
	CheckPortrait func(ctx context.Context, image []byte) error
	Now           func() time.Time
	Logger        *slog.Logger
}

// inboxSize is how many messages the inbox shows.
const inboxSize = 50

// Prepare makes what a fresh sandbox has, and leaves what is there.
func (s *Sandbox) Prepare(ctx context.Context) error {
	if err := s.Accounts.Ensure(ctx, s.Password, Accounts...); err != nil {
		return err
	}
	people, err := s.Store.People(ctx)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, p := range people {
		have[p.Identity.Key()] = p.HasPortrait
	}
	var missing []registry.Person
	for _, r := range rows {
		pictured, known := have[r.person().Identity.Key()]
		if known && (pictured || r.recording == "") {
			continue
		}
		p := r.person()
		p.Portrait = s.portrait(ctx, r)
		if !known || len(p.Portrait) > 0 {
			missing = append(missing, p)
		}
	}
	if err := s.Store.Import(ctx, registry.Each(missing...)); err != nil {
		return fmt.Errorf("import sandbox people: %w", err)
	}
	if len(people) > 0 { // an identity that was erased later stays erased
		return nil
	}
	return s.bind(ctx)
}

// portrait reads the picture of a recording's person. Without it the person
// has none, and the log says how to get it.
func (s *Sandbox) portrait(ctx context.Context, r row) []byte {
	if r.recording == "" {
		return nil
	}
	image, err := fs.ReadFile(s.Recordings, path.Join(r.recording, "portrait.jpg"))
	if err != nil {
		s.Logger.WarnContext(ctx, "a sandbox person has no portrait; run make setup", "recording", r.recording)
		return nil
	}
	return image
}

// bind verifies the account that holds an ID from the start.
func (s *Sandbox) bind(ctx context.Context) error {
	id, err := s.AccountID(ctx, boundAccount)
	if err != nil {
		return fmt.Errorf("find account: %w", err)
	}
	if _, err := s.Store.Bound(ctx, id); err == nil || !errors.Is(err, verify.ErrNotFound) {
		return err
	}
	person, err := s.Store.ByNumber(ctx, boundNumber)
	if err != nil {
		return fmt.Errorf("find sandbox person: %w", err)
	}
	c, effects, err := verify.Seed(id, identity.MaskUsername(boundAccount), person.Identity, s.Now())
	if err != nil {
		return err
	}
	var conflict *verify.ConflictError
	if err := s.Store.Create(ctx, c, effects); err != nil && !errors.As(err, &conflict) &&
		!errors.Is(err, verify.ErrIdentityBound) && !errors.Is(err, verify.ErrAlreadyVerified) {
		return fmt.Errorf("bind sandbox account: %w", err)
	}
	return nil
}

// Send implements verify.SMS: the message goes to the inbox.
func (s *Sandbox) Send(ctx context.Context, m verify.Message) (verify.Receipt, error) {
	text := "【Realname】验证码 %s，5 分钟内有效，请勿告诉他人。 Your code is %s, good for 5 minutes. Tell it to nobody."
	if m.Reset {
		text = "【Realname】重设密码的验证码 %s，5 分钟内有效，请勿告诉他人。 Your code for a new password is %s, good for 5 minutes. Tell it to nobody."
	}
	err := s.Store.AddMessage(ctx, api.SandboxSMS{Mobile: m.Mobile, Code: m.Code, At: s.Now(), Text: fmt.Sprintf(text, m.Code, m.Code)})
	if err != nil {
		return verify.Receipt{}, fmt.Errorf("%w: %w", verify.ErrProviderUnavailable, err)
	}
	return verify.Receipt{}, nil
}

// Messages lists the inbox, newest first; to one number, or all for "".
func (s *Sandbox) Messages(ctx context.Context, mobile string) ([]api.SandboxSMS, error) {
	return s.Store.Messages(ctx, mobile, inboxSize)
}

// People lists who there is to try, and with which account.
func (s *Sandbox) People(ctx context.Context) ([]api.Person, error) {
	people, err := s.Store.People(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]api.Person, len(people))
	for i, p := range people {
		out[i] = s.listed(p)
	}
	return out, nil
}

func (s *Sandbox) listed(p registry.Listed) api.Person {
	return api.Person{
		CertificateType: string(p.Identity.CertificateType),
		Name:            p.Identity.Name.Reveal(), Number: p.Identity.Number.Reveal(), Mobile: p.Identity.Mobile.Reveal(),
		Account: p.Account, Password: s.Password, Outcome: p.Outcome, Portrait: p.HasPortrait, Own: p.Own,
	}
}

// ErrPortrait is a picture that cannot serve as a portrait.
var ErrPortrait = errors.New("picture cannot serve as a portrait")

// Add adds one's own person. It returns *verify.InputError, ErrPortrait, or
// registry.ErrTaken.
func (s *Sandbox) Add(ctx context.Context, n api.NewPerson) (api.Person, error) {
	method := verification.Mobile
	if n.Mobile == "" {
		method = verification.Face
	}
	who, err := verify.ParseIdentity(verify.Request{
		Method: method, CertificateType: string(identity.CNID), Name: n.Name, Number: n.Number, Mobile: n.Mobile,
	}, s.Now())
	if err != nil {
		return api.Person{}, err
	}
	p := registry.Person{Identity: who, Outcome: "own", Account: "demo", Own: true}
	if n.Portrait != "" {
		if p.Portrait, err = base64.StdEncoding.DecodeString(n.Portrait); err != nil {
			return api.Person{}, ErrPortrait
		}
		if err := s.CheckPortrait(ctx, p.Portrait); err != nil {
			return api.Person{}, err
		}
	}
	if err := s.put(ctx, p); err != nil {
		return api.Person{}, err
	}
	return s.listed(registry.Listed{Person: p, HasPortrait: len(p.Portrait) > 0}), nil
}

// put adds a person, or replaces one that was added before.
func (s *Sandbox) put(ctx context.Context, p registry.Person) error {
	err := s.Store.Add(ctx, p)
	if !errors.Is(err, registry.ErrTaken) {
		return err
	}
	before, findErr := s.Store.ByNumber(ctx, p.Identity.Key())
	if findErr != nil || !before.Own {
		return errors.Join(err, findErr)
	}
	return s.Store.Import(ctx, registry.Each(p))
}

// Reset brings everything but accounts and sessions back to the first state.
func (s *Sandbox) Reset(ctx context.Context) error {
	if err := s.Store.Reset(ctx); err != nil {
		return err
	}
	return s.Prepare(ctx)
}
