package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/httpapi"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// engine loads the face engine beside the start, which would else wait a second
// for the models: only evidence needs it, and waits for it.
type engine struct {
	stop   context.CancelFunc
	loaded chan struct{}
	inner  *face.Engine // nil where err is not
	err    error
	counts counts
}

// counts are what is measured of judgements.
type counts struct {
	checks *prometheus.CounterVec
	light  *prometheus.CounterVec
	score  prometheus.Histogram
}

// judged counts one. Of lit frames it counts what came of them, and how sure that is:
// people who pass everything else are the operator's own curve.
func (c counts) judged(j face.Judgement) {
	c.checks.WithLabelValues(string(j.Reason)).Inc()
	if j.Light == face.LightNone {
		return
	}
	c.light.WithLabelValues(string(j.Light)).Inc()
	if j.Passed {
		c.score.Observe(j.LightScore)
	}
}

// errLoading is what /readyz says before the models are there.
var errLoading = errors.New("the face engine is loading its models")

// openEngine begins to load; the end of ctx does not stop it, close does.
func openEngine(ctx context.Context, cfg face.Config, logger *slog.Logger, registry *prometheus.Registry) *engine {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	e := &engine{stop: stop, loaded: make(chan struct{})}
	e.measure(registry)
	go func() {
		defer close(e.loaded)
		if e.inner, e.err = face.Open(ctx, cfg); e.err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "face engine is not available; face scans answer provider_unavailable", "err", e.err)
		}
	}()
	return e
}

// measure registers how busy the engine is, and which check ended a judgement.
func (e *engine) measure(registry *prometheus.Registry) {
	e.counts = counts{
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realname_face_judgements_total", Help: "Judged captures by the check that decided.",
		}, []string{"check"}),
		light: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realname_face_light_total", Help: "Captures with light frames by what came of them.",
		}, []string{"answer"}),
		score: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "realname_face_light_score", Help: "Score of the light of captures that passed; from 1 up it is answered.",
			Buckets: []float64{0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3},
		}),
	}
	for _, r := range live.Reasons() {
		e.counts.checks.WithLabelValues(string(r))
	}
	for _, l := range face.Lights() {
		e.counts.light.WithLabelValues(string(l))
	}
	load := func(name, help string, of func(face.Load) int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			select {
			case <-e.loaded:
				return float64(of(e.inner.Load()))
			default:
				return 0
			}
		})
	}
	registry.MustRegister(e.counts.checks, e.counts.light, e.counts.score,
		load("realname_face_calls", "Calls that the face engine has taken on.", func(l face.Load) int { return l.Calls }),
		load("realname_face_calls_limit", "Calls beyond which the face engine says that it is busy.", func(l face.Load) int { return l.MostCalls }),
		load("realname_face_verdicts", "Captures that are judged at the moment.", func(l face.Load) int { return l.Verdicts }),
		load("realname_face_verdicts_limit", "Captures that may be judged at a time.", func(l face.Load) int { return l.MostVerdicts }))
}

