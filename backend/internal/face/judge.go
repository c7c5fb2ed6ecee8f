package face

import (
	"context"
	"errors"
	"time"

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
func (e *Engine) judge(ctx context.Context, c Capture, looks []*look) (Judgement, error) {
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
	copy(t.looks, looks)
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
	portrait embedding
	class    class // of the portrait
	poor     error // why nobody can be compared with the portrait that there is

	film
	lit     []Frame // those of the light challenge, which the film has not
	light   Light
	at      []time.Duration
	neutral neutral
	signals []signal
	steps   []Step
	numbers map[string]float64
	passed  []string // checks
	failed  string
}

// trial begins one.
func (e *Engine) trial(c Capture) *trial {
	t := &trial{engine: e, capture: c, numbers: map[string]float64{}}
	t.film = film{frames: c.pictures(), looks: make([]*look, len(c.Frames)), limits: e.limits, printer: e.printer, closed: true}
	for _, f := range c.Frames {
		t.at = append(t.at, f.At)
	}
	return t
}

func (t *trial) wipe() {
	for _, l := range t.looks {
		l.wipe()
	}
	t.looks = nil
	t.portrait.wipe()
}

// look analyses the portrait beside the first stretch, and then the others, on
// all workers.
func (t *trial) look(ctx context.Context) error {
	err := t.engine.each(ctx, 2, func(w *worker, i int) error {
		if i == 0 {
			return t.lookAtPortrait(ctx, w)
		}
		return t.watch(ctx, w, 0)
	})
	if err == nil {
		err = t.engine.each(ctx, t.stretches()-1, func(w *worker, k int) error { return t.watch(ctx, w, 1+k) })
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
	for i, left := len(t.looks)-1, startFrames; i >= 0 && left > 0; i-- {
		if l := t.looks[i]; l.faces == 1 {
			left--
			if !l.posed {
				missing = append(missing, i)
			}
		}
	}
	return t.again(ctx, missing, (*worker).point)
}

// lookAtPortrait makes its embedding. What is wrong with the picture waits until
// the person before the camera is known to be live.
func (t *trial) lookAtPortrait(ctx context.Context, w *worker) (err error) {
	switch n := len(t.capture.Portrait); {
	case n == 0:
		return nil
	case n > MaxPortrait:
		t.poor = raster.ErrTooLarge
		return nil
	}
	t.portrait, t.class, err = w.template(ctx, t.capture.Portrait)
	var input *InputError
	if errors.As(err, &input) {
		t.poor = input
		return nil
	}
	return err
}

// again decodes frames that were looked at before, and does something with each.
func (t *trial) again(ctx context.Context, numbers []int, do func(*worker, *look) error) error {
	return t.engine.each(ctx, len(numbers), func(w *worker, k int) error {
		i := numbers[k]
		if err := w.decode(ctx, t.frames[i], raster.Frame); err != nil {
			return input(err, i)
		}
		return do(w, t.looks[i])
	})
}

// check is one test of a trial: a refusal, or nothing.
type check struct {
	name string
	test func(context.Context) (refusal, bool, error)
}

// quick is a check that needs no network.
func quick(name string, test func() (refusal, bool)) check {
	return check{name, func(context.Context) (refusal, bool, error) {
		r, refused := test()
		return r, refused, nil
	}}
}

// refusal is why a trial ends.
type refusal struct {
	reason Reason
	hint   Hint
	action Action
}

// checks lists the tests in an order that tells the person first what they can
// mend, and compares with the portrait last.
func (t *trial) checks() []check {
	return []check{
		quick("presence", t.presence), quick("repeats", t.repeats), quick("frontal", t.frontal),
		quick("same face", t.sameFace), quick("motion", t.motion),
		{"challenge", t.challenge},
		quick("relief", t.relief),
		{"same face in actions", t.sameInActions},
		{"passive", t.passive},
		{"light", t.lighting},
		{"match", t.match},
		quick("portrait", t.comparable),
	}
}

// comparable refuses where there was a portrait, but nobody to see in it.
func (t *trial) comparable() (refusal, bool) {
	return refusal{reason: PortraitUnusable}, t.poor != nil
}

// decide runs the checks. The first refusal ends it.
func (t *trial) decide(ctx context.Context) (Judgement, error) {
	for _, c := range t.checks() {
		r, refused, err := c.test(ctx)
		if err != nil {
			return Judgement{}, err
		}
		if refused {
			t.failed = c.name
			return t.verdict(r), nil
		}
		t.passed = append(t.passed, c.name)
	}
	return t.verdict(refusal{reason: Passed}), nil
}

func (t *trial) verdict(r refusal) Judgement {
	ahead := -1
	if r.reason == Passed {
		ahead = t.ahead()
	}
	return Judgement{
		Ahead:  ahead,
		Passed: r.reason == Passed,
		Reason: r.reason,
		Hint:   r.hint,
		Action: r.action,
		Steps:  t.steps,
		Checks: t.passed,
		Failed: t.failed,
		Number: finite(t.numbers),
		Prints: t.prints(),
		Light:  t.light,

		LightScore: t.numbers["light_score"],
	}
}

// prints are those of all frames, where the engine makes any.
func (t *trial) prints() []Print {
	if t.printer == nil {
		return nil
	}
	made := make([]Print, len(t.looks))
	for i, l := range t.looks {
		made[i] = l.print
	}
	return made
}

// finite drops what is not a number, so that an audit row can always be
// written.
func finite(numbers map[string]float64) map[string]float64 {
	for k, v := range numbers {
		if v != v || v > 1e12 || v < -1e12 {
			delete(numbers, k)
		}
	}
	return numbers
}
