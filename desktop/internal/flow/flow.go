// Package flow is what the desktop app does, without a widget: it signs in,
// begins and follows a case, keeps what was typed, rotates the ticket, and
// says in a State what there is to show. The screen package draws States and
// calls the methods; main gives it a Dial over shared/client.
//
// Methods wait for the server and return; the screen calls them off the
// drawing goroutine. Run follows the open case and the clock. Nothing here
// decides about a case: the server does.
package flow

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// Server is what the flow asks of a backend before anyone signs in.
type Server interface {
	Info(ctx context.Context) (api.Server, error)
	CreateAccount(ctx context.Context, in api.Credentials) (api.Session, error)
	SignIn(ctx context.Context, in api.Credentials) (api.Session, error)
	ConsentText(ctx context.Context, purpose, language string) (api.ConsentText, error)
	SignInOptions(ctx context.Context) (api.SignInOptions, error)
	BeginSignIn(ctx context.Context, in api.IssuerStart) (api.IssuerStarted, error)
	FinishSignIn(ctx context.Context, id string, in api.IssuerAnswer) (api.Session, error)
	BeginReset(ctx context.Context, in api.NewReset) (api.Reset, error)
	FinishReset(ctx context.Context, id string, in api.ResetPassword) error
	SandboxSMS(ctx context.Context, mobile string) ([]api.SandboxSMS, error)
	SandboxPeople(ctx context.Context) ([]api.Person, error)
	AddSandboxPerson(ctx context.Context, in api.NewPerson) (api.Person, error)
	ResetSandbox(ctx context.Context) error
}

// Account is what the flow asks of a backend for an account.
type Account interface {
	SignOut(ctx context.Context) error
	Get(ctx context.Context) (api.Account, error)
	Options(ctx context.Context) (api.Options, error)
	Begin(ctx context.Context, in api.NewVerification) (verification.View, error)
	View(ctx context.Context, id verification.ID) (verification.View, error)
	Watch(ctx context.Context, id verification.ID) iter.Seq[client.Update[verification.View]]
	SendCode(ctx context.Context, id verification.ID) (verification.View, error)
	CheckCode(ctx context.Context, id verification.ID, in api.CodeCheck) (verification.View, error)
	Handoff(ctx context.Context, id verification.ID, in api.NewHandoff) (api.Handoff, error)
	Review(ctx context.Context, id verification.ID) (verification.View, error)
	Export(ctx context.Context, password string) (api.Export, error)
	AskMove(ctx context.Context, id verification.ID) (verification.View, error)
	ObjectToMove(ctx context.Context) error
	AgreePictures(ctx context.Context, id verification.ID, in api.Consent) (verification.View, error)
	HandPicture(ctx context.Context, id verification.ID, p verification.Picture, image []byte) (verification.View, error)
	DeclinePictures(ctx context.Context, id verification.ID) (verification.View, error)
	Cancel(ctx context.Context, id verification.ID) error
	Records(ctx context.Context) (api.Records, error)
	Revoke(ctx context.Context, serviceID string) error
	EraseIdentity(ctx context.Context) error
	Links(ctx context.Context) ([]api.Link, error)
	BeginLink(ctx context.Context, in api.IssuerStart) (api.IssuerStarted, error)
	FinishLink(ctx context.Context, id string, in api.IssuerAnswer) (api.Link, error)
	BeginLinkByDevice(ctx context.Context, issuer string) (api.LinkStarted, error)
	PollLink(ctx context.Context, id string) (api.Link, error)
	Unlink(ctx context.Context, issuer string) error
}

// Callback listens on loopback for the one answer of an issuer.
type Callback interface {
	// Redirect is where the browser brings the answer.
	Redirect() string
	// Wait returns the answer with this state, once it is there.
	Wait(ctx context.Context, state string) (api.IssuerAnswer, error)
	Close()
}

// Connection is one backend.
type Connection struct {
	Server  Server
	Account func(client.AccountToken) Account
}

// Dial makes a connection to an address whose key is pinned; no pin means
// that authorities or loopback vouch for it. It sends nothing yet.
type Dial func(address string, pin client.Pin) (Connection, error)

// Settings remembers the server between two starts.
type Settings interface {
	Server() (address string, pin client.Pin)
	SetServer(address string, pin client.Pin)
}

// Vault keeps an account's token by server between two starts.
type Vault interface {
	Load(server string) client.AccountToken
	Save(server string, token client.AccountToken)
	Delete(server string)
}

