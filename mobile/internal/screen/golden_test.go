package screen_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2/test"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// looks are all stages, and some of them in other states.
func looks() map[string]flow.State {
	with := func(stage flow.Stage, change func(*flow.State)) flow.State {
		s := full(stage)
		change(&s)
		return s
	}
	result := func(status verification.Status, why verification.Reason) flow.State {
		return with(flow.Result, func(s *flow.State) { s.View.Status, s.View.Reason = status, why })
	}
	all := map[string]flow.State{
		"home_offline":    with(flow.Home, func(s *flow.State) { s.Offline = true }),
		"home_foreign":    with(flow.Home, func(s *flow.State) { s.Notice = flow.Foreign }),
		"scanning_light":  with(flow.Scanning, func(s *flow.State) { s.Torch = flow.TorchOff }),
		"scanning_denied": with(flow.Scanning, func(s *flow.State) { s.Err = camera.ErrDenied }),
		"server_changed":  with(flow.Server, func(s *flow.State) { s.Changed = true }),
		"consent_review":  with(flow.Consenting, func(s *flow.State) { s.View.Status = verification.InReview }),
		"consent_missing": with(flow.Consenting, func(s *flow.State) {
			s.ConsentText, s.Err = api.ConsentText{}, &client.UnreachableError{Err: errors.New("no route")}
		}),
		"ready_again": with(flow.Ready, func(s *flow.State) { s.Err = &problem.Problem{Code: problem.FaceQuality} }),
		"ready_faint": with(flow.Ready, func(s *flow.State) {
			s.View.Status, s.View.Reason = verification.Capturing, verification.LightFaint
		}),
		"ready_busy":     with(flow.Ready, func(s *flow.State) { s.Err = camera.ErrBusy }),
		"result_again":   result(verification.FaceRequired, verification.LivenessFailed),
		"result_refused": result(verification.Rejected, verification.FaceMismatch),
		"result_review":  result(verification.InReview, verification.PortraitMissing),
	}
	for _, stage := range flow.Stages() {
		all[string(stage)] = full(stage)
	}
	return all
}

// TestEveryStageIsAsItWas holds what each stage draws against testdata: a change that
// is wanted is looked at (PHONE_SHOTS=folder keeps pictures of each, in both languages
// and themes) and taken over from testdata/failed.
func TestEveryStageIsAsItWas(t *testing.T) {
	folder := os.Getenv("PHONE_SHOTS")
	for name, state := range looks() {
		for _, l := range sentences.Languages() {
			for _, scheme := range []ui.Scheme{ui.LightScheme, ui.DarkScheme} {
				held := l == sentences.English && scheme == ui.LightScheme
				if !held && folder == "" {
					continue
				}
				w, _ := openIn(t, l, scheme, state)
				if folder != "" {
					save(t, w, filepath.Join(folder, name+"-"+string(l)+"-"+string(scheme)+".png"))
				}
				if held {
					test.AssertRendersToMarkup(t, name+".xml", w.Canvas())
				}
			}
		}
	}
}
