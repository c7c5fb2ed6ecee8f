// Package flow is what the phone does, without a widget: from a scanned code
// to the result. The screens call its methods, each on a goroutine of its own,
// and draw the State that it tells. It decides nothing about the person.
package flow

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"iter"
	"sync"
	"time"

	"realname.example/mobile/internal/capture"
	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// Stage names what the screen shows.
type Stage string

// The stages in the order in which a person meets them.
const (
	Home       Stage = "home"
	Scanning   Stage = "scanning"
	Typing     Stage = "typing"
	Server     Stage = "server" // a new or changed server is to be confirmed
	Claiming   Stage = "claiming"
	Number     Stage = "number" // who asks, and the number from the PC
	Consenting Stage = "consenting"
	Ready      Stage = "ready" // consent given, the camera is closed
	Capturing  Stage = "capturing"
	Sending    Stage = "sending"
	Judging    Stage = "judging"
	Result     Stage = "result"

	// Those of a review, after Number and Consenting.
	Posing Stage = "posing" // which picture comes next, the camera is closed
	Aiming Stage = "aiming" // the camera is open
	Shown  Stage = "shown"  // the picture that was taken, to be sent or taken again
)

// Stages lists every stage once.
func Stages() []Stage {
	return []Stage{Home, Scanning, Typing, Server, Claiming, Number, Consenting, Ready, Capturing, Sending, Judging, Posing, Aiming, Shown, Result}
}

// Notice is something to say that is no error of a call; "" for nothing.
type Notice string

// The notices.
const (
	Foreign Notice = "foreign" // a code of somebody else: nothing was opened
	Damaged Notice = "damaged"
	NoCode  Notice = "no_code" // no code in the picture from a file
	Mistype Notice = "mistype" // not a typed code, or not a server's address
	Over    Notice = "over"    // the hand-off has ended elsewhere

	Interrupted Notice = "interrupted" // another app came to the front during the capture
)

// Torch is the camera's light while scanning; "" where it has none.
type Torch string

// The states of a light.
const (
	TorchOff Torch = "off"
	TorchOn  Torch = "on"
)

// State is all that the screens draw.
type State struct {
	// Turn grows with each change. A state with a smaller one than one that was
	// seen is out of date.
	Turn   int64
	Stage  Stage
	Notice Notice
	// Err is the last call's or the camera's; nil when it went well.
	Err error
	// Busy is true while a call is under way.
	Busy bool
	// Offline is true while the server is out of reach and is tried again.
	Offline bool
	// Address and Pin are the server's to be confirmed; Changed says that
	// another key was known.
	Address string
	Pin     client.Pin
	Changed bool
	Typed   string // the code, where it was mistyped
	View    api.PhoneView
	Ask     api.Ask
	// ConsentText is what the person is asked to agree to; empty until it is there.
	ConsentText api.ConsentText
	Capture     capture.Progress
	Torch       Torch
	// Unlit is true where the screen shows no colours to light the face.
	Unlit bool
	// Sent and Total are bytes of the evidence, or of a picture.
	Sent, Total int64
	// Taken are the bytes of the picture that was taken or chosen last.
	Taken string
}

// Purpose is what the person is asked to agree to while Consenting: the scan of their
// face, or the pictures of document and face for a review.
func (s State) Purpose() string {
	if s.View.Status == verification.InReview {
		return "review"
	}
	return "face"
}

// Wanted is the picture for a review that comes next; "" for none.
func (s State) Wanted() verification.Picture {
	if p := s.View.Pictures; p != nil && len(p.Wanted) > 0 {
		return p.Wanted[0]
	}
	return ""
}

// Session is a claim that outlives a restart.
type Session struct {
	Server string            `json:"server"`
	Pin    client.Pin        `json:"pin"`
	Token  client.PhoneToken `json:"token"`
}

// Memory keeps what outlives a restart. Known returns the key under which the
// person confirmed a server.
type Memory interface {
	Key() ed25519.PrivateKey
	Session() (Session, bool)
	SetSession(s *Session)
	Known(server string) (pin client.Pin, ok bool)
	Trust(server string, pin client.Pin)
	// SetUnlit keeps that the person has turned the coloured light off, or on again.
	SetUnlit(off bool)
}

// Claimer takes a hand-off; *client.Client is one.
type Claimer interface {
	Claim(ctx context.Context, bearer client.AccountToken, in api.Claim) (api.Claimed, error)
}

