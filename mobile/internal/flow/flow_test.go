package flow_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"image"
	"iter"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

const server = "https://host:8443"

// link is a code of ours.
var link = handoff.Format(handoff.Text{Server: server, Ticket: handoff.Ticket(make([]byte, handoff.TicketBytes)), KeyHash: handoff.KeyHash(make([]byte, 32))})

// world is a scripted server, memory and camera.
type world struct {
	mu       sync.Mutex
	key      ed25519.PrivateKey
	session  *flow.Session
	known    map[string]client.Pin
	claimErr error
	textErr  error // of the next ConsentText
	claims   int
	view     api.PhoneView
	updates  chan client.Update[api.PhoneView]
	answers  []error // of Evidence, one by one; then it succeeds
	sent     int
	frames   int
	streamed func(pictures int) // called as they are taken; nil for nothing
	refused  chan error         // of the stream
	handed   []string           // the pictures of a review
	steps    []verification.Step
	camera   camera.Backend
	unlit    bool
	light    bool // the phone says that its screen lights the face
	flow     *flow.Flow
	changed  chan flow.State
}

func begin(t *testing.T) *world {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{key: key, known: map[string]client.Pin{}, updates: make(chan client.Update[api.PhoneView]), changed: make(chan flow.State, 1000), camera: &fake{}}
	w.view = api.PhoneView{View: verification.View{ID: "v", Version: 1, Status: verification.Confirming}, ConsentVersion: "face-1"}
	w.flow = flow.New(flow.Config{
		Dial: func(string, client.Pin) (flow.Connection, error) {
			return flow.Connection{Claimer: w, Phone: func(client.PhoneToken) flow.Phone { return w }}, nil
		},
		Memory: w, Camera: w, Device: "test", Language: "en",
		Changed: func(s flow.State) { w.changed <- s },
		Picture: func(*camera.Frame) {},
		Wait:    func(context.Context, time.Duration) error { return nil },
	})
	return w
}

func (w *world) Key() ed25519.PrivateKey { return w.key }
func (w *world) Session() (flow.Session, bool) {
	if w.session == nil {
		return flow.Session{}, false
	}
	return *w.session, true
}
func (w *world) SetSession(s *flow.Session) { w.session = s }
func (w *world) Known(s string) (client.Pin, bool) {
	pin, ok := w.known[s]
	return pin, ok
}
func (w *world) SetUnlit(off bool) { w.unlit = off }

func (w *world) Trust(s string, pin client.Pin) { w.known[s] = pin }

func (w *world) Claim(context.Context, client.AccountToken, api.Claim) (api.Claimed, error) {
	w.claims++
	err := w.claimErr
	w.claimErr = nil
	return api.Claimed{Token: "t", Ask: api.Ask{Account: "zh***u"}}, err
}

func (w *world) Get(context.Context) (api.PhoneView, error) { return w.view, nil }
func (w *world) Watch(ctx context.Context) iter.Seq[client.Update[api.PhoneView]] {
	return func(yield func(client.Update[api.PhoneView]) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case u := <-w.updates:
				if !yield(u) {
					return
				}
			}
		}
	}
}

func (w *world) to(s verification.Status) (api.PhoneView, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.view.Status, w.view.Version = s, w.view.Version+1
	return w.view, nil
}

func (w *world) Confirm(_ context.Context, number string) (api.PhoneView, error) {
	if number != "42" {
		w.view.Reason = verification.NumberMismatch
		return w.to(verification.FaceRequired)
	}
	w.view.Confirmed = true
	return w.to(verification.Confirming)
}

func (w *world) ConsentText(_ context.Context, purpose, language string) (api.ConsentText, error) {
	if err := w.textErr; err != nil {
		w.textErr = nil
		return api.ConsentText{}, err
	}
	return api.ConsentText{Version: purpose + "-1", Language: language, Text: "What is taken."}, nil
}

func (w *world) Consent(_ context.Context, in api.Consent) (api.PhoneView, error) {
	if in.Version != "face-1" || in.Language != "en" {
		return api.PhoneView{}, &problem.Problem{Code: problem.RequestInvalid}
	}
	return w.to(verification.Capturing)
}

func (w *world) AgreePictures(_ context.Context, in api.Consent) (api.PhoneView, error) {
	if in.Version != "review-1" || in.Language != "en" {
		return api.PhoneView{}, &problem.Problem{Code: problem.ConsentRequired}
	}
	w.view.Pictures = &verification.Pictures{Wanted: w.view.Pictures.Wanted, Agreed: true}
	return w.to(verification.InReview)
}

