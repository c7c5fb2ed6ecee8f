package face

import (
	"context"
	"fmt"
	"time"

	"realname.example/backend/internal/face/light"
	"realname.example/backend/internal/face/raster"
)

// Light is what came of lighting the face with the colours of the phone's screen.
type Light string

// What can come of it.
const (
	LightNone       Light = ""           // no frame was taken so
	LightAnswered   Light = "answered"   // the skin shone as it was lit, and as a face is shaped
	LightUnanswered Light = "unanswered" // it did not
	LightUnclear    Light = "unclear"    // too little was seen: no surroundings, hardly a face
)

// Lights lists what can come of frames that were taken so.
func Lights() []Light { return []Light{LightAnswered, LightUnanswered, LightUnclear} }

// litLoose is added to Thresholds.Same for a face that is lit by a colour.
const litLoose = 0.06

// parted cuts a capture into what shows the actions, by itself a capture, and the lit
// frames at its end.
func parted(c Capture) (acted Capture, lit []Frame, err error) {
	n := len(c.Frames)
	for n > 0 && c.Frames[n-1].Light != "" {
		n--
	}
	for i, f := range c.Frames[:n] {
		if f.Light != "" {
			return c, nil, &InputError{ErrCapture, HintRetry, i, fmt.Errorf("a lit frame before others")}
		}
	}
	acted, lit = c, c.Frames[n:]
	acted.Frames = c.Frames[:n]
	return acted, lit, checkCount(n)
}

// lighting looks whether the lit frames show the person of the others, whose skin
// follows the colours and is round. Where the capture does not demand it, it only
// measures.
func (t *trial) lighting(ctx context.Context) (refusal, bool, error) {
	if len(t.lit) == 0 {
		return refusal{reason: LightMissing, hint: HintRetry}, t.capture.DemandLight, nil
	}
	shots, looks, err := t.engine.litShots(ctx, t.lit, len(t.frames))
	defer func() { wipeAll(looks) }()
	if err != nil {
		return refusal{}, false, err
	}
	t.numbers["light_shots"] = float64(len(shots))
	result, answer := answerOf(shots)
	if t.light = answer; answer == LightAnswered && !t.goesOn(looks) {
		t.light = LightUnanswered
	}
	t.numbers["light_score"] = result.Score()
	t.numbers["light_response"], t.numbers["light_agreement"] = result.Response, result.Agreement
	t.numbers["light_relief"], t.numbers["light_fall"] = result.Relief, result.Fall
	return refusal{reason: LightMissing, hint: HintLookAhead}, t.capture.DemandLight && t.light != LightAnswered, nil
}

func answerOf(shots []light.Shot) (light.Result, Light) {
	result, enough := light.Measure(shots)
	switch {
	case !enough:
		return result, LightUnclear
	case result.Answers():
		return result, LightAnswered
	}
	return result, LightUnanswered
}

// Answer looks at lit frames alone, whoever they show: what comes of them, for tools that
// measure the light challenge.
func (e *Engine) Answer(ctx context.Context, lit []Frame) (Light, error) {
	leave, err := e.enter()
	if err != nil {
		return LightNone, err
	}
	defer leave()
	shots, looks, err := e.litShots(ctx, lit, 0)
	wipeAll(looks)
	_, answer := answerOf(shots)
	return answer, err
}

func wipeAll(looks []*look) {
	for _, l := range looks {
		l.wipe()
	}
}

// litShots measures the lit frames that show one face and something beside it. First is
// the number of the first one in its capture.
func (e *Engine) litShots(ctx context.Context, lit []Frame, first int) (shots []light.Shot, looks []*look, err error) {
	looks = make([]*look, len(lit))
	seen := make([]*light.Shot, len(lit))
	err = e.each(ctx, len(lit), func(w *worker, i int) error {
		l, err := w.analyse(ctx, lit[i].JPEG, raster.Frame, effortPresence)
		if err != nil {
			return input(err, first+i)
		}
		looks[i] = l
		if l.faces != 1 {
			return nil
		}
		if s, ok := w.shot(&l.mesh); ok {
			s.Shown = lit[i].Light
			seen[i] = &s
		}
		return w.describe(l)
	})
	for _, s := range seen {
		if s != nil {
			shots = append(shots, *s)
		}
	}
	return shots, looks, err
}

// goesOn says whether lit frames show the face of the others where it was.
func (t *trial) goesOn(lit []*look) bool {
	first, _ := t.ends()
	mean := meanDescriptor(first)
	var all []float64
	for _, l := range lit {
		if l.faces == 1 {
			all = append(all, distance(l.descriptor, mean))
		}
	}
	looks, at := append([]*look{t.looks[len(t.looks)-1]}, lit...), []time.Duration{t.at[len(t.at)-1]}
	for _, f := range t.lit {
		at = append(at, f.At)
	}
	t.numbers["light_identity"] = quantile(all, 0.5)
	t.numbers["light_jump"] = jumps(looks, at)
	return len(all) > 0 && t.numbers["light_identity"] <= t.engine.limits.Same+litLoose && t.numbers["light_jump"] <= 1
}
