package problem_test

import (
	"net/http"
	"testing"

	"realname.example/shared/problem"
)

func TestEveryCodeHasAnErrorStatus(t *testing.T) {
	if len(problem.Codes()) != 28 {
		t.Errorf("%d codes, the product has 28", len(problem.Codes()))
	}
	for _, c := range problem.Codes() {
		if s := c.Status(); s < 400 || http.StatusText(s) == "" {
			t.Errorf("%s travels with %d", c, s)
		}
	}
	if problem.Code("unheard").Status() != http.StatusInternalServerError {
		t.Error("an unknown code is not an internal error")
	}
}
