package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// TestFullDiskIsBusyAndLosesNothing fills SQLite's file to a limit of pages, as a
// full disk does.
func TestFullDiskIsBusyAndLosesNothing(t *testing.T) {
	cfg := sandboxConfig(t)
	uncap(&cfg)
	s := start(t, cfg)
	a, p := s.signUp("before"), s.person("张伟")
	v, err := a.Begin(t.Context(), byMobile(p))
	mustView(t, v, err, verification.CodeRequired, "")
	pages := func(n int) {
		t.Helper()
		if _, err := s.app.Store.Pool().ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	pages(1) // as many as there are
	var full error
	for i := 0; full == nil && i < 500; i++ { // what is left of the last pages
		if _, full = a.SendCode(t.Context(), v.ID); full == nil {
			s.clock.Advance(time.Second)
		}
		if i%5 == 4 && full == nil {
			if full = a.Cancel(t.Context(), v.ID); full == nil {
				v, full = a.Begin(t.Context(), byMobile(p))
			}
		}
	}
	refused := mustProblem(t, full, problem.Busy)
	if refused.Status != 503 || refused.RetryAfter <= 0 {
		t.Errorf("%d, again in %v", refused.Status, refused.RetryAfter)
	}
	pages(1 << 20)
	current, err := a.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if current.Verification == nil {
		if v, err = a.Begin(t.Context(), byMobile(p)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Cancel(t.Context(), v.ID); err != nil {
		t.Errorf("after room was made: %v", err)
	}
}
