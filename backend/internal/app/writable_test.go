package app

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestADatabaseThatTakesNoWriteIsNotReady(t *testing.T) {
	full := errors.New("database or disk is full")
	var w writable
	tries, fault := 0, full
	write := func(context.Context, time.Time) error {
		tries++
		return fault
	}
	now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after time.Duration
		fault error
		want  error
		tries int
	}{
		{0, full, full, 1},
		{writeAgain / 2, nil, full, 1}, // nobody makes it write more often
		{writeAgain / 2, nil, nil, 2},
		{writeEvery / 2, full, nil, 2},
		{writeEvery / 2, full, full, 3},
	} {
		now, fault = now.Add(step.after), step.fault
		if err := w.check(t.Context(), now, write); !errors.Is(err, step.want) || tries != step.tries {
			t.Errorf("after %v: %v, %d tries", step.after, err, tries)
		}
	}
}
