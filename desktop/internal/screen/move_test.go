package screen_test

import (
	"slices"
	"testing"
	"time"

	"realname.example/desktop/internal/flow/flowtest"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

func TestTheMoveOfAnIDIsAskedForAfterItsMeaningWasSaid(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := inReview(t, l)
		v := a.backend.Case
		v.Version, v.Status, v.Reason, v.Pictures, v.Movable, v.MoveWait = v.Version+1, verification.Rejected, verification.IdentityAlreadyBound, nil, true, 48*3600
		a.follows(v)
		a.taps("pc.move.ask")
		a.sees(sentences.T("pc.move.why", sentences.Data{"For": sentences.Duration(48 * time.Hour)}))
		a.taps("pc.move.ask") // in the dialog, which is on top
		if !slices.Contains(a.backend.Calls, "move") {
			t.Fatalf("the calls are %v", a.backend.Calls)
		}
		a.sees(sentences.T("pc.move.asked", sentences.Data{"At": sentences.Date(a.now.Add(72 * time.Hour).Local())}))
		for end, key := range map[string]string{"objected": "pc.move.objected", "failed": "pc.move.failed", "done": "pc.move.done"} {
			v = a.backend.Case
			ended := *v.Move
			ended.End = end
			v.Version, v.Move = v.Version+1, &ended
			a.follows(v)
			a.sees(sentences.T(key))
		}
	})
}

func TestAMoveIsSeenFromTheOverview(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		v := a.backend.Stand(verification.Rejected, verification.Mobile, verification.IdentityAlreadyBound)
		a.backend.Case.Move = &verification.Move{AskedAt: flowtest.Start(), DueAt: flowtest.Start().Add(72 * time.Hour), DueIn: 72 * 3600}
		a.backend.User.Verification, a.backend.User.Moving = nil, &api.AccountVerification{ID: v.ID, Status: v.Status, Method: v.Method}
		a.enter()
		a.sees(sentences.T("pc.move.home"))
		a.shot("moving-" + string(l))
		a.taps("pc.move.see")
		a.sees(sentences.T("pc.move.asked", sentences.Data{"At": sentences.Date(a.now.Add(72 * time.Hour).Local())}))
		a.taps("pc.home.back")
		a.sees(sentences.T("pc.move.home"))
		a.backend.User.Moving = nil
		a.taps("pc.move.see")
		a.taps("pc.home.back")
		if a.shows(sentences.T("pc.move.home")) {
			t.Error("the move is still told of")
		}
	})
}

func TestTheHolderIsToldOfAMoveAndObjects(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.backend.Stand(verification.Verified, verification.Mobile, "")
		due := flowtest.Start().Add(72 * time.Hour)
		a.backend.User.Move = &api.AccountMove{Move: verification.Move{AskedAt: flowtest.Start(), DueAt: due, DueIn: 72 * 3600}, To: "zh***g"}
		a.enter()
		a.sees("zh***g")
		a.shot("move-" + string(l))
		a.taps("pc.move.object")
		a.sees(sentences.T("pc.move.object.ask"))
		a.taps("pc.move.object")
		if !slices.Contains(a.backend.Calls, "object") || a.shows("zh***g") {
			t.Errorf("the calls are %v", a.backend.Calls)
		}
	})
}
