package config_test

import (
	"strings"
	"testing"

	"realname.example/backend/internal/config"
)

func TestTheMatchThresholdIsBounded(t *testing.T) {
	for value, want := range map[string]float64{"": 0, "0.45": 0.45, "0.6": 0.6, "0.80": 0.8} {
		c, err := config.Load(nil, env("REALNAME_MATCH_THRESHOLD", value))
		if err != nil || c.MatchThreshold != want {
			t.Errorf("%q: %v, %v", value, c.MatchThreshold, err)
		}
	}
	for _, value := range []string{"0", "0.4499", "0.81", "1", "-0.55", "NaN", "Inf", "55", "high"} {
		if _, err := config.Load(nil, env("REALNAME_MATCH_THRESHOLD", value)); err == nil || !strings.Contains(err.Error(), "0.45 to 0.80") {
			t.Errorf("%q: %v", value, err)
		}
	}
}
