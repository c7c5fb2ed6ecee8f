package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// stages reads what was counted, as text by stage and reason.
func stages(t *testing.T, s *store.Store) map[string]int64 {
	t.Helper()
	counts, err := s.StageCounts(t.Context(), numbers.Span{To: numbers.Hour(Start.Add(100 * 24 * time.Hour)), Each: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, c := range counts {
		got[fmt.Sprint(c.Stage, " ", c.Reason)] += c.N
	}
	return got
}

func expectStages(t *testing.T, s *store.Store, want map[string]int64) {
	t.Helper()
	if got := stages(t, s); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

// counted is a change that counts a case at a stage.
func counted(to verification.Status, stage verify.Stage, why verification.Reason, at time.Time) verify.Change {
	return func(c *verify.Case) (verify.Effects, error) {
		c.Reason = why
		e, err := Moved(to)(c)
		if to.Final() {
			c.FinishedAt = at
		}
		e.Counts = []verify.Count{{At: at, Stage: stage, Method: c.Method, Reason: why}}
		return e, err
	}
}

// begun stores a case that counts.
func begun(t *testing.T, s *store.Store, id, account string) {
	t.Helper()
	c := NewCase(id, account, Who(len(id)))
	if err := s.Create(t.Context(), c, verify.Effects{Counts: []verify.Count{{At: Start, Stage: verify.StageBegun, Method: c.Method}}}); err != nil {
		t.Fatal(err)
	}
}

func testStageCounts(t *testing.T, a, b *store.Store) {
	begun(t, a, "c1", "one")
	begun(t, b, "c22", "two")
	expectStages(t, a, map[string]int64{"begun ": 2})
	if _, err := a.Update(t.Context(), "c1", func(c *verify.Case) (verify.Effects, error) {
		return verify.Effects{Counts: []verify.Count{{At: Start, Stage: verify.StageCodeSent, Method: c.Method}}}, verify.ErrRequest
	}); !errors.Is(err, verify.ErrRequest) {
		t.Fatal(err)
	}
	expectStages(t, b, map[string]int64{"begun ": 2})
	Update(t, b, "c1", counted(verification.Rejected, verify.StageRejected, verification.NameMismatch, Start))
	begun(t, a, "c333", "one")
	Update(t, a, "c333", counted(verification.Verified, verify.StageVerified, "", Start.Add(verify.RefusalMemory-time.Hour)))
	Update(t, a, "c22", counted(verification.Verified, verify.StageVerified, "", Start))
	expectStages(t, b, map[string]int64{
		"begun ": 3, "rejected name_mismatch": 1, "verified ": 2, "verified_after_refusal name_mismatch": 1,
	})
	end := counted(verification.Cancelled, verify.StageCancelled, "", Start)
	begun(t, a, "c4444", "four")
	if _, err := a.Erase(t.Context(), "four", verify.Entry{At: Start, Event: verify.EventErased}, end); err != nil {
		t.Fatal(err)
	}
	if got := stages(t, a); got["cancelled "] != 1 {
		t.Errorf("an erased case: %v", got)
	}
}

// testAgain shows which refusals may have been false.
func testAgain(t *testing.T, s *store.Store) {
	for i, test := range []struct {
		why  verification.Reason // of the case before
		face verification.Reason // of an attempt of the case itself
		pass time.Duration
		want string
	}{
		{verification.MobileMismatch, "", time.Hour, "verified_after_refusal mobile_mismatch"},
		{verification.MobileMismatch, verification.FaceMismatch, time.Hour, "verified_after_refusal face_mismatch"},
		{verification.NameMismatch, "", verify.RefusalMemory + time.Hour, ""},
		{verification.IdentityAlreadyBound, "", time.Hour, ""}, // it was bound: nobody erred
	} {
		account, first, second := fmt.Sprint("a", i), fmt.Sprint("r", i), fmt.Sprint("v", i)
		Create(t, s, NewCase(first, account, Who(i)))
		Update(t, s, verification.ID(first), counted(verification.Rejected, verify.StageRejected, test.why, Start))
		Create(t, s, NewCase(second, account, Who(i)))
		before := stages(t, s)
		Update(t, s, verification.ID(second), func(c *verify.Case) (verify.Effects, error) {
			c.FaceRefused = test.face
			return counted(verification.Verified, verify.StageVerified, "", Start.Add(test.pass))(c)
		})
		after := stages(t, s)
		after["verified "]--
		if test.want != "" {
			after[test.want]--
		}
		for key, n := range after {
			if n != before[key] {
				t.Errorf("%s, then %s after %v: %s is %d more", test.why, test.face, test.pass, key, n-before[key])
			}
		}
	}
}

func testLedger(t *testing.T, a, b *store.Store) {
	hour := numbers.Hour(time.Now())
	for _, s := range []*store.Store{a, b, a} {
		s.Called(numbers.Call{Provider: "tencent", Kind: "sms", Answer: "right", Took: 120 * time.Millisecond})
		s.Called(numbers.Call{Provider: "tencent", Kind: "sms", Answer: "right", Took: time.Minute})
		s.Capped(verify.BucketSMSNumber)
		if err := s.WriteCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	calls, err := b.CallCounts(t.Context(), hour, hour+2)
	if err != nil || len(calls) != 2 || calls[0].N != 3 || calls[0].WithinMS != 0 || calls[1].N != 3 || calls[1].WithinMS != 250 {
		t.Errorf("%+v %v", calls, err)
	}
	caps, err := b.CapCounts(t.Context(), hour, hour+2)
	if err != nil || len(caps) != 1 || caps[0].Refused != 3 || caps[0].Cap != verify.BucketSMSNumber {
		t.Errorf("%+v %v", caps, err)
	}
}

// testNear shows that the nearest anybody came to the longest limit of a cap is kept.
func testNear(t *testing.T, s *store.Store) {
	send := func(b verify.Bucket, who, item string, at time.Time) {
		t.Helper()
		err := s.Trace(t.Context(), verify.Trace{Bucket: b, Subject: who, Item: item, At: at, Limits: []verify.Limit{
			{N: 9, Window: time.Minute}, {N: 10, Window: 24 * time.Hour}, {N: 0, Window: 48 * time.Hour},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		send(verify.BucketSMSNumber, "13800000001", "", Start)
		send(verify.BucketSMSAll, "", "", Start)
		send(verify.BucketIDsOfAccount, "demo", "the same", Start)
	}
	send(verify.BucketSMSNumber, "13800000002", "", Start)
	send(verify.BucketSMSAll, "", "", Start)
	send(verify.BucketIDsOfAccount, "demo", "another", Start)
	if err := s.WriteCounts(t.Context()); err != nil {
		t.Fatal(err)
	}
	caps, err := s.CapCounts(t.Context(), numbers.Hour(Start), numbers.Hour(Start)+1)
	got := map[verify.Bucket]int64{}
	for _, c := range caps {
		if got[c.Cap] = c.Used; c.Most != 10 {
			t.Errorf("%+v", c)
		}
	}
	want := map[verify.Bucket]int64{verify.BucketSMSNumber: 3, verify.BucketSMSAll: 4, verify.BucketIDsOfAccount: 2}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v, %v", got, want, err)
	}
}

// testNearest shows that of limits of one cap the one is told of which more is used, and
// that a trace which another step decides about is counted too.
func testNearest(t *testing.T, s *store.Store) {
	add := func(who string, n, most int, at time.Time) {
		t.Helper()
		for range n {
			err := s.Trace(t.Context(), verify.Trace{
				Bucket: verify.BucketFailsID, Subject: who, At: at, Of: verify.Limit{N: most, Window: 24 * time.Hour},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func() {
		t.Helper()
		if err := s.WriteCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	add("1", 3, 100, Start)
	add("2", 2, 4, Start) // nearer, though it is less
	add("3", 1, 0, Start) // no limit
	write()
	add("4", 3, 100, Start)
	write()
	add("5", 4, 100, Start.Add(time.Hour))
	write()
	hour := numbers.Hour(Start)
	for _, to := range []int64{hour + 1, hour + 2} {
		caps, err := s.CapCounts(t.Context(), hour, to)
		if err != nil || len(caps) != 1 || caps[0].Used != 2 || caps[0].Most != 4 {
			t.Errorf("until %d: %+v, %v", to-hour, caps, err)
		}
	}
}

// testStripes shows that cases of one hour do not all wait for one row.
func testStripes(t *testing.T, s *store.Store) {
	for i := range 32 {
		begun(t, s, fmt.Sprint("c", i), fmt.Sprint("a", i))
	}
	expectStages(t, s, map[string]int64{"begun ": 32})
	var rows int
	err := s.Pool().QueryRowContext(t.Context(), "SELECT count(*) FROM stage_counts").Scan(&rows)
	if err != nil || rows < 2 || rows > 16 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

func testPruneCounts(t *testing.T, s *store.Store) {
	begun(t, s, "c1", "one")
	sum(t, s)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{numbers.Life, 1}, {numbers.Life + 8*time.Hour, 0}} {
		if err := s.Prune(t.Context(), Start.Add(step.after), verify.Lives{Cases: 1000 * 24 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		if got := stages(t, s); len(got) != step.want {
			t.Errorf("after %v: %v", step.after, got)
		}
	}
}
