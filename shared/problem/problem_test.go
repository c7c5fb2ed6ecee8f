package problem_test

import (
	"net/http"
	"testing"

	"realname.example/shared/problem"
)

func TestEveryCodeHasAnErrorStatusAndATitle(t *testing.T) {
	seen := map[string]problem.Code{}
	for _, c := range problem.Codes() {
		if s := c.Status(); s < 400 || http.StatusText(s) == "" {
			t.Errorf("%s travels with %d", c, s)
		}
		if other, twice := seen[c.Title()]; c.Title() == "" || twice {
			t.Errorf("%s has the title %q, as %s", c, c.Title(), other)
		}
		seen[c.Title()] = c
	}
	unheard := problem.Code("unheard")
	if unheard.Status() != http.StatusInternalServerError || unheard.Title() != "" {
		t.Errorf("an unknown code has %d %q", unheard.Status(), unheard.Title())
	}
}