func (w *world) HandPicture(_ context.Context, name verification.Picture, image []byte, sent func(done, total int64)) (api.PhoneView, error) {
	sent(1, 2)
	if len(w.answers) > 0 {
		err := w.answers[0]
		w.answers = w.answers[1:]
		return api.PhoneView{}, err
	}
	w.handed = append(w.handed, string(name)+" "+http.DetectContentType(image))
	now := *w.view.Pictures
	now.Wanted, now.Sent = now.Wanted[1:], append(slices.Clone(now.Sent), name)
	w.view.Pictures = &now
	return w.to(verification.InReview)
}

func (w *world) Decline(context.Context) (api.PhoneView, error) {
	w.view.Reason = verification.Declined
	return w.to(verification.FaceRequired)
}

func (w *world) Challenge(_ context.Context, in api.ChallengeRequest) (api.Challenge, error) {
	w.light = in.Light
	ch := api.Challenge{ID: "c", Nonce: "bm8=", Actions: []verification.Action{verification.TurnLeft, verification.Nod, verification.Blink}}
	if in.Light {
		ch.Light = handoff.Colours()[:handoff.LightColours]
	}
	return ch, nil
}

func (w *world) Progress(_ context.Context, in api.Progress) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = append(w.steps, in.Step)
	return nil
}

func (w *world) Evidence(_ context.Context, _ []byte, frames [][]byte, sent func(done, total int64)) (api.PhoneView, error) {
	w.sent++
	w.frames = len(frames)
	sent(1, 2)
	if len(w.answers) > 0 {
		err := w.answers[0]
		w.answers = w.answers[1:]
		return api.PhoneView{}, err
	}
	return w.to(verification.Judging)
}

// Stream implements flow.Phone: the world hears of the pictures as they are taken.
func (w *world) Stream(context.Context) flow.Stream { return &stream{w, nil} }

// stream keeps what is sent, and is answered as the test says.
type stream struct {
	*world
	pictures [][]byte
}

func (s *stream) Frame(jpeg []byte) {
	s.pictures = append(s.pictures, jpeg)
	if s.streamed != nil {
		s.streamed(len(s.pictures))
	}
}

func (s *stream) Refused() <-chan error { return s.refused }

func (s *stream) Finish(ctx context.Context, manifest []byte, sent func(done, total int64)) (api.PhoneView, error) {
	return s.Evidence(ctx, manifest, s.pictures, sent)
}

func (s *stream) Close() {}

// The camera is what the test put there last.
func (w *world) Permission() camera.Permission { return w.camera.Permission() }

func (w *world) RequestPermission(ctx context.Context) (camera.Permission, error) {
	return w.camera.RequestPermission(ctx)
}

func (w *world) Open(ctx context.Context, c camera.Config) (camera.Session, error) {
	return w.camera.Open(ctx, c)
}

// fake is a camera whose pictures all differ; it may fail.
type fake struct {
	refused camera.Permission
	open    error
	unplug  int
	torch   bool
	lit     []bool
	n       int
}

func (f *fake) Permission() camera.Permission {
	if f.refused == 0 {
		return camera.Granted
	}
	return f.refused
}

func (f *fake) RequestPermission(context.Context) (camera.Permission, error) {
	return f.refused, f.refused.Err()
}
func (f *fake) Open(context.Context, camera.Config) (camera.Session, error) { return f, f.open }
func (f *fake) Torch(on bool) error {
	if !f.torch {
		return camera.ErrUnsupported
	}
	f.lit = append(f.lit, on)
	return nil
}
func (f *fake) Close() error { return nil }
func (f *fake) Next(ctx context.Context) (*camera.Frame, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f.unplug > 0 && f.n > f.unplug {
		return nil, fmt.Errorf("read: %w", camera.ErrUnplugged)
	}
	p := &camera.Frame{W: 64, H: 48, At: time.Duration(f.n) * time.Second / 15}
	p.Y, p.U, p.V = make([]byte, 64*48), make([]byte, 32*24), make([]byte, 32*24)
	for i := range p.Y {
		p.Y[i] = 100 + byte((i*(7+f.n/32*2)+f.n*13)%32)
	}
	f.n++
	return p, nil
}

func (w *world) at(t *testing.T, want flow.Stage) flow.State {
	t.Helper()
	s := w.flow.State()
	if s.Stage != want {
		t.Fatalf("stage %s (%v, %s), want %s", s.Stage, s.Err, s.Notice, want)
	}
	return s
}

// until waits for a state that the watch brings.
func (w *world) until(t *testing.T, fits func(flow.State) bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case s := <-w.changed:
			if fits(s) {
				return
			}
		case <-deadline:
			t.Fatalf("never came; now %+v", w.flow.State())
		}
	}
}

