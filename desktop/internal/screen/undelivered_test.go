package screen_test

import (
	"context"
	"strings"
	"testing"

	"realname.example/shared/problem"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

func TestACodeThatDidNotArriveIsSaidWithWhatToDo(t *testing.T) {
	for _, l := range sentences.Languages() {
		a := signedIn(t, l)
		a.undelivered()
		told := sentences.Undelivered(verification.UndeliveredPhone)
		a.sees(told)
		a.backend.Fail["code"] = &problem.Problem{Code: problem.RateLimited}
		a.flow.GetCode(context.Background(), sentences.Code())
		if strings.Contains(a.texts(), told) {
			t.Error("the message stands beside what went wrong later")
		}
		a.flow.GetCode(context.Background(), sentences.Code())
		if strings.Contains(a.texts(), told) {
			t.Error("a fresh code is said not to have arrived")
		}
	}
}