// get waits for the engine. It returns nil, which answers every call with
// face.ErrUnavailable, where there is none.
func (e *engine) get(ctx context.Context) (*face.Engine, error) {
	if e == nil {
		return nil, nil
	}
	select {
	case <-e.loaded:
		return e.inner, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ready says whether a face can be judged now.
func (e *engine) ready() error {
	if e == nil {
		return nil // a test brought its own
	}
	select {
	case <-e.loaded:
	default:
		return errLoading
	}
	if e.err != nil {
		return e.err
	}
	return e.inner.Ready()
}

// close frees the engine, once it has loaded.
func (e *engine) close() error {
	if e == nil {
		return nil
	}
	e.stop()
	<-e.loaded
	if e.inner == nil {
		return nil
	}
	return e.inner.Close()
}

// judge is the face engine as the domain knows it. Without an engine every call
// answers that it is unavailable.
type judge struct{ engine *engine }

// Footage implements verify.FaceJudge.
func (j judge) Footage(ctx context.Context, lit int, trouble func(error)) verify.Footage {
	e, err := j.engine.get(ctx)
	if err != nil {
		return footage{}
	}
	return footage{e.Footage(ctx, lit, func(err error) { trouble(domainError(err)) }), j.engine.counts}
}

// footage is the engine's as the domain knows it.
type footage struct {
	inner  *face.Footage
	counts counts
}

// Add implements verify.Footage.
func (f footage) Add(jpeg []byte) { f.inner.Add(jpeg) }

// Inspect implements verify.Footage.
func (f footage) Inspect(ctx context.Context) error { return domainError(f.inner.Inspect(ctx)) }

// Close implements verify.Footage.
func (f footage) Close() { f.inner.Close() }

// Judge implements verify.Footage.
func (f footage) Judge(ctx context.Context, c verify.Capture) (verify.Judgement, error) {
	capture := face.Capture{Portrait: c.Portrait, Frames: make([]face.Frame, len(c.Frames)), Actions: c.Actions, DemandLight: c.DemandLight}
	for i, frame := range c.Frames {
		capture.Frames[i] = face.Frame{JPEG: frame.JPEG, At: frame.At, Light: frame.Light}
	}
	got, err := f.inner.Judge(ctx, capture)
	if err == nil {
		f.counts.judged(got)
	}
	var input *look.InputError
	switch {
	case errors.As(err, &input): // it passed Inspect, so what is wrong now is no camera's fault
		return verify.Judgement{Failed: verification.LivenessFailed, Detail: "input: " + input.Error()}, nil
	case err != nil:
		return verify.Judgement{}, domainError(err)
	}
	verdict := verify.Judgement{Detail: detail(got), Prints: domainPrints(got.Prints)}
	switch {
	case got.Reason == live.FaceMismatch:
		verdict.Failed = verification.FaceMismatch
	case got.Reason == live.PortraitUnusable:
		verdict.Failed = verification.PortraitPoor
	case got.Reason == live.LightFaint:
		verdict.Failed = verification.LightFaint
	case got.Reason.Liveness():
		verdict.Failed = verification.LivenessFailed
	case got.Ahead >= 0:
		verdict.Ahead = capture.Frames[got.Ahead].JPEG
	}
	return verdict, nil
}

// Portrait checks that a picture can serve as a portrait.
func (j judge) Portrait(ctx context.Context, image []byte) error {
	e, err := j.engine.get(ctx)
	if err == nil {
		err = e.Portrait(ctx, image)
	}
	var input *look.InputError
	if errors.As(err, &input) {
		return httpapi.ErrPortrait
	}
	return domainError(err)
}

// searcher finds frames that come again, as the domain knows it.
type searcher struct {
	engine *engine
	key    *look.Printer
}

// Search implements verify.FrameSearcher.
func (p searcher) Search(ctx context.Context, frames [][]byte) ([][]verify.Print, error) {
	e, err := p.engine.get(ctx)
	if err != nil {
		return nil, err
	}
	found, err := e.Search(ctx, p.key, frames)
	searched := make([][]verify.Print, len(found))
	for i, prints := range found {
		searched[i] = domainPrints(prints)
	}
	return searched, domainError(err)
}

func domainPrints(prints []look.Print) []verify.Print {
	all := make([]verify.Print, len(prints))
	for i, p := range prints {
		all[i] = verify.Print(p)
	}
	return all
}

// hints maps the engine's advice to the domain's.
var hints = map[look.Hint]verify.Hint{
	look.HintOneFace: verify.HintOneFace, look.HintCloser: verify.HintCloser, look.HintFarther: verify.HintFarther,
	look.HintMoreLight: verify.HintMoreLight, look.HintLessLight: verify.HintLessLight,
	look.HintHoldStill: verify.HintHoldStill, look.HintLookAhead: verify.HintFaceCamera, look.HintTurnMore: verify.HintTurnFurther,
}

// domainError is the one map from the engine's errors to the domain's.
func domainError(err error) error {
	var (
		input *look.InputError
		busy  *face.BusyError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &busy):
		return &verify.BusyError{RetryAfter: busy.RetryAfter}
	case errors.Is(err, look.ErrNoFace), errors.Is(err, look.ErrManyFace):
		return verify.ErrFaceNotFound
	case errors.Is(err, look.ErrQuality):
		hint := verify.HintHoldStill
		if errors.As(err, &input) && hints[input.Hint] != "" {
			hint = hints[input.Hint]
		}
		return &verify.QualityError{Hint: hint}
	case errors.Is(err, look.ErrForm):
		return &verify.EvidenceError{Cause: "frame_form"}
	case errors.As(err, &input):
		return &verify.EvidenceError{Cause: "frame_undecodable"}
	case errors.Is(err, face.ErrUnavailable):
		return verify.ErrProviderUnavailable
	}
	return fmt.Errorf("face engine: %w", err)
}

// detail is what the audit trail keeps of a judgement: reason and numbers.
func detail(j face.Judgement) string {
	parts := []string{string(j.Reason)}
	if j.Action != "" {
		parts = append(parts, "action="+string(j.Action))
	}
	if j.Light != face.LightNone {
		parts = append(parts, "light="+string(j.Light))
	}
	names := make([]string, 0, len(j.Number))
	for name := range j.Number {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s=%.3f", name, j.Number[name]))
	}
	return strings.Join(parts, " ")
}
