package e2e_test

import (
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// taken has 郑强 verified by the account holder, and proven by face at the account
// claimer, whose case is returned.
func (s *server) taken() (holder, claimer *client.Account, id verification.ID) {
	s.t.Helper()
	s.givePortrait("郑强")
	holder, claimer = s.signIn("demo"), s.signIn("zhengqiang")
	v, err := s.mobile(holder, s.person("郑强"))
	mustView(s.t, v, err, verification.Verified, "")
	v, err = claimer.Begin(s.t.Context(), byFace(s.person("郑强")))
	mustView(s.t, v, err, verification.FaceRequired, "")
	if _, err := s.scan(s.consented(claimer, v.ID)); err != nil {
		s.t.Fatal(err)
	}
	v = await(s.t, claimer, v.ID, verification.Judging)
	mustView(s.t, v, nil, verification.Rejected, verification.IdentityAlreadyBound)
	if !v.Movable || v.MoveWait != 72*3600 {
		s.t.Fatal("the move of the ID cannot be asked for")
	}
	return holder, claimer, v.ID
}

func TestAnIDMovesWhereNobodyObjects(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		holder, claimer, id := s.taken()
		s.tellsOfMove("zhengqiang", id)
		v, err := claimer.AskMove(t.Context(), id)
		mustView(t, v, err, verification.Rejected, verification.IdentityAlreadyBound)
		if v.Movable || v.Move == nil || v.Move.DueIn < 71*3600 {
			t.Errorf("%+v", v.Move)
		}
		_, err = claimer.AskMove(t.Context(), id)
		mustProblem(t, err, problem.Conflict)
		s.tellsOfMove("zhengqiang", id)
		s.tellsOfMove("demo", "")
		told, err := holder.Get(t.Context())
		if err != nil || told.Move == nil || told.Move.To != "zh***g" {
			t.Errorf("the holder is told %+v, %v", told.Move, err)
		}
		s.clock.Advance(72*time.Hour - time.Minute)
		if err := s.app.Verify.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, err := s.signIn("demo").Get(t.Context()); err != nil || a.Verification == nil || a.Verification.Status != verification.Verified {
			t.Errorf("before its time: %+v, %v", a, err)
		}
		s.clock.Advance(time.Minute)
		for range 2 { // whoever sweeps beside does it no second time
			if err := s.app.Verify.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		after, err := s.signIn("demo").Get(t.Context())
		if err != nil || after.Verification != nil || after.Move != nil {
			t.Errorf("the holder has %+v, %v", after, err)
		}
		mine, err := s.signIn("zhengqiang").Get(t.Context())
		if err != nil || mine.Verification == nil || mine.Verification.Status != verification.Verified || mine.Verification.Method != verification.Face {
			t.Errorf("the claimer has %+v, %v", mine.Verification, err)
		}
		s.tellsOfMove("zhengqiang", "")
		if _, err := s.app.Store.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if report, err := s.app.Store.VerifyAudit(t.Context(), nil); err != nil || report.Entries == 0 {
			t.Errorf("the trail: %+v, %v", report, err)
		}
	})
}

func TestTheHolderObjectsAndTheIDStays(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		holder, claimer, id := s.taken()
		mustProblem(t, holder.ObjectToMove(t.Context()), problem.NotFound)
		if _, err := claimer.AskMove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := holder.ObjectToMove(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustProblem(t, holder.ObjectToMove(t.Context()), problem.NotFound)
		v, err := claimer.View(t.Context(), id)
		if err != nil || v.Move == nil || v.Move.End != "objected" || v.Movable {
			t.Errorf("the claimer sees %+v, %v", v.Move, err)
		}
		s.clock.Advance(100 * time.Hour)
		if err := s.app.Verify.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, err := s.signIn("demo").Get(t.Context()); err != nil || a.Verification == nil || a.Move != nil {
			t.Errorf("the holder has %+v, %v", a, err)
		}
		s.tellsOfMove("zhengqiang", id)
		s.clock.Advance(31 * 24 * time.Hour)
		if err := s.app.Verify.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.tellsOfMove("zhengqiang", "")
	})
}

// A move that was refused is told of until something newer was begun.
func TestAnEndedMoveGivesWayToANewCase(t *testing.T) {
	s := start(t, sandboxConfig(t))
	holder, claimer, id := s.taken()
	if _, err := claimer.AskMove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := holder.ObjectToMove(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Minute)
	v, err := claimer.Begin(t.Context(), byFace(s.person("周杰")))
	mustView(t, v, err, verification.FaceRequired, "")
	s.tellsOfMove("zhengqiang", "")
	if err := claimer.Cancel(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	s.tellsOfMove("zhengqiang", "")
}

// tellsOfMove fails the test unless an account tells of this case as one whose ID may
// move to it; of none for "".
func (s *server) tellsOfMove(username string, id verification.ID) {
	s.t.Helper()
	a, err := s.signIn(username).Get(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if id == "" && a.Moving != nil || id != "" && (a.Moving == nil || a.Moving.ID != id || a.Moving.Status != verification.Rejected) {
		s.t.Errorf("%s is told of %+v, want %q", username, a.Moving, id)
	}
}

// A code alone moves nothing: who has the phone is not yet the person.
func TestOnlyAFaceOrAReviewerLetsAnIDMove(t *testing.T) {
	s := start(t, sandboxConfig(t))
	v, err := s.mobile(s.signIn("demo"), s.person("赵磊"))
	mustView(t, v, err, verification.Rejected, verification.IdentityAlreadyBound)
	if v.Movable {
		t.Error("a code is enough")
	}
	_, err = s.signIn("demo").AskMove(t.Context(), v.ID)
	mustProblem(t, err, problem.Conflict)
	_, err = s.signIn("zhoujie").AskMove(t.Context(), v.ID)
	mustProblem(t, err, problem.NotFound)
	a, id := s.inReview("wumin", "赵磊")
	reviewer := s.operator()
	decided := ask[verification.View](t, reviewer, "POST", at(api.PathAdminApprove, string(id)), `{"reason":"the card was shown"}`)
	if !decided.Movable {
		t.Errorf("a reviewer is not enough: %+v", decided)
	}
	if v, err := a.AskMove(t.Context(), id); err != nil || v.Move == nil {
		t.Errorf("%+v, %v", v.Move, err)
	}
}
