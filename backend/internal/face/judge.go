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

	t := &trial{engine: e, capture: c, numbers: map[string]float64{}}
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
	poor     error // why nobody can be compared with the portrait that there is

	looks   []*look
	at      []time.Duration
	neutral neutral
	signals []signal
	steps   []Step
	numbers map[string]float64
	passed  []string // checks
	failed  string
}

func (t *trial) wipe() {
	for _, l := range t.looks {
		if l != nil && !l.kept {
			l.wipe()
		}
	}
	t.looks = nil
	t.portrait.wipe()
}

// look analyses the portrait and all frames, on all workers.
func (t *trial) look(ctx context.Context) error {
	t.looks = make([]*look, len(t.capture.Frames))
	t.at = make([]time.Duration, len(t.capture.Frames))
	return t.engine.each(ctx, 1+len(t.looks), func(w *worker, i int) error {
		if i == 0 {
			return t.lookAtPortrait(ctx, w)
		}
		i--
		t.at[i] = t.capture.Frames[i].At
		if t.looks[i] = t.engine.remembered(t.capture.Frames[i].JPEG); t.looks[i] != nil {
			return nil
		}
		l, err := w.analyse(ctx, t.capture.Frames[i].JPEG, raster.Frame, effortWhole)
		if err != nil {
			return input(err, i)
		}
		t.looks[i] = l
		return nil
	})
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
	t.portrait, err = w.template(ctx, t.capture.Portrait)
	var input *InputError
	if errors.As(err, &input) {
		t.poor = input
		return nil
	}
	return err
}

// again decodes a frame that was looked at before.
func (w *worker) again(ctx context.Context, f Frame) error {
	return w.decode(ctx, f.JPEG, raster.Frame)
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
		quick("same face", t.sameFace), quick("motion", t.motion), quick("challenge", t.challenge),
		quick("relief", t.relief),
		{"passive", t.passive},
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
	return Judgement{
		Passed: r.reason == Passed,
		Reason: r.reason,
		Hint:   r.hint,
		Action: r.action,
		Steps:  t.steps,
		Checks: t.passed,
		Failed: t.failed,
		Number: finite(t.numbers),
	}
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