// ready goes to the stage before the camera.
func ready(t *testing.T) *world {
	t.Helper()
	w := begin(t)
	ctx := t.Context()
	w.flow.Scanned(ctx, link)
	w.at(t, flow.Server)
	w.flow.Trust(ctx)
	w.at(t, flow.Number)
	w.flow.Number(ctx, "42")
	w.at(t, flow.Consenting)
	w.flow.Consent(ctx)
	w.at(t, flow.Ready)
	return w
}

func TestAWholeHandOff(t *testing.T) {
	w := ready(t)
	w.flow.Capture(t.Context())
	w.at(t, flow.Judging)
	if w.frames < handoff.MinFrames || w.frames > handoff.MaxFrames {
		t.Errorf("%d frames", w.frames)
	}
	v, _ := w.to(verification.Verified)
	w.updates <- client.Update[api.PhoneView]{View: v, Online: true}
	w.until(t, func(s flow.State) bool { return s.Stage == flow.Result && s.View.Status == verification.Verified })
	if w.session != nil {
		t.Error("the claim is still kept")
	}
}

func TestWhoTurnsTheLightOffIsNotLit(t *testing.T) {
	for _, off := range []bool{false, true} {
		w := ready(t)
		w.flow.Unlit(off)
		if s := w.flow.State(); s.Unlit != off || w.unlit != off {
			t.Errorf("off: %v, kept: %v, want %v", s.Unlit, w.unlit, off)
		}
		w.flow.Capture(t.Context())
		w.at(t, flow.Judging)
		if w.light == off {
			t.Errorf("turned off: %v, and asked for light: %v", off, w.light)
		}
	}
}

func TestWhatIsAgreedToIsAskedForAgain(t *testing.T) {
	w := begin(t)
	ctx := t.Context()
	w.flow.Scanned(ctx, link)
	w.flow.Trust(ctx)
	w.textErr = &client.UnreachableError{Err: errors.New("no route")}
	w.flow.Number(ctx, "42")
	if s := w.flow.State(); s.Stage != flow.Consenting || s.Err == nil || s.ConsentText.Text != "" {
		t.Fatalf("the text is missing: %+v", s)
	}
	w.flow.ReadConsentText(ctx)
	if s := w.flow.State(); s.Err != nil || s.ConsentText.Text == "" {
		t.Errorf("the text has come: %+v", s)
	}
}

func TestANewServerIsNotAskedBeforeThePersonConfirmed(t *testing.T) {
	w := begin(t)
	w.flow.Scanned(t.Context(), link)
	if s := w.at(t, flow.Server); s.Changed || s.Address != server || w.claims != 0 {
		t.Errorf("%+v, %d claims", s, w.claims)
	}
	w.flow.Home()
	w.at(t, flow.Home)
	if len(w.known) != 0 {
		t.Error("trusted all the same")
	}
}

func TestAKnownServerIsClaimedAtOnceAndAChangedOneIsNot(t *testing.T) {
	w := begin(t)
	w.known[server] = client.Pin(handoff.KeyHash(make([]byte, 32)))
	w.flow.Scanned(t.Context(), link)
	w.at(t, flow.Number)

	w = begin(t)
	w.known[server] = client.Pin(handoff.KeyHash([]byte("another key, another key, 32 byte")))
	w.flow.Scanned(t.Context(), link)
	if s := w.at(t, flow.Server); !s.Changed || w.claims != 0 {
		t.Errorf("changed %v, %d claims", s.Changed, w.claims)
	}
}

func TestCodesThatCannotBeUsedOpenNothing(t *testing.T) {
	tests := map[string]flow.Notice{
		"https://pay.example/abc":   flow.Foreign,
		"WIFI:S:x;;":                flow.Foreign,
		"HTTPS://HOST:8443/Q/SHORT": flow.Damaged,
	}
	for text, want := range tests {
		w := begin(t)
		w.flow.Scanned(t.Context(), text)
		if s := w.at(t, flow.Home); s.Notice != want || w.claims != 0 {
			t.Errorf("%s: %q", text, s.Notice)
		}
	}
}

func TestATypedCodeAsksForAnUnknownKey(t *testing.T) {
	w := begin(t)
	w.flow.Type()
	w.flow.Typed(t.Context(), server, "nonsense")
	if s := w.at(t, flow.Typing); s.Notice != flow.Mistype {
		t.Errorf("notice %q", s.Notice)
	}
	w.claimErr = &client.KeyUnknownError{Presented: "PRESENTED"}
	w.flow.Typed(t.Context(), server, "kfrm-7tqx")
	w.flow.Trust(t.Context())
	if s := w.at(t, flow.Server); s.Pin != "PRESENTED" {
		t.Errorf("pin %q", s.Pin)
	}
	w.flow.Trust(t.Context())
	w.at(t, flow.Number)
	if w.known[server] != "PRESENTED" {
		t.Errorf("kept %q", w.known[server])
	}
}

