//go:build embedmodels

package models

import "testing"

func TestTheProgramHoldsTheSet(t *testing.T) {
	set, err := Find("")
	if err != nil || !set.embedded {
		t.Fatalf("%+v, %v", set, err)
	}
	for _, name := range Networks {
		if _, err := set.Read(name); err != nil {
			t.Error(err)
		}
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if _, err := set.Library(); err != nil {
		t.Error(err)
	}
}
