package look

import "time"

// Stage is a part of the way from a picture to a Template.
type Stage string

// The stages.
const (
	StageDecode    Stage = "decode"
	StageDetect    Stage = "detect"
	StageLandmarks Stage = "landmarks"
	StageCrop      Stage = "crop" // and quality
	StageFeature   Stage = "feature"
	StageIdentity  Stage = "identity"
)

// Stages lists the stages in their order.
var Stages = []Stage{
	StageDecode, StageDetect, StageLandmarks, StageCrop, StageFeature, StageIdentity,
}

// stopwatch measures stages; without a clock it measures nothing.
type stopwatch struct {
	now  func() time.Time
	last time.Time
	took map[Stage]time.Duration
}

// start begins with the first stage.
func (s *stopwatch) start() {
	if s.now != nil {
		s.last, s.took = s.now(), map[Stage]time.Duration{}
	}
}

// Took is how long each stage of the last picture took; empty without a clock.
func (w *Worker) Took() map[Stage]time.Duration { return w.watch.took }

// lap ends a stage.
func (s *stopwatch) lap(stage Stage) {
	if s.now != nil {
		now := s.now()
		s.took[stage] += now.Sub(s.last)
		s.last = now
	}
}
