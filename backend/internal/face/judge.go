package face

import (
	"context"
	"fmt"
	"time"

	"realname.example/backend/internal/face/raster"
)

// Judge gives the verdict on a capture. The error is an InputError (the person
// takes the capture again, no attempt is spent), ErrBusy, ErrUnavailable, or
// the context's; only with a nil error is there a Judgement. Frames and
// portrait are not kept.
func (e *Engine) Judge(ctx context.Context, c Capture) (Judgement, error) {
	if err := checkCapture(c); err != nil {
		return Judgement{}, err
	}
	if err := checkHeaders(c); err != nil {
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

// checkHeaders refuses frames that are no JPEG of bearable size, or not all of
// one size as a camera's are, before the first one is decoded.
func checkHeaders(c Capture) error {
	var width, height int
	for i, f := range c.Frames {
		h, err := raster.Header(f.JPEG)
		if err != nil {
			return &InputError{ErrImage, HintRetry, i, err}
		}
		if !h.JPEG {
			return &InputError{ErrImage, HintRetry, i, fmt.Errorf("%w: frames must be JPEG", raster.ErrFormat)}
		}
		if i == 0 {
			width, height = h.Width, h.Height
		}
		if h.Width != width || h.Height != height {
			return &InputError{ErrCapture, HintRetry, i, fmt.Errorf("it is %d×%d, the first %d×%d", h.Width, h.Height, width, height)}
		}
	}
	if len(c.Portrait) == 0 {
		return nil
	}
	if _, err := raster.Header(c.Portrait); err != nil {
		return &InputError{ErrImage, NoHint, -1, err}
	}
	return nil
}

// trial is one capture on its way to a verdict.
type trial struct {
	engine   *Engine
	capture  Capture
	portrait embedding

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
	return t.engine.each(ctx, 1+len(t.looks), func(w *worker, i int) (err error) {
		if i == 0 {
			if len(t.capture.Portrait) > 0 {
				t.portrait, err = w.template(t.capture.Portrait)
			}
			return err
		}
		i--
		t.at[i] = t.capture.Frames[i].At
		if t.looks[i] = t.engine.remembered(t.capture.Frames[i].JPEG); t.looks[i] != nil {
			return nil
		}
		l, err := w.analyse(t.capture.Frames[i].JPEG, effortWhole)
		if err != nil {
			return input(err, i)
		}
		t.looks[i] = l
		return nil
	})
}

// again decodes a frame that was looked at before.
func (w *worker) again(f Frame) error { return w.decode(f.JPEG, raster.Sent) }

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
	}
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