// Config is what a Flow needs.
type Config struct {
	Dial     Dial
	Settings Settings
	Vault    Vault
	Now      func() time.Time
	// Listen returns a listener on a port of loopback, 0 for any; Browse shows an
	// address in the system's browser.
	Listen func(port int) (Callback, error)
	Browse func(address string) error
	// Pause waits, unless ctx ends before; then it returns its error.
	Pause func(ctx context.Context, d time.Duration) error
	// Changed is told each new State, from any goroutine. One with a smaller
	// Turn than one that was seen is out of date.
	Changed func(State)
}

// Local is where a first start looks for a backend.
const Local = "http://127.0.0.1:8080"

// Flow is the app's state and what can be done with it.
type Flow struct {
	config Config

	acting atomic.Bool // an action of the person runs
	calls  sync.Mutex  // held by an action or by what is due, while it calls the server
	mu     sync.Mutex  // guards what follows
	state  State
	conn   Connection
	used   target // the server of conn
	target target // the server that was looked for last
	me     Account
	follow chan verification.ID
	// giveWay ends what is due, because the person acts; nil while nothing is.
	giveWay context.CancelFunc
	// giveUp ends the wait for a browser; nil while there is none.
	giveUp context.CancelFunc
	// drawing is the case for which a ticket is being asked for; "" for none.
	drawing verification.ID

	nextTry time.Time
	nextSMS time.Time
}

// New returns a flow that has asked nothing yet.
func New(c Config) *Flow {
	f := &Flow{config: c, follow: make(chan verification.ID, 1)}
	address, pin := c.Settings.Server()
	if address == "" {
		address = Local
	}
	f.target = target{address, pin}
	f.state = State{Page: PageConnect, Address: address, Wanted: address, Fingerprint: pin.Fingerprint()}
	return f
}

// State returns what there is to show now.
func (f *Flow) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// set changes the state and tells it, without the lock: who is told may call
// back.
func (f *Flow) set(change func(*State)) {
	f.mu.Lock()
	change(&f.state)
	f.state.Turn++
	now := f.state
	f.mu.Unlock()
	if f.config.Changed != nil {
		f.config.Changed(now)
	}
}

// act runs one action at a time: a second one, such as a double click, is
// dropped. What is due by the clock gives way to it. What fails stands in the
// state's Err.
func (f *Flow) act(ctx context.Context, what Doing, action func(context.Context) error) {
	if !f.acting.CompareAndSwap(false, true) {
		return
	}
	defer f.acting.Store(false)
	f.mu.Lock()
	if f.giveWay != nil {
		f.giveWay()
	}
	f.mu.Unlock()
	f.calls.Lock()
	defer f.calls.Unlock()
	now := f.config.Now()
	f.set(func(s *State) { s.Doing, s.DoingSince, s.Err = what, now, nil })
	err := action(ctx)
	if err == nil {
		f.set(func(s *State) { s.Doing, s.Offline = DoingNothing, false })
		return
	}
	f.failed(err)
}

// failed puts an error where it is shown. A session that is over leads back
// to sign-in, a new key to its question.
func (f *Flow) failed(err error) {
	var p *problem.Problem
	var unreachable *client.UnreachableError
	var unknown *client.KeyUnknownError
	var changed *client.KeyChangedError
	var at *targetError
	f.set(func(s *State) {
		address := s.Address
		if errors.As(err, &at) {
			address = at.address
		}
		s.Doing, s.Err = DoingNothing, err
		switch {
		case errors.As(err, &unreachable):
			// That another server is away is no fault of the one in use.
			// A foreign answer that lasts is said, and not taken for a server that is away.
			s.Offline = s.Offline || !s.Connected || address == s.Address && !client.Lasting(err)
		case errors.As(err, &unknown):
			s.Key = &KeyQuestion{Address: address, Presented: unknown.Presented}
		case errors.As(err, &changed):
			s.Key = &KeyQuestion{Address: address, Presented: changed.Presented, Pinned: changed.Pinned}
		case errors.As(err, &p):
			s.Offline = false
			if p.Code == problem.Unauthorized {
				s.Page, s.View, s.Handoff = PageSignIn, nil, nil
			}
		}
	})
}

// account returns the calls of the account that is signed in, and the case.
func (f *Flow) account() (Account, verification.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.View == nil {
		return f.me, ""
	}
	return f.me, f.state.View.ID
}

func (f *Flow) connection() (Connection, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.conn, f.state.Address
}
