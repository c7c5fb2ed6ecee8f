package face

import (
	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

// Judgement is the verdict on a capture.
type Judgement struct {
	Passed bool
	Reason live.Reason
	Hint   look.Hint           // what would help, if trying again can help
	Action verification.Action // the action that the reason is about, if any
	Steps  []live.Step         // what was found, action by action
	Checks []string            // that were passed, in their order
	Failed string              // the check that ended it, if one did
	Number map[string]float64  // measured values for the audit trail; always finite
	Prints []look.Print        // of all frames, where Config.Printer makes them
	Light  Light               // what came of lit frames, where the checks came so far
	// LightScore is 1 or more where the face alone answers, whoever it shows.
	LightScore float64
	Ahead      int // where it passed, the frame that looks ahead best; else -1
}

// prints are those of all frames, where the engine makes any.
func (t *trial) prints() []look.Print {
	if t.printer == nil {
		return nil
	}
	made := make([]look.Print, len(t.Looks))
	for i, l := range t.Looks {
		made[i] = l.Print
	}
	return made
}

// finite drops what is not a number, so that an audit row can always be
// written.
func finite(numbers map[string]float64) map[string]float64 {
	for k, v := range numbers {
		if v != v || v > 1e12 || v < -1e12 {
			delete(numbers, k)
		}
	}
	return numbers
}

func (t *trial) verdict(r live.Refusal) Judgement {
	ahead := -1
	if r.Reason == live.Passed {
		ahead = t.Ahead()
	}
	return Judgement{
		Ahead:  ahead,
		Passed: r.Reason == live.Passed,
		Reason: r.Reason,
		Hint:   r.Hint,
		Action: r.Action,
		Steps:  t.Steps,
		Checks: t.passed,
		Failed: t.failed,
		Number: finite(t.Numbers),
		Prints: t.prints(),
		Light:  t.light,

		LightScore: t.Numbers["light_score"],
	}
}
