// Package flowtest is a scripted backend for the tests of flow and screen: it
// answers each call with what the test put there, and remembers the calls. It
// has no rule of its own but that versions grow.
package flowtest

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// Start is when every test begins.
func Start() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// Backend answers as its fields say.
type Backend struct {
	// Fail is what a call answers instead, by its name; once it is used it
	// is gone.
	Fail map[string]error
	// During is done once within the next call of a name, before it is answered.
	During map[string]func(context.Context)
	// Calls are the names of the calls so far.
	Calls []string

	// Ways are how people sign in; Answer is what the browser brings, Linked the
	// links.
	Ways   api.SignInOptions
	Reset  api.NewReset // that was asked for last
	Answer api.IssuerAnswer
	Linked []api.Link
	// Started is what a sign-in or link was begun with, Brought what was handed in.
	Started api.IssuerStart
	Brought api.IssuerAnswer

	Mode    string
	User    api.Account
	Choices api.Options
	Case    verification.View
	Ticket  api.Handoff
	Ledger  api.Records
	Whole   api.Export // what an export answers
	Leads   string     // where a sign-in at an issuer leads; empty for its usual place
	Life    int64      // seconds that a code has; 0 for ten minutes
	People  []api.Person
	Added   api.NewPerson // who was added last
	SMS     []api.SandboxSMS
	// Updates are what a watch tells.
	Updates []client.Update[verification.View]
	// Stated is what the last case was begun with, Code what was handed in
	// last, Asked what the last hand-off was.
	Stated api.NewVerification
	Code   string
	Asked  api.NewHandoff
}

