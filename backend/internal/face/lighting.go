package face

import (
	"context"
	"fmt"
	"time"

	"realname.example/backend/internal/face/light"
	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// Light is what came of lighting the face with the colours of the phone's screen.
type Light string

// What can come of it.
const (
	LightNone       Light = ""           // no frame was taken so
	LightAnswered   Light = "answered"   // the skin shone as it was lit, and as a face is shaped
	LightUnanswered Light = "unanswered" // it did not
	LightUnclear    Light = "unclear"    // too little was seen: the room is bright, no surroundings, hardly a face
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
			return c, nil, &look.InputError{Kind: look.ErrCapture, Hint: look.HintRetry, Frame: i, Cause: fmt.Errorf("a lit frame before others")}
		}
	}
	acted, lit = c, c.Frames[n:]
	acted.Frames = c.Frames[:n]
	return acted, lit, checkCount(n)
}

// lighting looks whether the lit frames show the person of the others, whose skin
// follows the colours and is round. Where the capture does not demand it, it only
// measures.
func (t *trial) lighting(ctx context.Context) (live.Refusal, error) {
	if len(t.lit) == 0 {
		return t.unlit(live.LightMissing, look.HintRetry), nil
	}
	shots, looks, err := t.engine.litShots(ctx, t.lit, len(t.Frames))
	defer func() { wipeAll(looks) }()
	if err != nil {
		return live.Refusal{}, err
	}
	t.Numbers["light_shots"] = float64(len(shots))
	result, answer := answerOf(shots)
	if t.light = answer; !t.goesOn(looks) {
		t.light = LightUnanswered
	}
	t.Numbers["light_score"] = result.Score()
	t.Numbers["light_response"], t.Numbers["light_agreement"] = result.Response, result.Agreement
	t.Numbers["light_relief"], t.Numbers["light_fall"], t.Numbers["light_fall_error"] = result.Relief, result.Fall, result.FallError
	switch t.light {
	case LightAnswered:
		return live.Refusal{}, nil
	case LightUnclear:
		return t.unlit(live.LightFaint, look.HintLessLight), nil
	case LightNone, LightUnanswered:
	}
	return t.unlit(live.LightMissing, look.HintLookAhead), nil
}

// unlit refuses where the light is demanded.
func (t *trial) unlit(why live.Reason, hint look.Hint) live.Refusal {
	if !t.capture.DemandLight {
		return live.Refusal{}
	}
	return live.Refusal{Reason: why, Hint: hint}
}

func answerOf(shots []light.Shot) (light.Result, Light) {
	result, enough := light.Measure(shots)
	switch {
	case !enough, result.Unclear():
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

func wipeAll(looks []*look.Look) {
	for _, l := range looks {
		l.Wipe()
	}
}

// litShots measures the lit frames that show one face and something beside it. First is
// the number of the first one in its capture.
func (e *Engine) litShots(ctx context.Context, lit []Frame, first int) (shots []light.Shot, looks []*look.Look, err error) {
	looks = make([]*look.Look, len(lit))
	seen := make([]*light.Shot, len(lit))
	err = e.each(ctx, len(lit), func(w *look.Worker, i int) error {
		l, err := w.Analyse(ctx, lit[i].JPEG, raster.Frame, look.EffortPresence)
		if err != nil {
			return look.AtFrame(err, first+i)
		}
		looks[i] = l
		if l.Faces != 1 {
			return nil
		}
		if s, ok := w.Shot(&l.Mesh); ok {
			s.Shown, s.At = lit[i].Light, lit[i].At
			seen[i] = &s
		}
		return w.Describe(l)
	})
	for _, s := range seen {
		if s != nil {
			shots = append(shots, *s)
		}
	}
	return shots, looks, err
}

// goesOn says whether lit frames show the face of the others where it was.
func (t *trial) goesOn(lit []*look.Look) bool {
	first, _ := t.Ends()
	mean := live.MeanDescriptor(first)
	var all []float64
	for _, l := range lit {
		if l.Faces == 1 {
			all = append(all, look.Distance(l.Descriptor, mean))
		}
	}
	looks, at := append([]*look.Look{t.Looks[len(t.Looks)-1]}, lit...), []time.Duration{t.At[len(t.At)-1]}
	for _, f := range t.lit {
		at = append(at, f.At)
	}
	t.Numbers["light_identity"] = live.Quantile(all, 0.5)
	t.Numbers["light_jump"] = live.Jumps(looks, at)
	return len(all) > 0 && t.Numbers["light_identity"] <= t.Limits.Same+litLoose && t.Numbers["light_jump"] <= 1
}
