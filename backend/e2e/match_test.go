package e2e_test

import (
	"strings"
	"testing"
)

func TestTheLogSaysWhatTheMatchThresholdMeans(t *testing.T) {
	for threshold, want := range map[float64][]string{
		0:    {`"threshold":0.55`, `"strangers_accepted":"0.020 %"`, `"own_faces_refused":"3.3 %"`},
		0.6:  {`"threshold":0.6`, `"strangers_accepted":"0 of 9,785"`, `"own_faces_refused":"6.5 %"`},
		0.49: {`"threshold":0.49`, `"measured_at":0.45`, `"strangers_accepted":"0.133 %"`},
	} {
		cfg := sandboxConfig(t)
		cfg.MatchThreshold = threshold
		s := startReal(t, cfg)
		for _, part := range want {
			if !strings.Contains(s.log.String(), part) {
				t.Errorf("%v: the log lacks %s", threshold, part)
			}
		}
	}
}