// New returns a sandbox with the account demo and no case.
func New() *Backend {
	return &Backend{
		Fail: map[string]error{}, During: map[string]func(context.Context){}, Mode: "sandbox",
		Ways:    api.SignInOptions{Password: true, Issuers: []api.Issuer{}},
		User:    api.Account{ID: "a1", Username: "demo", Password: true},
		Choices: api.Options{Methods: []verification.Method{verification.Mobile, verification.Face}, Sandbox: true},
		Ticket: api.Handoff{
			URL:       "HTTPS://192.168.1.20:8443/Q/ABCDEFGHIJKLMNOPQRSTUVWXYZ.ABCDEFGHIJKLMNOPQRST",
			ExpiresAt: Start().Add(time.Minute), ExpiresIn: 60,
			TypedCode: "KFRM7TQX", TypedCodeExpiresAt: Start().Add(5 * time.Minute), TypedCodeExpiresIn: 300,
		},
		People: []api.Person{
			{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001", Account: "demo", Password: "sandbox-demo", Outcome: "verified"},
			{Name: "王芳", Number: "110100198512240225", Mobile: "13800000002", Outcome: "mobile_mismatch"},
			{Name: "周杰", Number: "110100199505200318", Mobile: "13800000009", Account: "zhoujie", Password: "sandbox-zhou", Outcome: "affiliate"},
		},
	}
}

// Stand sets the case to a status and returns it.
func (b *Backend) Stand(s verification.Status, m verification.Method, r verification.Reason) verification.View {
	b.Case = verification.View{
		ID: "v1", Version: b.Case.Version + 1, Status: s, Method: m, Reason: r, AttemptsLeft: 5,
		Identity: verification.Identity{CertificateType: "cn_id", Name: "张*", Number: "110***********0111"},
	}
	if end, left := Start().Add(30*time.Minute), int64(1800); !s.Final() {
		b.Case.ExpiresAt, b.Case.ExpiresIn = &end, &left
	}
	if s == verification.InReview {
		b.Case.Pictures = &verification.Pictures{Wanted: verification.AllPictures(), Sent: []verification.Picture{}}
	}
	b.User.Verification = &api.AccountVerification{ID: "v1", Status: s, Method: m}
	return b.Case
}

// Dial connects to the backend under every address.
func (b *Backend) Dial(string, client.Pin) (flow.Connection, error) {
	return flow.Connection{Server: b, Account: func(client.AccountToken) flow.Account { return account{b} }}, nil
}

func (b *Backend) call(ctx context.Context, name string) error {
	b.Calls = append(b.Calls, name)
	if do := b.During[name]; do != nil {
		delete(b.During, name)
		do(ctx)
	}
	err := b.Fail[name]
	delete(b.Fail, name)
	return err
}

// Info implements flow.Server.
func (b *Backend) Info(ctx context.Context) (api.Server, error) {
	return api.Server{Name: "Test", Mode: b.Mode}, b.call(ctx, "info")
}

// CreateAccount implements flow.Server.
func (b *Backend) CreateAccount(ctx context.Context, _ api.Credentials) (api.Session, error) {
	return api.Session{Token: "t", Account: b.User}, b.call(ctx, "create")
}

// SignIn implements flow.Server.
func (b *Backend) SignIn(ctx context.Context, _ api.Credentials) (api.Session, error) {
	return api.Session{Token: "t", Account: b.User}, b.call(ctx, "signin")
}

// ConsentText implements flow.Server.
func (b *Backend) ConsentText(ctx context.Context, purpose, language string) (api.ConsentText, error) {
	return api.ConsentText{Version: purpose + "-1", Language: language, Text: "What is checked.\n\nWhat is kept."}, b.call(ctx, "consent")
}

// SignInOptions implements flow.Server.
func (b *Backend) SignInOptions(ctx context.Context) (api.SignInOptions, error) {
	return b.Ways, b.call(ctx, "ways")
}

// BeginSignIn implements flow.Server.
func (b *Backend) BeginSignIn(ctx context.Context, in api.IssuerStart) (api.IssuerStarted, error) {
	return b.start(ctx, "begin-signin", in)
}

func (b *Backend) start(ctx context.Context, name string, in api.IssuerStart) (api.IssuerStarted, error) {
	b.Started = in
	leads := cmp.Or(b.Leads, "https://issuer.example/authorize?state=st")
	return api.IssuerStarted{ID: "i1", AuthorizationURL: leads, ExpiresIn: 600}, b.call(ctx, name)
}

// FinishSignIn implements flow.Server.
func (b *Backend) FinishSignIn(ctx context.Context, _ string, in api.IssuerAnswer) (api.Session, error) {
	b.Brought = in
	return api.Session{Token: "t", Account: b.User}, b.call(ctx, "finish-signin")
}

// Listen is a listener to which the browser brings Answer; without one the
// person gives up, or is too slow.
func (b *Backend) Listen(int) (flow.Callback, error) {
	return callback{b}, b.call(context.Background(), "listen")
}

// Browse opens no browser.
func (b *Backend) Browse(string) error { return b.call(context.Background(), "browse") }

type callback struct{ b *Backend }

func (callback) Redirect() string { return "http://127.0.0.1:7/callback" }
func (callback) Close()           {}

func (c callback) Wait(ctx context.Context, state string) (api.IssuerAnswer, error) {
	err := c.b.call(ctx, "wait")
	if err == nil {
		err = ctx.Err()
	}
	answer := c.b.Answer
	answer.State = state
	return answer, err
}

// BeginReset implements flow.Server.
func (b *Backend) BeginReset(ctx context.Context, in api.NewReset) (api.Reset, error) {
	b.Reset = in
	return api.Reset{ID: "r1", ExpiresAt: Start().Add(10 * time.Minute), ExpiresIn: 600}, b.call(ctx, "reset-begin")
}

// FinishReset implements flow.Server.
func (b *Backend) FinishReset(ctx context.Context, id string, _ api.ResetPassword) error {
	return b.call(ctx, "reset-finish "+id)
}

// SandboxSMS implements flow.Server.
func (b *Backend) SandboxSMS(ctx context.Context, _ string) ([]api.SandboxSMS, error) {
	return b.SMS, b.call(ctx, "sms")
}

// SandboxPeople implements flow.Server.
func (b *Backend) SandboxPeople(ctx context.Context) ([]api.Person, error) {
	return b.People, b.call(ctx, "people")
}

// AddSandboxPerson implements flow.Server.
func (b *Backend) AddSandboxPerson(ctx context.Context, in api.NewPerson) (api.Person, error) {
	p := api.Person{Name: in.Name, Number: in.Number, Mobile: in.Mobile, Own: true, Outcome: "own"}
	b.Added = in
	b.People = append(b.People, p)
	return p, b.call(ctx, "add")
}

// ResetSandbox implements flow.Server.
func (b *Backend) ResetSandbox(ctx context.Context) error { return b.call(ctx, "reset") }

// account is the backend for who is signed in.
type account struct{ b *Backend }

func (a account) SignOut(ctx context.Context) error { return a.b.call(ctx, "signout") }

func (a account) Get(ctx context.Context) (api.Account, error) {
	return a.b.User, a.b.call(ctx, "account")
}

func (a account) Options(ctx context.Context) (api.Options, error) {
	return a.b.Choices, a.b.call(ctx, "options")
}

func (a account) Begin(ctx context.Context, in api.NewVerification) (verification.View, error) {
	a.b.Stated = in
	if err := a.b.call(ctx, "begin"); err != nil {
		return verification.View{}, err
	}
	switch in.Method {
	case verification.Mobile:
		return a.b.Stand(verification.CodeRequired, in.Method, ""), nil
	case verification.Face:
		return a.b.Stand(verification.FaceRequired, in.Method, ""), nil
	case verification.Affiliate:
		return a.b.Stand(verification.Verified, in.Method, ""), nil
	}
	return verification.View{}, nil
}

func (a account) View(ctx context.Context, _ verification.ID) (verification.View, error) {
	return a.b.Case, a.b.call(ctx, "view")
}

func (a account) Watch(context.Context, verification.ID) iter.Seq[client.Update[verification.View]] {
	return func(yield func(client.Update[verification.View]) bool) {
		for _, u := range a.b.Updates {
			if u.Online {
				a.b.Case = u.View
			}
			if !yield(u) {
				return
			}
		}
	}
}

func (a account) SendCode(ctx context.Context, _ verification.ID) (verification.View, error) {
	if err := a.b.call(ctx, "code"); err != nil {
		return verification.View{}, err
	}
	a.b.Case.Version++
	a.b.Case.Code = &verification.Code{
		Mobile: "138****0001", SentAt: Start(), ExpiresAt: Start().Add(5 * time.Minute), ExpiresIn: 300,
		ResendAt: Start().Add(time.Minute), ResendIn: 60, GuessesLeft: 5,
	}
	return a.b.Case, nil
}

// CheckCode answers with the case as the test left it.
func (a account) CheckCode(ctx context.Context, _ verification.ID, in api.CodeCheck) (verification.View, error) {
	a.b.Code = in.Code
	err := a.b.call(ctx, "check")
	return a.b.Case, err
}

func (a account) Handoff(ctx context.Context, _ verification.ID, in api.NewHandoff) (api.Handoff, error) {
	a.b.Asked = in
	err := a.b.call(ctx, "handoff")
	if err == nil && in.Replace && a.b.Case.Status == verification.InReview {
		a.b.Case.Version, a.b.Case.Handoff = a.b.Case.Version+1, nil
	} else if err == nil && in.Replace {
		a.b.Stand(verification.FaceRequired, a.b.Case.Method, verification.Risk)
	}
	return a.b.Ticket, err
}

func (a account) Review(ctx context.Context, _ verification.ID) (verification.View, error) {
	if err := a.b.call(ctx, "review"); err != nil {
		return verification.View{}, err
	}
	return a.b.Stand(verification.InReview, a.b.Case.Method, ""), nil
}

func (a account) Export(ctx context.Context, password string) (api.Export, error) {
	return a.b.Whole, a.b.call(ctx, "export "+password)
}

func (a account) AskMove(ctx context.Context, _ verification.ID) (verification.View, error) {
	if err := a.b.call(ctx, "move"); err != nil {
		return verification.View{}, err
	}
	a.b.Case.Version++
	a.b.Case.Movable, a.b.Case.Move = false, &verification.Move{AskedAt: Start(), DueAt: Start().Add(72 * time.Hour), DueIn: 72 * 3600}
	return a.b.Case, nil
}

func (a account) ObjectToMove(ctx context.Context) error {
	err := a.b.call(ctx, "object")
	if err == nil {
		a.b.User.Move = nil
	}
	return err
}

func (a account) AgreePictures(ctx context.Context, _ verification.ID, _ api.Consent) (verification.View, error) {
	if err := a.b.call(ctx, "agree"); err != nil {
		return verification.View{}, err
	}
	return a.b.pictures(func(p *verification.Pictures) { p.Agreed, p.Declined = true, false }), nil
}

func (a account) HandPicture(ctx context.Context, _ verification.ID, name verification.Picture, _ []byte) (verification.View, error) {
	if err := a.b.call(ctx, "picture "+string(name)); err != nil {
		return verification.View{}, err
	}
	return a.b.pictures(func(p *verification.Pictures) {
		p.Wanted = slices.DeleteFunc(slices.Clone(p.Wanted), func(w verification.Picture) bool { return w == name })
		p.Sent = append(slices.Clone(p.Sent), name)
	}), nil
}

func (a account) DeclinePictures(ctx context.Context, _ verification.ID) (verification.View, error) {
	if err := a.b.call(ctx, "decline-pictures"); err != nil {
		return verification.View{}, err
	}
	return a.b.pictures(func(p *verification.Pictures) {
		*p = verification.Pictures{Wanted: verification.AllPictures(), Sent: []verification.Picture{}, Declined: true}
	}), nil
}

// pictures changes what the case in review says of its pictures.
func (b *Backend) pictures(change func(*verification.Pictures)) verification.View {
	now := *b.Case.Pictures
	change(&now)
	b.Case.Pictures, b.Case.Version = &now, b.Case.Version+1
	return b.Case
}

func (a account) Cancel(ctx context.Context, _ verification.ID) error {
	err := a.b.call(ctx, "cancel")
	if err == nil {
		a.b.User.Verification = nil
	}
	return err
}

func (a account) Records(ctx context.Context) (api.Records, error) {
	return a.b.Ledger, a.b.call(ctx, "records")
}

func (a account) Links(ctx context.Context) ([]api.Link, error) {
	return a.b.Linked, a.b.call(ctx, "links")
}

func (a account) BeginLink(ctx context.Context, in api.IssuerStart) (api.IssuerStarted, error) {
	return a.b.start(ctx, "begin-link", in)
}

func (a account) FinishLink(ctx context.Context, _ string, in api.IssuerAnswer) (api.Link, error) {
	a.b.Brought = in
	return api.Link{Issuer: a.b.Started.Issuer}, a.b.call(ctx, "finish-link")
}

func (a account) BeginLinkByDevice(ctx context.Context, issuer string) (api.LinkStarted, error) {
	a.b.Started = api.IssuerStart{Issuer: issuer}
	page := cmp.Or(a.b.Leads, "https://issuer.example/activate")
	return api.LinkStarted{
		ID: "d1", VerificationURI: page, VerificationURIComplete: page + "?user_code=WDJB-MJHT", UserCode: "WDJB-MJHT",
		Interval: 5, ExpiresIn: cmp.Or(a.b.Life, 600),
	}, a.b.call(ctx, "begin-device")
}

func (a account) PollLink(ctx context.Context, _ string) (api.Link, error) {
	return api.Link{Issuer: a.b.Started.Issuer, LinkedBy: api.LinkedByDevice}, a.b.call(ctx, "poll")
}

// Pause is over at once; what happens meanwhile is During["pause"].
func (b *Backend) Pause(ctx context.Context, d time.Duration) error {
	return errors.Join(b.call(ctx, "pause "+d.String()), ctx.Err())
}

func (a account) Unlink(ctx context.Context, _ string) error {
	err := a.b.call(ctx, "unlink")
	if err == nil {
		a.b.Linked = nil
	}
	return err
}

func (a account) Revoke(ctx context.Context, serviceID string) error {
	err := a.b.call(ctx, "revoke "+serviceID)
	if err == nil {
		a.b.Ledger.Grants = slices.DeleteFunc(slices.Clone(a.b.Ledger.Grants), func(g api.Grant) bool { return g.ID == serviceID })
	}
	return err
}

func (a account) EraseIdentity(ctx context.Context) error {
	err := a.b.call(ctx, "erase")
	if err == nil {
		a.b.User.Verification = nil
	}
	return err
}

// Memory remembers the server and the token of one test.
type Memory struct {
	Address string
	Pin     client.Pin
	Token   client.AccountToken
}

// Server implements flow.Settings.
func (m *Memory) Server() (string, client.Pin) { return m.Address, m.Pin }

// SetServer implements flow.Settings.
func (m *Memory) SetServer(address string, pin client.Pin) { m.Address, m.Pin = address, pin }

// Load implements flow.Vault.
func (m *Memory) Load(string) client.AccountToken { return m.Token }

// Save implements flow.Vault.
func (m *Memory) Save(_ string, token client.AccountToken) { m.Token = token }

// Delete implements flow.Vault.
func (m *Memory) Delete(string) { m.Token = "" }
