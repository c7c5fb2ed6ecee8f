package flow_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/camera"
)

// lone is a phone's camera: only one may be open, and only with permission.
type lone struct {
	mu      sync.Mutex
	open    int
	most    int
	state   camera.Permission
	answer  chan camera.Permission // of the system's question, when it is asked
	opened  chan struct{}
	closed  chan struct{}
	asked   chan struct{}
	settled int // pages of the settings opened
}

func newLone() *lone {
	return &lone{
		state: camera.Granted, answer: make(chan camera.Permission),
		opened: make(chan struct{}, 99), closed: make(chan struct{}, 99), asked: make(chan struct{}, 99),
	}
}

func (l *lone) Permission() camera.Permission {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

func (l *lone) set(p camera.Permission) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = p
}

func (l *lone) RequestPermission(ctx context.Context) (camera.Permission, error) {
	l.asked <- struct{}{}
	select {
	case p := <-l.answer:
		l.set(p)
		return p, p.Err()
	case <-ctx.Done():
		return camera.Ask, ctx.Err()
	}
}

func (l *lone) OpenSettings() error { l.settled++; return nil }

func (l *lone) Open(context.Context, camera.Config) (camera.Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	l.most = max(l.most, l.open)
	l.opened <- struct{}{}
	return &loneSession{l}, nil
}

type loneSession struct{ *lone }

func (s *loneSession) Next(ctx context.Context) (*camera.Frame, error) {
	<-ctx.Done() // a camera that shows nothing yet
	return nil, ctx.Err()
}
func (s *loneSession) Torch(bool) error { return nil }
func (s *loneSession) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	s.closed <- struct{}{}
	return nil
}

// run starts a step of the flow as the screens do, and returns its end.
func run(step func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		step()
	}()
	return done
}

func TestTheBackgroundClosesTheCameraAndAScanGoesOnAfterwards(t *testing.T) {
	w, l := begin(t), newLone()
	w.camera = l
	scan := run(func() { w.flow.Scan(t.Context()) })
	<-l.opened
	w.flow.Background()
	<-l.closed
	<-scan
	w.at(t, flow.Scanning)

	again := run(func() { w.flow.Foreground(t.Context()) })
	<-l.opened
	if s := w.at(t, flow.Scanning); s.Err != nil || s.Notice != "" {
		t.Errorf("%+v", s)
	}
	w.flow.Home()
	<-l.closed
	<-again
	w.at(t, flow.Home)
	w.flow.Background()
	w.flow.Foreground(t.Context())
	w.at(t, flow.Home)
}

func TestTheBackgroundEndsACaptureWithASentence(t *testing.T) {
	w, l := ready(t), newLone()
	w.camera = l
	capture := run(func() { w.flow.Capture(t.Context()) })
	<-l.opened
	w.flow.Background()
	<-l.closed
	<-capture
	if s := w.at(t, flow.Ready); s.Notice != flow.Interrupted || s.Err != nil {
		t.Errorf("%+v", s)
	}
	w.flow.Foreground(t.Context())
	w.at(t, flow.Ready)
	// The next capture starts without the sentence, and a stop by hand says none.
	capture = run(func() { w.flow.Capture(t.Context()) })
	<-l.opened
	if s := w.at(t, flow.Capturing); s.Notice != "" {
		t.Errorf("notice %q", s.Notice)
	}
	if !w.flow.Back() {
		t.Error("back does not stop the camera")
	}
	<-capture
	if s := w.at(t, flow.Ready); s.Notice != "" {
		t.Errorf("notice %q", s.Notice)
	}
}

func TestTheSystemsQuestionIsNoBackground(t *testing.T) {
	w, l := begin(t), newLone()
	w.camera = l
	l.set(camera.Ask)
	scan := run(func() { w.flow.Scan(t.Context()) })
	<-l.asked
	w.flow.Background()
	w.flow.Foreground(t.Context())
	l.answer <- camera.Granted
	<-l.opened
	w.flow.Home()
	<-scan
}

func TestACameraOpensOnlyWhenTheOneBeforeIsClosed(t *testing.T) {
	w, l := begin(t), newLone()
	w.camera = l
	ctx, cancel := context.WithCancel(t.Context())
	var ends []<-chan struct{}
	for range 20 { // each stops the one before
		ends = append(ends, run(func() { w.flow.Scan(ctx) }))
	}
	<-l.opened
	cancel()
	for _, end := range ends {
		<-end
	}
	if l.most != 1 || l.open != 0 {
		t.Errorf("%d cameras at once, %d left open", l.most, l.open)
	}
}