func TestAPictureWithoutACodeSaysSo(t *testing.T) {
	w := begin(t)
	w.flow.Picture(t.Context(), image.NewGray(image.Rect(0, 0, 64, 64)))
	if s := w.at(t, flow.Home); s.Notice != flow.NoCode {
		t.Errorf("notice %q", s.Notice)
	}
}

func TestARefusedClaimLeadsHomeWithItsSentence(t *testing.T) {
	w := begin(t)
	w.claimErr = &problem.Problem{Code: problem.TicketExpired}
	w.flow.Scanned(t.Context(), link)
	w.flow.Trust(t.Context())
	if s := w.at(t, flow.Home); s.Err == nil {
		t.Error("nothing said")
	}
}

func TestAWrongNumberAndANoEndTheHandOff(t *testing.T) {
	for reason, act := range map[verification.Reason]func(*world){
		verification.NumberMismatch: func(w *world) { w.flow.Number(t.Context(), "13") },
		verification.Declined:       func(w *world) { w.flow.Decline(t.Context()) },
	} {
		w := begin(t)
		w.flow.Scanned(t.Context(), link)
		w.flow.Trust(t.Context())
		act(w)
		if s := w.at(t, flow.Result); s.View.Reason != reason || w.session != nil {
			t.Errorf("reason %s, session %v", s.View.Reason, w.session)
		}
	}
}

func TestEachEvidenceProblemAllowsAnotherCapture(t *testing.T) {
	for _, code := range []problem.Code{
		problem.FaceNotFound, problem.FaceQuality, problem.EvidenceInvalid,
		problem.Busy, problem.ProviderUnavailable, problem.Conflict, problem.TooLarge,
	} {
		w := ready(t)
		w.answers = []error{&problem.Problem{Code: code}}
		w.flow.Capture(t.Context())
		var p *problem.Problem
		if s := w.at(t, flow.Ready); !errors.As(s.Err, &p) || p.Code != code {
			t.Errorf("%s: %v", code, s.Err)
		}
		w.flow.Capture(t.Context())
		w.at(t, flow.Judging)
	}
}

// The server hears of the pictures while they are taken, and what it says to them
// ends the capture with its sentence.
func TestARefusedStreamEndsTheCapture(t *testing.T) {
	w := ready(t)
	w.refused = make(chan error, 1)
	w.streamed = func(pictures int) {
		if pictures == 3 {
			w.refused <- &problem.Problem{Code: problem.FaceNotFound}
		}
	}
	w.flow.Capture(t.Context())
	var p *problem.Problem
	if s := w.at(t, flow.Ready); !errors.As(s.Err, &p) || p.Code != problem.FaceNotFound || w.sent != 0 {
		t.Errorf("%v; sent %d times", s.Err, w.sent)
	}
	w.refused, w.streamed = nil, nil
	w.flow.Capture(t.Context())
	if w.at(t, flow.Judging); w.sent != 1 || w.frames == 0 {
		t.Errorf("sent %d times, %d frames", w.sent, w.frames)
	}
}

func TestEvidenceIsSentAgainWhileOffline(t *testing.T) {
	w := ready(t)
	w.answers = []error{&client.UnreachableError{Err: errors.New("no route")}, &client.UnreachableError{Err: errors.New("no route")}}
	w.flow.Capture(t.Context())
	if s := w.at(t, flow.Judging); s.Offline || w.sent != 3 {
		t.Errorf("offline %v, sent %d times", s.Offline, w.sent)
	}
}

func TestAForeignAnswerIsSaidAndThePicturesAreNotSentWithoutEnd(t *testing.T) {
	foreign := func(kind client.Foreign) error {
		return &client.UnreachableError{Err: &client.ForeignError{Kind: kind}}
	}
	for kind, sent := range map[client.Foreign]int{client.TooLarge: 1, client.Portal: 1, client.Page: 1, client.Gateway: 15} {
		w := ready(t)
		for range 40 {
			w.answers = append(w.answers, foreign(kind))
		}
		w.flow.Capture(t.Context())
		var told *client.ForeignError
		if s := w.at(t, flow.Ready); !errors.As(s.Err, &told) || told.Kind != kind || s.Offline {
			t.Errorf("%s: says %v, offline %v", kind, s.Err, s.Offline)
		}
		if w.sent != sent {
			t.Errorf("%s: sent %d times, want %d", kind, w.sent, sent)
		}
	}
	w := ready(t)
	w.answers = []error{foreign(client.Gateway), foreign(client.Gateway)}
	w.flow.Capture(t.Context())
	if s := w.at(t, flow.Judging); w.sent != 3 || s.Err != nil {
		t.Errorf("a proxy whose server came back: sent %d times, says %v", w.sent, s.Err)
	}
}

