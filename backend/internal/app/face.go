package app

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/httpapi"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// judge is the face engine as the domain knows it. A nil engine is one that
// could not be opened: every call answers that it is unavailable.
type judge struct{ engine *face.Engine }

// Inspect implements verify.FaceJudge.
func (j judge) Inspect(ctx context.Context, frames [][]byte) error {
	return domainError(j.engine.Inspect(ctx, frames))
}

// Judge implements verify.FaceJudge.
func (j judge) Judge(ctx context.Context, c verify.Capture) (verify.Judgement, error) {
	capture := face.Capture{Portrait: c.Portrait, Frames: make([]face.Frame, len(c.Frames))}
	for i, f := range c.Frames {
		capture.Frames[i] = face.Frame{JPEG: f.JPEG, At: f.At}
	}
	for _, a := range c.Actions {
		capture.Actions = append(capture.Actions, face.Action(a))
	}
	got, err := j.engine.Judge(ctx, capture)
	var input *face.InputError
	switch {
	case errors.As(err, &input): // it passed Inspect, so what is wrong now is no camera's fault
		return verify.Judgement{Failed: verification.LivenessFailed, Detail: "input: " + input.Error()}, nil
	case err != nil:
		return verify.Judgement{}, domainError(err)
	}
	verdict := verify.Judgement{Detail: detail(got)}
	switch {
	case got.Reason == face.FaceMismatch:
		verdict.Failed = verification.FaceMismatch
	case !got.Passed:
		verdict.Failed = verification.LivenessFailed
	}
	return verdict, nil
}

// Portrait checks that a picture can serve as a portrait.
func (j judge) Portrait(ctx context.Context, image []byte) error {
	err := j.engine.Portrait(ctx, image)
	var input *face.InputError
	if errors.As(err, &input) {
		return httpapi.ErrPortrait
	}
	return domainError(err)
}

// hints maps the engine's advice to the domain's.
var hints = map[face.Hint]verify.Hint{
	face.HintOneFace: verify.HintOneFace, face.HintCloser: verify.HintCloser, face.HintFarther: verify.HintFarther,
	face.HintMoreLight: verify.HintMoreLight, face.HintLessLight: verify.HintLessLight,
	face.HintHoldStill: verify.HintHoldStill, face.HintLookAhead: verify.HintFaceCamera, face.HintTurnMore: verify.HintTurnFurther,
}

// domainError is the one map from the engine's errors to the domain's.
func domainError(err error) error {
	var (
		input *face.InputError
		busy  *face.BusyError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &busy):
		return &verify.BusyError{RetryAfter: busy.RetryAfter}
	case errors.Is(err, face.ErrNoFace), errors.Is(err, face.ErrManyFace):
		return verify.ErrFaceNotFound
	case errors.Is(err, face.ErrQuality):
		hint := verify.HintHoldStill
		if errors.As(err, &input) && hints[input.Hint] != "" {
			hint = hints[input.Hint]
		}
		return &verify.QualityError{Hint: hint}
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
