package verify_test

import (
	"fmt"
	"testing"
	"time"

	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// counted reads the numbers as text by stage and reason.
func (w *world) counted() map[string]int64 {
	w.Helper()
	counts, err := w.store.Store.(*store.Store).StageCounts(w.Context(), numbers.Span{To: numbers.Hour(w.clock().Add(time.Hour)) + 1, Each: 1})
	if err != nil {
		w.Fatal(err)
	}
	got := map[string]int64{}
	for _, c := range counts {
		got[fmt.Sprint(c.Stage, " ", c.Reason)] += c.N
	}
	return got
}

func (w *world) expectCounts(want map[string]int64) {
	w.Helper()
	if got := w.counted(); fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("counted %v, want %v", got, want)
	}
}

func TestAVerificationCountsOnceAtEachStage(t *testing.T) {
	w := newWorld(t)
	v := w.begin("demo", zhang)
	w.send("demo", v.ID)
	w.pass(2 * time.Minute)
	code := w.send("demo", v.ID)
	w.expectCounts(map[string]int64{"begun ": 1, "code_sent ": 1})
	w.answer.Mismatch = verification.MobileMismatch
	if _, err := w.check("demo", v.ID, code); err != nil {
		t.Fatal(err)
	}
	w.expectCounts(map[string]int64{"begun ": 1, "code_sent ": 1, "code_right ": 1, "rejected mobile_mismatch": 1})
	w.answer.Mismatch = ""
	w.pass(2 * time.Minute)
	v = w.begin("demo", zhang)
	if _, err := w.check("demo", v.ID, w.send("demo", v.ID)); err != nil {
		t.Fatal(err)
	}
	w.expectCounts(map[string]int64{
		"begun ": 2, "code_sent ": 2, "code_right ": 2, "rejected mobile_mismatch": 1, "verified ": 1,
		"verified_after_refusal mobile_mismatch": 1,
	})
}

func TestEachRefusedFaceIsCountedAndAskedAboutAgain(t *testing.T) {
	w := newWorld(t)
	w.judged.Failed = verification.LivenessFailed
	id, token := w.phoneOf("demo", zhang)
	w.judge(token)
	w.judge(w.consentedBy("demo", id))
	w.judged.Failed = ""
	w.judge(w.consentedBy("demo", id))
	w.want(w.look("demo", id), verification.Verified, "")
	w.expectCounts(map[string]int64{
		"begun ": 1, "face ": 1, "face_refused liveness_failed": 2, "verified ": 1, "verified_after_refusal liveness_failed": 1,
	})
}

// TestFailuresTellHowNearTheirCapsAre shows a cap that one step counts and another asks.
func TestFailuresTellHowNearTheirCapsAre(t *testing.T) {
	w := newWorld(t)
	w.answer = verify.CarrierAnswer{Mismatch: verification.NameMismatch}
	v := w.begin("demo", zhang)
	if _, err := w.check("demo", v.ID, w.send("demo", v.ID)); err != nil {
		t.Fatal(err)
	}
	w.judged.Failed = verification.FaceMismatch
	w.judge(w.consentedBy("demo", w.begin("demo", byFace(zhang)).ID))
	s := w.store.Store.(*store.Store)
	if err := s.WriteCounts(t.Context()); err != nil {
		t.Fatal(err)
	}
	hour := numbers.Hour(w.clock())
	all, err := s.CapCounts(t.Context(), hour, hour+1)
	if err != nil {
		t.Fatal(err)
	}
	got := map[verify.Bucket]bool{}
	for _, c := range all {
		got[c.Cap] = c.Used == 1 && c.Most > 1
	}
	for _, b := range []verify.Bucket{
		verify.BucketFailsAccount, verify.BucketFailsID, verify.BucketFacesAccount, verify.BucketFacesID, verify.BucketFacesPhone,
	} {
		if !got[b] {
			t.Errorf("%s is not told: %+v", b, all)
		}
	}
}
