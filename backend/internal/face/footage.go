package face

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/shared/handoff"
)

// Footage is a capture that is looked at while its frames come, one at a time and
// by workers that nobody else needs. Where there is none, it is tried again with the
// next frame; what was not looked at until the end is looked at by Judge. Close forgets it; a nil Footage is that of an
// engine that could not be opened.
type Footage struct {
	engine *Engine
	ctx    context.Context //nolint:containedctx // it is the upload's, and what looks ahead ends with it
	film   film
	lit    int // the last frames

	trouble func(error)
	group   sync.WaitGroup // what looks ahead

	mu    sync.Mutex
	came  int  // frames that were added; none of them changes any more
	next  int  // the first that nobody looks at
	ahead bool // frames are looked at as they come
	looks bool // somebody is at it
}

// Footage begins one, whose last frames, as many as lit says, are lit by a screen:
// none of these is looked at before Judge, and so the others wait for as many to
// come. Nothing is looked at ahead after ctx ends. Trouble, where it is not nil, is
// called once at most, from another goroutine, as soon as nothing can come of the
// frames any more: with an InputError that Inspect or Judge would end with.
func (e *Engine) Footage(ctx context.Context, lit int, trouble func(error)) *Footage {
	if e == nil {
		return nil
	}
	return &Footage{
		engine: e, ctx: ctx, lit: lit, ahead: true, trouble: trouble,
		film: film{
			Sequence: live.Sequence{
				Frames: make([][]byte, handoff.MaxFrames), Looks: make([]*look.Look, handoff.MaxFrames), Limits: e.limits.Limits,
			},
			printer: e.printer,
		},
	}
}

// Add hands over the next frame; it must not be changed any more. It does not
// wait. Frames beyond handoff.MaxFrames are left out.
func (f *Footage) Add(jpeg []byte) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.came == handoff.MaxFrames {
		return
	}
	f.film.Frames[f.came] = jpeg
	f.came++
	if f.ahead && !f.looks {
		f.looks = true
		f.group.Go(f.run)
	}
}

// run looks at what has come.
func (f *Footage) run() {
	for {
		i, more := f.take()
		if !more {
			return
		}
		if err := f.look(i); err != nil {
			f.rest(err)
			return
		}
	}
}

// rest ends the looking ahead; where no worker was idle, until the next frame comes.
func (f *Footage) rest(why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks = false
	if errors.Is(why, ErrBusy) {
		f.next--
		return
	}
	f.ahead = false
}

func (f *Footage) take() (i int, more bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.ahead || f.next >= f.came-f.lit {
		f.looks = false
		return 0, false
	}
	f.next++
	return f.next - 1, true
}

// look looks at one frame. Only an error about the frames is told.
func (f *Footage) look(i int) error {
	err := f.engine.spare(f.ctx, func(w *look.Worker) error {
		if err := checkSize(f.film.Frames[0], f.film.Frames[i], i); err != nil {
			return err
		}
		l, err := f.film.look(f.ctx, w, i)
		if err == nil {
			f.film.Looks[i] = l
		}
		return look.AtFrame(err, i)
	})
	if err == nil {
		err = f.film.hopeless(i)
	}
	var bad *look.InputError
	if errors.As(err, &bad) && f.trouble != nil {
		f.trouble(bad)
	}
	return err
}

// settle ends the looking ahead and waits for it.
func (f *Footage) settle() {
	f.mu.Lock()
	f.ahead = false
	f.mu.Unlock()
	f.group.Wait()
}

// Inspect is Engine.Inspect of all frames that were added but the lit ones.
func (f *Footage) Inspect(ctx context.Context) error {
	if f == nil {
		return ErrUnavailable
	}
	f.settle()
	return f.engine.inspect(ctx, f.film.Frames[:max(0, f.came-f.lit)], f.film.Looks)
}

// Judge is Engine.Judge of the frames that were added, whose times c has.
func (f *Footage) Judge(ctx context.Context, c Capture) (Judgement, error) {
	if f == nil {
		return Judgement{}, ErrUnavailable
	}
	f.settle()
	if len(c.Frames) != f.came {
		return Judgement{}, &look.InputError{Kind: look.ErrCapture, Hint: look.HintRetry, Frame: -1, Cause: fmt.Errorf("%d times of %d frames", len(c.Frames), f.came)}
	}
	for i, frame := range f.film.Frames[:f.came] {
		c.Frames[i].JPEG = frame
	}
	return f.engine.judge(ctx, c, f.film.Looks)
}

// Close forgets everything. Whoever called Judge has to wait for it first.
func (f *Footage) Close() {
	if f == nil {
		return
	}
	f.settle()
	for _, l := range f.film.Looks {
		l.Wipe()
	}
	clear(f.film.Looks)
}

// hopeless says why nothing can come of a capture whose frames were looked at up
// to the given one: what presence refuses, or a face that cannot be seen well.
func (f *film) hopeless(last int) error {
	begin := last - live.MaxLostInRow
	if begin < 0 {
		return nil
	}
	many := false
	for _, l := range f.Looks[begin : last+1] {
		if l.Faces == 1 {
			return f.unlit(last)
		}
		many = many || l.Faces > 1
	}
	if many {
		return &look.InputError{Kind: look.ErrManyFace, Hint: look.HintOneFace, Frame: last}
	}
	return &look.InputError{Kind: look.ErrNoFace, Hint: look.HintOneFace, Frame: last}
}

// unlit refuses where as many looks as Inspect takes, one behind the other, have
// no light, or too much.
func (f *film) unlit(last int) error {
	begin := last + 1 - inspected
	if begin < 0 {
		return nil
	}
	hint := f.Looks[last].Quality.Problem()
	if hint != look.HintMoreLight && hint != look.HintLessLight {
		return nil
	}
	for _, l := range f.Looks[begin : last+1] {
		if l.Faces != 1 || l.Quality.Problem() != hint {
			return nil
		}
	}
	return &look.InputError{Kind: look.ErrQuality, Hint: hint, Frame: last}
}
