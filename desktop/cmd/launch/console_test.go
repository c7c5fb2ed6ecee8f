package main

import "testing"

func TestTheTourPassesWithoutChromium(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	with := &tour{}
	if err := isOperated(t.Context(), with); err != nil {
		t.Error(err)
	}
	if err := with.reviewIsSeen(t.Context(), "1"); err != nil {
		t.Error(err)
	}
}