func TestEachCameraFaultIsToldAndCanBeTriedAgain(t *testing.T) {
	faults := map[error]camera.Backend{
		camera.ErrDenied:        &fake{refused: camera.Denied},
		camera.ErrDeniedForever: &fake{refused: camera.DeniedForever},
		camera.ErrNone:          &fake{open: camera.ErrNone},
		camera.ErrBusy:          &fake{open: camera.ErrBusy},
		camera.ErrUnsupported:   &fake{open: camera.ErrUnsupported},
		camera.ErrUnplugged:     &fake{unplug: 30},
	}
	for want, broken := range faults {
		w := ready(t)
		w.camera = broken
		w.flow.Capture(t.Context())
		if s := w.at(t, flow.Ready); !errors.Is(s.Err, want) {
			t.Errorf("%v: %v", want, s.Err)
		}
		w.camera = &fake{}
		w.flow.Capture(t.Context())
		w.at(t, flow.Judging)

		w = begin(t)
		w.camera = broken
		if f := broken.(*fake); f.unplug > 0 {
			f.n = 0
		}
		w.flow.Scan(t.Context())
		if s := w.at(t, flow.Scanning); !errors.Is(s.Err, want) {
			t.Errorf("scan, %v: %v", want, s.Err)
		}
	}
}

func TestTheTorchIsOfferedWhereThereIsOne(t *testing.T) {
	for _, lamp := range []bool{true, false} {
		w := begin(t)
		lens := &fake{torch: lamp}
		w.camera = lens
		done := make(chan struct{})
		go func() {
			w.flow.Scan(t.Context())
			close(done)
		}()
		w.until(t, func(s flow.State) bool { return s.Stage == flow.Scanning && (s.Torch == flow.TorchOff) == lamp })
		if lamp {
			w.flow.Light(true)
			if s := w.flow.State(); s.Torch != flow.TorchOn {
				t.Errorf("torch %q", s.Torch)
			}
		}
		w.flow.Home()
		<-done
		if want := []bool{false, true}; lamp && !slices.Equal(lens.lit, want) {
			t.Errorf("switched %v", lens.lit)
		}
	}
}

func TestARevokedPhoneGoesHomeAndSaysSo(t *testing.T) {
	w := ready(t)
	w.updates <- client.Update[api.PhoneView]{Err: &problem.Problem{Code: problem.Unauthorized}}
	w.until(t, func(s flow.State) bool { return s.Stage == flow.Home && s.Notice == flow.Over })
	if w.session != nil {
		t.Error("the claim is still kept")
	}
}

func TestALostConnectionIsSaidUntilItIsBack(t *testing.T) {
	w := ready(t)
	w.updates <- client.Update[api.PhoneView]{View: w.view}
	w.until(t, func(s flow.State) bool { return s.Offline })
	w.updates <- client.Update[api.PhoneView]{View: w.view, Online: true}
	w.until(t, func(s flow.State) bool { return !s.Offline && s.Stage == flow.Ready })
}

func TestAnOlderViewChangesNothing(t *testing.T) {
	w := ready(t)
	old := w.view
	old.Version, old.Status = 1, verification.Cancelled
	w.updates <- client.Update[api.PhoneView]{View: old, Online: true}
	w.updates <- client.Update[api.PhoneView]{View: w.view}
	w.until(t, func(s flow.State) bool { return s.Offline })
	w.at(t, flow.Ready)
}

func TestARestartGoesOnWhereItWas(t *testing.T) {
	w := begin(t)
	w.session = &flow.Session{Server: server, Token: "t"}
	w.view.Confirmed = true
	w.flow.Resume(t.Context())
	w.updates <- client.Update[api.PhoneView]{View: w.view, Online: true}
	w.until(t, func(s flow.State) bool { return s.Stage == flow.Consenting })
}

func TestAStoppedCameraLeadsBackWithoutAWord(t *testing.T) {
	w := ready(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.flow.Capture(ctx)
	if s := w.at(t, flow.Ready); s.Err != nil {
		t.Errorf("error %v", s.Err)
	}
}