// Phone makes the calls of the claim; *client.Phone is one.
type Phone interface {
	Get(ctx context.Context) (api.PhoneView, error)
	Watch(ctx context.Context) iter.Seq[client.Update[api.PhoneView]]
	Confirm(ctx context.Context, number string) (api.PhoneView, error)
	ConsentText(ctx context.Context, purpose, language string) (api.ConsentText, error)
	Consent(ctx context.Context, in api.Consent) (api.PhoneView, error)
	AgreePictures(ctx context.Context, in api.Consent) (api.PhoneView, error)
	HandPicture(ctx context.Context, name verification.Picture, image []byte, sent func(done, total int64)) (api.PhoneView, error)
	Decline(ctx context.Context) (api.PhoneView, error)
	Challenge(ctx context.Context, in api.ChallengeRequest) (api.Challenge, error)
	Progress(ctx context.Context, in api.Progress) error
	Evidence(ctx context.Context, manifest []byte, frames [][]byte, sent func(done, total int64)) (api.PhoneView, error)
	Stream(ctx context.Context) Stream
}

// Stream is evidence that is sent while it is taken; *client.Stream is one.
type Stream interface {
	Frame(jpeg []byte)
	Refused() <-chan error
	Finish(ctx context.Context, manifest []byte, sent func(done, total int64)) (api.PhoneView, error)
	Close()
}

// Online is a client's phone as the flow knows it.
type Online struct{ *client.Phone }

// Stream implements Phone.
func (o Online) Stream(ctx context.Context) Stream { return o.Phone.Stream(ctx) }

// Connection is one server.
type Connection struct {
	Claimer Claimer
	Phone   func(token client.PhoneToken) Phone
}

// Config joins the flow to the world; every field is required.
type Config struct {
	Dial   func(server string, pin client.Pin) (Connection, error)
	Memory Memory
	Camera camera.Backend
	Faces  capture.Finder
	Device string
	// Unlit is true where the person has turned the coloured light off, or the system asks
	// for less motion.
	Unlit bool
	// Language is zh or en, that of the text which the person agrees to.
	Language string
	// Changed is told each new state, in any order; Picture each frame of the
	// camera (valid during the call); both on any goroutine.
	Changed func(State)
	Picture func(*camera.Frame)
	// Wait sleeps between tries; an error means that ctx ended.
	Wait func(ctx context.Context, d time.Duration) error
}

// Flow is the phone's one hand-off. Its methods block until they are done.
type Flow struct {
	cfg    Config
	mu     sync.Mutex
	state  State
	claim  api.Claim // to be sent once the server is confirmed
	phone  Phone
	ending context.CancelFunc // ends the watch
	stop   context.CancelFunc // ends the camera
	lens   camera.Session     // the open camera, nil when there is none

	camera      sync.Mutex    // held by whoever films: phones open one camera at a time
	filming     bool          // somebody films, or asks for the camera
	asking      bool          // the system's question about the camera is open
	resume      bool          // Background stopped a scan
	interrupted bool          // Background stopped a capture
	shoot       chan struct{} // the person presses the shutter
	unlit       bool          // State.Unlit
}

// New returns a flow at home.
func New(cfg Config) *Flow {
	return &Flow{cfg: cfg, state: State{Stage: Home, Unlit: cfg.Unlit}, unlit: cfg.Unlit, shoot: make(chan struct{}, 1)}
}

// Unlit turns the coloured light off, or on again, and keeps that.
func (f *Flow) Unlit(off bool) {
	f.cfg.Memory.SetUnlit(off)
	f.mu.Lock()
	f.unlit = off
	f.mu.Unlock()
	f.set(func(*State) {})
}

// State returns the present state.
func (f *Flow) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// Use fills in the address of a server for typed codes.
func (f *Flow) Use(server string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Address = server
}

// set changes the state and tells it.
func (f *Flow) set(change func(*State)) {
	f.mu.Lock()
	turn := f.state.Turn + 1
	change(&f.state)
	f.state.Turn, f.state.Unlit = turn, f.unlit
	s := f.state
	f.mu.Unlock()
	f.cfg.Changed(s)
}

// Home lets the camera go and forgets an unclaimed code. A claim goes on in
// its own stage.
func (f *Flow) Home() {
	f.Stop()
	f.mu.Lock()
	over := f.phone == nil
	f.mu.Unlock()
	if over {
		f.set(func(s *State) { *s = State{Stage: Home, Address: s.Address} })
	}
}

// Type opens the screen for a typed code.
func (f *Flow) Type() {
	f.Stop()
	f.set(func(s *State) { *s = State{Stage: Typing, Address: s.Address} })
}

// Scanned takes the text of a code.
func (f *Flow) Scanned(ctx context.Context, text string) {
	t, err := handoff.Parse(text)
	if err != nil {
		f.set(func(s *State) { s.Notice, s.Err = noticeOf(err), nil })
		return
	}
	f.offer(ctx, t.Server, client.Pin(t.KeyHash), api.Claim{Ticket: t.Ticket})
}

