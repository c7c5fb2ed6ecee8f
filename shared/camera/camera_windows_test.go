package camera

import (
	"context"
	"errors"
	"testing"
)

// Runs on Windows, and under Wine by "make check-windows".
func TestAPCWithoutACameraSaysSo(t *testing.T) {
	s, err := System().Open(context.Background(), Config{})
	if err == nil {
		s.Close()
		t.Skip("this PC has a camera")
	}
	if !errors.Is(err, ErrNone) {
		t.Errorf("%v, want %v", err, ErrNone)
	}
}
