package httpapi

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/shared/problem"
)

// leaving is a registry into which somebody imports who leaves meanwhile.
type leaving struct {
	Registry
	leave context.CancelFunc
	came  int
}

func (l *leaving) ImportNoted(ctx context.Context, people iter.Seq2[registry.Person, error], _ operator.Entry) error {
	l.leave()
	for range people {
		l.came++
	}
	return ctx.Err()
}

// unkept keeps no works, and says whether who asks is there.
type unkept struct{ operator.Works }

func (unkept) KeepWork(ctx context.Context, _ operator.Work) error { return ctx.Err() }

const onePerson = "姓名,身份证号,手机号\n张伟,110100199003070111,13800000001\n"

// importing is a server with a registry alone.
func importing(r Registry) *Server {
	return &Server{
		Deps: Deps{
			Registry: r, Works: unkept{}, Now: time.Now,
			Operators: operator.New(operator.Place{}, operator.Deps{Now: time.Now}),
		},
		uploads: newUploads(0, prometheus.NewGauge(prometheus.GaugeOpts{})),
	}
}

func TestAnImportGoesOnAfterItsSenderLeft(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	there := &leaving{leave: leave}
	out, err := importing(there).importPeople(ctx, &call{}, strings.NewReader(onePerson), importOrder{mode: importAll})
	if err != nil || !out.imported || there.came != 1 || ctx.Err() == nil {
		t.Errorf("%+v, %v; %d came", out, err, there.came)
	}
}

func TestAFileWhoseSenderLeftIsReadNoFurther(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	leave()
	s := importing(&leaving{leave: leave})
	out, err := s.importPeople(ctx, &call{}, strings.NewReader(onePerson), importOrder{mode: importAll})
	if !errors.Is(err, context.Canceled) || out.imported {
		t.Errorf("%+v, %v", out, err)
	}
	if out, err = s.importPeople(t.Context(), &call{}, strings.NewReader(onePerson), importOrder{}); err != nil {
		t.Errorf("the next one: %+v, %v", out, err)
	}
}

// refusing is a registry that refuses every import.
type refusing struct {
	Registry
	with error
}

func (r refusing) ImportNoted(context.Context, iter.Seq2[registry.Person, error], operator.Entry) error {
	return r.with
}

func TestARefusedImportSaysWhatToDo(t *testing.T) {
	for err, sentence := range map[error]string{
		&registry.NoMobileError{Count: 1}: "refused.import_changed",
		registry.ErrOvertaken:             "refused.import_overtaken",
		registry.ErrRowsMissing:           "refused.rows_missing",
	} {
		_, got := importing(refusing{with: err}).importPeople(t.Context(), &call{}, strings.NewReader(onePerson), importOrder{mode: importAll})
		var refused *refusal
		if !errors.As(got, &refused) || refused.code != problem.Conflict || refused.sentence != sentence {
			t.Errorf("%v: %v", err, got)
		}
	}
}
