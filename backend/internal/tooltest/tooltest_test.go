package tooltest_test

import (
	"runtime"
	"testing"

	"realname.example/backend/internal/tooltest"
)

// recorder is a test that notes how it ended.
type recorder struct {
	testing.TB
	failed, skipped bool
}

func (*recorder) Helper() {}

func (r *recorder) Fatalf(string, ...any) {
	r.failed = true
	runtime.Goexit()
}

func (r *recorder) Skipf(string, ...any) {
	r.skipped = true
	runtime.Goexit()
}

func TestAMissingProgramFailsWhereCIIsSet(t *testing.T) {
	for _, test := range []struct {
		ci, program     string
		failed, skipped bool
	}{
		{"", "no-such-program", false, true},
		{"true", "no-such-program", true, false},
		{"true", "go", false, false},
	} {
		t.Setenv("CI", test.ci)
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			tooltest.Find(r, test.program)
		}()
		<-done
		if r.failed != test.failed || r.skipped != test.skipped {
			t.Errorf("CI=%q, %s: failed %v, skipped %v", test.ci, test.program, r.failed, r.skipped)
		}
	}
}
