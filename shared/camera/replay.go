package camera

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Clock is the time that a replay lives in.
type Clock interface {
	// Now is the time since some fixed moment.
	Now() time.Duration
	// Sleep waits until d has passed or ctx ends, and then returns its error.
	Sleep(ctx context.Context, d time.Duration) error
}

// WallClock is the real time.
type WallClock struct{ start time.Time }

// NewWallClock returns a clock that starts now.
func NewWallClock() *WallClock { return &WallClock{start: time.Now()} }

// Now is the time since NewWallClock.
func (c *WallClock) Now() time.Duration { return time.Since(c.start) }

// Sleep waits in real time.
func (c *WallClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// ReplayOptions say what a replay shows and what it pretends. The zero value
// has no camera at all.
type ReplayOptions struct {
	// BackPath and FrontPath are the recordings for the two cameras: a folder
	// of pictures, an .mjpeg or a .y4m file, with segments in path + ".json".
	// An empty one takes the other. BackPath is read again whenever that camera
	// opens: what it is held at may have changed.
	BackPath, FrontPath string
	// FPS replaces the recording's own rate; 0 keeps it.
	FPS float64
	// Clock is the time; nil means the wall clock.
	Clock Clock
	// Fail makes Open fail with this error, and RequestPermission too where
	// it is about permission.
	Fail error
	// UnplugAfter ends each session with ErrUnplugged after so many frames; 0
	// means never.
	UnplugAfter int
}

// Names of segments that a replay knows by itself: an open back camera shows
// SegmentQR, an open front camera SegmentNeutral: all their passages one after
// the other, then again from the first. A recording without them is looped
// whole.
const (
	SegmentQR      = "qr"
	SegmentNeutral = "neutral"
)

// Replay is a camera made of recordings.
type Replay struct {
	opt   ReplayOptions
	recs  [2]*recording // by Facing
	mu    sync.Mutex
	open  bool
	asked string // segment to play next, empty when none
}

// NewReplay opens the recordings.
func NewReplay(opt ReplayOptions) (*Replay, error) {
	if opt.Clock == nil {
		opt.Clock = NewWallClock()
	}
	r := &Replay{opt: opt}
	for facing, path := range [2]string{opt.BackPath, opt.FrontPath} {
		if path == "" {
			continue
		}
		rec, err := loadRecording(path)
		if err != nil {
			return nil, err
		}
		r.recs[facing] = rec
	}
	for i := range r.recs {
		if r.recs[i] == nil {
			r.recs[i] = r.recs[1-i]
		}
	}
	return r, nil
}

// Permission is what Fail pretends.
func (r *Replay) Permission() Permission {
	switch {
	case errors.Is(r.opt.Fail, ErrDenied):
		return Denied
	case errors.Is(r.opt.Fail, ErrDeniedForever):
		return DeniedForever
	}
	return Granted
}

// RequestPermission answers at once.
func (r *Replay) RequestPermission(context.Context) (Permission, error) {
	p := r.Permission()
	return p, p.Err()
}

// Segments lists the names of the front camera's segments.
func (r *Replay) Segments() []string {
	if r.recs[Front] == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(r.recs[Front].segments))
}

// Play shows the first passage of a segment of the front camera once, then
// goes on with the neutral where it was left, so that a person who does what
// was asked shows no picture twice.
func (r *Replay) Play(segment string) bool {
	if r.recs[Front] == nil {
		return false
	}
	if _, ok := r.recs[Front].segments[segment]; !ok {
		return false
	}
	r.mu.Lock()
	r.asked = segment
	r.mu.Unlock()
	return true
}

// take returns the segment that was asked for since the last call.
func (r *Replay) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.asked
	r.asked = ""
	return s
}

