package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAPCHasTheNameThatItsOwnerGaveIt(t *testing.T) {
	none := func() (string, error) { return "", errors.New("no name") }
	network := func() (string, error) { return "pc-17", nil }
	for _, test := range []struct {
		info     string
		hostname func() (string, error)
		want     string
	}{
		{"CHASSIS=laptop\nPRETTY_HOSTNAME=\"办公室的电脑\"\n", network, "办公室的电脑"},
		{"PRETTY_HOSTNAME=Desk\n", network, "Desk"},
		{"PRETTY_HOSTNAME=\n", network, "pc-17"},
		{"", network, "pc-17"},
		{"", none, "PC"},
	} {
		file := filepath.Join(t.TempDir(), "machine-info")
		if err := os.WriteFile(file, []byte(test.info), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := deviceName(file, test.hostname); got != test.want {
			t.Errorf("%q: %q, want %q", test.info, got, test.want)
		}
	}
}