func noticeOf(err error) Notice {
	if errors.Is(err, handoff.ErrDamaged) {
		return Damaged
	}
	return Foreign
}

// Typed takes a typed code and the address of its server.
func (f *Flow) Typed(ctx context.Context, server, code string) {
	address, err := handoff.ReadServer(server)
	parsed, wrong := handoff.ParseTyped(code)
	if err != nil || wrong != nil {
		f.set(func(s *State) { s.Notice, s.Err, s.Address, s.Typed = Mistype, nil, server, code })
		return
	}
	pin, _ := f.cfg.Memory.Known(address)
	f.offer(ctx, address, pin, api.Claim{TypedCode: parsed})
}

// offer claims at a known server and asks the person about any other.
func (f *Flow) offer(ctx context.Context, server string, pin client.Pin, claim api.Claim) {
	known, ok := f.cfg.Memory.Known(server)
	f.mu.Lock()
	f.claim = claim
	f.mu.Unlock()
	same := ok && (known == pin || known.Matches(pin))
	f.set(func(s *State) {
		*s = State{Stage: Server, Address: server, Pin: pin, Changed: ok && !same}
	})
	if same {
		f.Trust(ctx)
	}
}

// Trust confirms the server that is shown and claims the hand-off there.
func (f *Flow) Trust(ctx context.Context) {
	f.mu.Lock()
	s, claim := f.state, f.claim
	f.mu.Unlock()
	if s.Stage != Server {
		return
	}
	f.set(func(s *State) { s.Stage, s.Err, s.Busy = Claiming, nil, true })
	key := f.cfg.Memory.Key()
	public, _ := key.Public().(ed25519.PublicKey)
	claim.Device = api.Device{Name: f.cfg.Device, PublicKey: base64.StdEncoding.EncodeToString(public)}
	connection, err := f.cfg.Dial(s.Address, s.Pin)
	var claimed api.Claimed
	if err == nil {
		claimed, err = connection.Claimer.Claim(ctx, "", claim)
	}
	var unknown *client.KeyUnknownError
	switch {
	case errors.As(err, &unknown):
		f.set(func(s *State) { s.Stage, s.Busy, s.Pin = Server, false, unknown.Presented })
		return
	case err != nil:
		f.set(func(s *State) { s.Stage, s.Busy, s.Err = Home, false, err })
		return
	}
	f.cfg.Memory.Trust(s.Address, s.Pin)
	f.cfg.Memory.SetSession(&Session{Server: s.Address, Pin: s.Pin, Token: client.PhoneToken(claimed.Token)})
	f.set(func(s *State) { s.Stage, s.Busy, s.Ask = Number, false, claimed.Ask })
	f.follow(ctx, connection.Phone(client.PhoneToken(claimed.Token)))
}

// Resume goes on with a claim from before a restart, if there is one.
func (f *Flow) Resume(ctx context.Context) {
	kept, ok := f.cfg.Memory.Session()
	if !ok {
		return
	}
	connection, err := f.cfg.Dial(kept.Server, kept.Pin)
	if err != nil {
		f.cfg.Memory.SetSession(nil)
		return
	}
	f.set(func(s *State) { *s = State{Stage: Claiming, Busy: true, Address: kept.Server} })
	f.follow(ctx, connection.Phone(kept.Token))
}

// follow watches the case until it leaves the phone.
func (f *Flow) follow(ctx context.Context, phone Phone) {
	watching, cancel := context.WithCancel(ctx)
	f.mu.Lock()
	f.phone, f.ending = phone, cancel
	f.mu.Unlock()
	go func() {
		for u := range phone.Watch(watching) {
			switch {
			case u.Err != nil:
				f.failed(phone, u.Err)
			case !u.Online:
				f.set(func(s *State) { s.Offline = true })
			default:
				f.show(phone, u.View)
				f.ReadConsentText(watching)
			}
		}
	}()
}

// failed says what went wrong; a phone that was revoked goes home.
func (f *Flow) failed(phone Phone, err error) {
	var p *problem.Problem
	if errors.As(err, &p) && p.Code == problem.Unauthorized {
		if f.leave(phone) {
			f.set(func(s *State) { *s = State{Stage: Home, Notice: Over} })
		}
		return
	}
	f.set(func(s *State) { s.Busy, s.Err = false, err })
}

// leave forgets the claim and reports whether there was that one.
func (f *Flow) leave(phone Phone) bool {
	f.mu.Lock()
	if phone == nil || f.phone != phone {
		f.mu.Unlock()
		return false
	}
	f.phone = nil
	ending := f.ending
	f.mu.Unlock()
	ending()
	f.Stop()
	f.cfg.Memory.SetSession(nil)
	return true
}
