package face

import (
	"context"
	"errors"
	"time"

	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// Judge gives the verdict on a capture. The error is an InputError about its
// frames (the person takes the capture again, no attempt is spent), ErrBusy,
// ErrUnavailable, or the context's; only with a nil error is there a Judgement.
// A portrait that will not do is no fault of the person before the camera: it is
// told as PortraitUnusable, once everything else has passed. Frames and portrait
// are not kept.
func (e *Engine) Judge(ctx context.Context, c Capture) (Judgement, error) {
	return e.judge(ctx, c, nil)
}

// judge is Judge where some frames may have been looked at before.
func (e *Engine) judge(ctx context.Context, c Capture, looks []*look.Look) (Judgement, error) {
	if err := checkCapture(c); err != nil {
		return Judgement{}, err
	}
	if err := checkHeaders(c.pictures()); err != nil {
		return Judgement{}, err
	}
	leave, err := e.enter()
	if err != nil {
		return Judgement{}, err
	}
	defer leave()
	free, err := e.place()
	if err != nil {
		return Judgement{}, err
	}
	defer free()

	acted, lit, err := parted(c)
	if err != nil {
		return Judgement{}, err
	}
	t := e.trial(acted)
	t.lit = lit
	copy(t.Looks, looks)
	defer t.wipe()
	if err := t.look(ctx); err != nil {
		return Judgement{}, err
	}
	return t.decide(ctx)
}

// trial is one capture on its way to a verdict.
type trial struct {
	engine   *Engine
	capture  Capture
	portrait look.Embedding
	class    class // of the portrait
	poor     error // why nobody can be compared with the portrait that there is

	film
	lit    []Frame // those of the light challenge, which the film has not
	light  Light
	passed []string // checks
	failed string
}

// trial begins one.
func (e *Engine) trial(c Capture) *trial {
	t := &trial{engine: e, capture: c, film: film{printer: e.printer, closed: true}}
	t.Sequence = live.Sequence{
		Frames: c.pictures(), Looks: make([]*look.Look, len(c.Frames)), At: make([]time.Duration, len(c.Frames)),
		Actions: c.Actions, Limits: e.limits.Limits, Numbers: map[string]float64{},
	}
	for i, f := range c.Frames {
		t.At[i] = f.At
	}
	return t
}

func (t *trial) wipe() {
	for _, l := range t.Looks {
		l.Wipe()
	}
	t.Looks = nil
	t.portrait.Wipe()
}

// look analyses the portrait beside the first stretch, and then the others, on
// all workers.
func (t *trial) look(ctx context.Context) error {
	err := t.engine.each(ctx, 2, func(w *look.Worker, i int) error {
		if i == 0 {
			return t.lookAtPortrait(ctx, w)
		}
		return t.watch(ctx, w, 0)
	})
	if err == nil {
		err = t.engine.each(ctx, t.stretches()-1, func(w *look.Worker, k int) error { return t.watch(ctx, w, 1+k) })
	}
	if err != nil {
		return err
	}
	return t.pointEnd(ctx)
}

// pointEnd asks the pose network about the last frames too, which the frontal
// look at the end is judged by.
func (t *trial) pointEnd(ctx context.Context) error {
	var missing []int
	for i, left := len(t.Looks)-1, live.StartFrames; i >= 0 && left > 0; i-- {
		if l := t.Looks[i]; l.Faces == 1 {
			left--
			if !l.Posed {
				missing = append(missing, i)
			}
		}
	}
	return t.again(ctx, missing, (*look.Worker).Point)
}

// lookAtPortrait makes its embedding. What is wrong with the picture waits until
// the person before the camera is known to be live.
func (t *trial) lookAtPortrait(ctx context.Context, w *look.Worker) (err error) {
	switch n := len(t.capture.Portrait); {
	case n == 0:
		return nil
	case n > MaxPortrait:
		t.poor = raster.ErrTooLarge
		return nil
	}
	t.portrait, t.class, err = template(ctx, w, t.capture.Portrait)
	var input *look.InputError
	if errors.As(err, &input) {
		t.poor = input
		return nil
	}
	return err
}

// again decodes frames that were looked at before, and does something with each.
func (t *trial) again(ctx context.Context, numbers []int, do func(*look.Worker, *look.Look) error) error {
	return t.engine.each(ctx, len(numbers), func(w *look.Worker, k int) error {
		i := numbers[k]
		if err := w.Decode(ctx, t.Frames[i], raster.Frame); err != nil {
			return look.AtFrame(err, i)
		}
		return do(w, t.Looks[i])
	})
}

// check is one test of a trial; the zero refusal is none.
type check struct {
	name string
	test func(context.Context) (live.Refusal, error)
}

// quick is a check that needs no network.
func quick(name string, test func() live.Refusal) check {
	return check{name, func(context.Context) (live.Refusal, error) {
		return test(), nil
	}}
}

// checks lists the tests in an order that tells the person first what they can
// mend, and compares with the portrait last.
func (t *trial) checks() []check {
	return []check{
		quick("presence", t.Presence), quick("repeats", t.Repeats), quick("frontal", t.Frontal),
		quick("same face", t.SameFace), quick("motion", t.Motion),
		{"challenge", t.challenge},
		quick("relief", t.Relief),
		{"same face in actions", t.sameInActions},
		{"passive", t.passive},
		{"light", t.lighting},
		{"match", t.match},
		quick("portrait", t.comparable),
	}
}

// comparable refuses where there was a portrait, but nobody to see in it.
func (t *trial) comparable() live.Refusal {
	if t.poor == nil {
		return live.Refusal{}
	}
	return live.Refusal{Reason: live.PortraitUnusable}
}

// decide runs the checks. The first refusal ends it.
func (t *trial) decide(ctx context.Context) (Judgement, error) {
	for _, c := range t.checks() {
		r, err := c.test(ctx)
		if err != nil {
			return Judgement{}, err
		}
		if r.Reason != "" {
			t.failed = c.name
			return t.verdict(r), nil
		}
		t.passed = append(t.passed, c.name)
	}
	return t.verdict(live.Refusal{Reason: live.Passed}), nil
}