// Open starts the recording of one camera. One session at a time, as with a
// real camera. The size is the recording's own.
func (r *Replay) Open(ctx context.Context, cfg Config) (Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.opt.Fail != nil {
		return nil, fmt.Errorf("open replay: %w", r.opt.Fail)
	}
	facing := Back
	if cfg.Facing == Front {
		facing = Front
	}
	rec := r.recs[facing]
	if rec == nil {
		return nil, fmt.Errorf("open replay: %w", ErrNone)
	}
	if facing == Back && r.opt.BackPath != "" {
		now, err := loadRecording(r.opt.BackPath)
		if err != nil {
			return nil, fmt.Errorf("open replay: %w", err)
		}
		rec = now
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open {
		return nil, fmt.Errorf("open replay: %w", ErrBusy)
	}
	r.open, r.asked = true, ""
	home, ok := rec.segments[[2]string{SegmentQR, SegmentNeutral}[facing]]
	if !ok {
		home = passages{{0, rec.count}}
	}
	fps := rec.fps
	if r.opt.FPS > 0 {
		fps = r.opt.FPS
	}
	return &replaySession{
		replay: r, rec: rec, home: home, facing: facing,
		period: time.Duration(float64(time.Second) / fps), began: r.opt.Clock.Now(),
		last: -1, closed: make(chan struct{}),
	}, nil
}

type replaySession struct {
	replay *Replay
	rec    *recording
	facing Facing
	home   passages // shown round and round
	at     int64    // frames of home that were shown, missed ones included
	asked  [2]int   // the passage that is shown once; empty when none
	last   int64    // the tick of the frame before
	tick   int64    // ticks of the rate since began, of the next frame
	period time.Duration
	began  time.Duration
	frames int
	frame  Frame

	closed chan struct{}
	once   sync.Once
}

// Next waits until the next frame is due. A caller that is late misses frames,
// as with a real camera.
func (s *replaySession) Next(ctx context.Context) (*Frame, error) {
	select {
	case <-s.closed:
		return nil, ErrClosed
	default:
	}
	if s.replay.opt.UnplugAfter > 0 && s.frames >= s.replay.opt.UnplugAfter {
		return nil, fmt.Errorf("read replay: %w", ErrUnplugged)
	}
	clock := s.replay.opt.Clock
	elapsed := clock.Now() - s.began
	s.tick = max(s.tick, int64(elapsed/s.period))
	if wait := time.Duration(s.tick)*s.period - elapsed; wait > 0 {
		if err := s.sleep(ctx, wait); err != nil {
			return nil, err
		}
	} else if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.rec.read(s.index(), &s.frame); err != nil {
		return nil, fmt.Errorf("read replay: %w", err)
	}
	s.frame.At, s.frame.Seq = time.Duration(s.tick)*s.period, uint64(s.tick)
	s.frame.Mirror = s.facing == Front
	s.tick++
	s.frames++
	return &s.frame, nil
}

// sleep waits for the caller's context, Close or the time.
func (s *replaySession) sleep(ctx context.Context, d time.Duration) error {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-both.Done():
		}
	}()
	err := s.replay.opt.Clock.Sleep(both, d)
	select {
	case <-s.closed:
		return ErrClosed
	default:
		return err
	}
}

// index is the picture for this tick: the asked passage once, then home.
func (s *replaySession) index() int {
	passed := s.tick - s.last
	s.last = s.tick
	if s.facing == Front {
		if name := s.replay.take(); name != "" {
			s.asked = s.rec.segments[name][0]
			return s.asked[0]
		}
	}
	if s.asked[0]+int(passed) < s.asked[1] {
		s.asked[0] += int(passed)
		return s.asked[0]
	}
	if s.asked[1] > 0 {
		passed -= int64(s.asked[1] - s.asked[0] - 1)
		s.asked = [2]int{}
	}
	s.at += passed
	return s.passage()
}

// passage is the frame number of the last of at frames of home.
func (s *replaySession) passage() int {
	var length int64
	for _, p := range s.home {
		length += int64(p[1] - p[0])
	}
	n := int((s.at - 1) % length)
	for _, p := range s.home {
		if n < p[1]-p[0] {
			return p[0] + n
		}
		n -= p[1] - p[0]
	}
	return s.home[0][0]
}

// Torch has no light to switch.
func (s *replaySession) Torch(bool) error { return ErrUnsupported }

// Close ends the session and a waiting Next.
func (s *replaySession) Close() error {
	s.once.Do(func() {
		close(s.closed)
		s.replay.mu.Lock()
		s.replay.open = false
		s.replay.mu.Unlock()
	})
	return nil
}