func TestDeniedTwiceLeadsToTheSettingsAndBack(t *testing.T) {
	for _, stage := range []flow.Stage{flow.Scanning, flow.Ready} {
		w, l := ready(t), newLone()
		if stage == flow.Scanning {
			w = begin(t)
		}
		w.camera = l
		film := func() { w.flow.Capture(t.Context()) }
		if stage == flow.Scanning {
			film = func() { w.flow.Scan(t.Context()) }
		}
		l.set(camera.Ask)
		for _, answer := range []camera.Permission{camera.Denied, camera.DeniedForever} {
			done := run(film)
			<-l.asked
			l.answer <- answer
			<-done
			if s := w.at(t, stage); !errors.Is(s.Err, answer.Err()) {
				t.Errorf("%s: %v", stage, s.Err)
			}
		}
		// Back from the settings without having allowed anything: all as before.
		w.flow.Background()
		w.flow.Foreground(t.Context())
		if s := w.at(t, stage); !errors.Is(s.Err, camera.ErrDeniedForever) {
			t.Errorf("%s: %v", stage, s.Err)
		}
		l.set(camera.Granted)
		done := run(func() { w.flow.Foreground(t.Context()) })
		if stage == flow.Scanning {
			<-l.opened
			w.flow.Home()
		}
		<-done
		if s := w.flow.State(); s.Err != nil {
			t.Errorf("%s: still %v", stage, s.Err)
		}
	}
}

// Each stage survives the background and leaves a way on; see Stages.
func TestTheBackgroundInEachStage(t *testing.T) {
	to := map[flow.Stage]func(*testing.T) *world{
		flow.Home:   begin,
		flow.Typing: func(t *testing.T) *world { w := begin(t); w.flow.Type(); return w },
		flow.Server: func(t *testing.T) *world { w := begin(t); w.flow.Scanned(t.Context(), link); return w },
		flow.Number: func(t *testing.T) *world {
			w := begin(t)
			w.flow.Scanned(t.Context(), link)
			w.flow.Trust(t.Context())
			return w
		},
		flow.Consenting: func(t *testing.T) *world {
			w := begin(t)
			w.flow.Scanned(t.Context(), link)
			w.flow.Trust(t.Context())
			w.flow.Number(t.Context(), "42")
			return w
		},
		flow.Ready:   ready,
		flow.Posing:  posing,
		flow.Shown:   func(t *testing.T) *world { w := posing(t); w.shoots(t); return w },
		flow.Judging: func(t *testing.T) *world { w := ready(t); w.flow.Capture(t.Context()); return w },
		flow.Result: func(t *testing.T) *world {
			w := ready(t)
			w.flow.Decline(t.Context())
			return w
		},
	}
	for _, stage := range flow.Stages() {
		there, ok := to[stage]
		if !ok {
			switch stage { //nolint:exhaustive // the others are in the table
			case flow.Scanning, flow.Capturing, flow.Aiming: // have tests of their own, above
			case flow.Claiming, flow.Sending: // pass by themselves: no camera, and their calls go on
			default:
				t.Errorf("no way to %s", stage)
			}
			continue
		}
		t.Run(string(stage), func(t *testing.T) {
			w := there(t)
			before := fmt.Sprintf("%+v", w.at(t, stage))
			w.flow.Background()
			w.flow.Foreground(t.Context())
			if after := fmt.Sprintf("%+v", w.at(t, stage)); after != before {
				t.Errorf("%s\nwas\n%s", after, before)
			}
		})
	}
}

func TestTheBackButtonGoesOneStepAndNeverGivesUpAClaim(t *testing.T) {
	w := begin(t)
	if w.flow.Back() {
		t.Error("home has nothing before it")
	}
	w.flow.Type()
	if !w.flow.Back() {
		t.Error("typing has")
	}
	w.at(t, flow.Home)
	l := newLone()
	w.camera = l
	scan := run(func() { w.flow.Scan(t.Context()) })
	<-l.opened
	if !w.flow.Back() {
		t.Error("scanning has")
	}
	<-l.closed
	<-scan
	w.at(t, flow.Home)
	w = ready(t)
	if w.flow.Back() {
		t.Error("a claim was given up")
	}
	w.at(t, flow.Ready)
}

func TestAnAddressOfAnotherAppIsTakenUnlessAClaimIsUnderWay(t *testing.T) {
	w, l := begin(t), newLone()
	w.camera = l
	scan := run(func() { w.flow.Scan(t.Context()) })
	<-l.opened
	w.flow.Background()
	w.flow.Opened(t.Context(), link)
	<-scan
	w.at(t, flow.Server)
	w.flow.Trust(t.Context())
	w.at(t, flow.Number)
	w.flow.Opened(t.Context(), link)
	w.at(t, flow.Number)
}

func TestTheSettingsOpenWhereTheCameraHasThem(t *testing.T) {
	if flow.New(flow.Config{Camera: &fake{}}).Settings() != nil {
		t.Error("a camera without settings has a way there")
	}
	l := newLone()
	flow.New(flow.Config{Camera: l}).Settings()(t.Context())
	if l.settled != 1 {
		t.Errorf("opened %d times", l.settled)
	}
}
