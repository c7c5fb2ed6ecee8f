package camera

import (
	"context"
	"errors"
	"testing"
)

// dialog is a scripted system: answers[i] is what happens at the i-th request.
type dialog struct {
	answers []answer
	shown   int
	looked  int // since the dialog was opened
	allowed bool
	refused bool
}

type answer struct {
	appears int // looks until the dialog is there; 0 for never
	takes   int // looks until it closes
	allow   bool
	refused bool // what the system says of it afterwards
}

func (d *dialog) Allowed() bool { return d.allowed }
func (d *dialog) Refused() bool { return d.refused }
func (d *dialog) Show() error   { d.shown++; d.looked = 0; return nil }

func (d *dialog) Focused() bool {
	a := d.answers[d.shown-1]
	return a.appears == 0 || d.looked < a.appears || d.looked > a.appears+a.takes
}

func (d *dialog) pause(context.Context) error {
	d.looked++
	a := d.answers[d.shown-1]
	if d.looked > a.appears+a.takes {
		d.allowed, d.refused = a.allow, a.refused
	}
	return nil
}

func TestAskingForTheCamera(t *testing.T) {
	for name, c := range map[string]struct {
		answers []answer
		want    []Permission
	}{
		"allowed":                          {[]answer{{appears: 1, takes: 5, allow: true}}, []Permission{Granted}},
		"allowed without a dialog":         {[]answer{{allow: true}}, []Permission{Granted}},
		"a dialog that comes late":         {[]answer{{appears: looks - 1, takes: 100, allow: true}}, []Permission{Granted}},
		"denied, then allowed":             {[]answer{{appears: 1, takes: 2, refused: true}, {appears: 1, takes: 2, allow: true}}, []Permission{Denied, Granted}},
		"denied twice is for good":         {[]answer{{appears: 1, takes: 2, refused: true}, {appears: 1, takes: 2}}, []Permission{Denied, DeniedForever}},
		"closed without an answer":         {[]answer{{appears: 1, takes: 2}, {appears: 1, takes: 2, allow: true}}, []Permission{Denied, Granted}},
		"for good in an earlier life":      {[]answer{{}}, []Permission{DeniedForever}},
		"for good, shown by no dialog":     {[]answer{{appears: 1, takes: 2}, {}}, []Permission{Denied, DeniedForever}},
		"for good, then allowed by asking": {[]answer{{}, {allow: true}}, []Permission{DeniedForever, Granted}},
	} {
		d := &dialog{answers: c.answers}
		p := &person{Question: d, pause: d.pause}
		if got := p.permission(); got != Ask {
			t.Errorf("%s: at first %v", name, got)
		}
		for i, want := range c.want {
			got, err := p.ask(context.Background())
			if got != want || !errors.Is(err, want.Err()) || p.permission() != want {
				t.Errorf("%s: answer %d is %v (%v), then %v, want %v", name, i, got, err, p.permission(), want)
			}
		}
	}
}

func TestThePermissionFollowsTheSystemsSettings(t *testing.T) {
	d := &dialog{answers: []answer{{}}}
	p := &person{Question: d, pause: d.pause}
	if got, _ := p.ask(context.Background()); got != DeniedForever {
		t.Fatal(got)
	}
	d.allowed = true
	if got := p.permission(); got != Granted {
		t.Errorf("allowed in the settings: %v", got)
	}
	d.allowed = false
	if got := p.permission(); got != Ask {
		t.Errorf("taken back in the settings: %v", got)
	}
}

func TestAskingEndsWithTheContext(t *testing.T) {
	d := &dialog{answers: []answer{{appears: 1, takes: 1 << 30}}}
	p := &person{Question: d, pause: func(ctx context.Context) error { return ctx.Err() }}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := p.ask(ctx); got != Ask || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestUprightTurnsBackAndFrontCamerasForEachHold(t *testing.T) {
	for _, c := range []struct {
		sensor, display int
		front           bool
		want            int
	}{
		{90, 0, false, 90},
		{270, 0, true, 270},
		{90, 90, false, 0}, // a tablet that is made to lie, locked to stand
		{90, 270, false, 180},
		{270, 90, true, 0},
		{0, 270, true, 270},
		{0, 90, false, 270},
	} {
		if got := upright(c.sensor, c.display, c.front); got != c.want {
			t.Errorf("sensor %d, display %d, front %v: %d, want %d", c.sensor, c.display, c.front, got, c.want)
		}
	}
}
