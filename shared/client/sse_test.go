package client

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func collect(stream string) (got []event, err error) {
	err = events(strings.NewReader(stream), func(e event) bool {
		got = append(got, e)
		return true
	})
	return got, err
}

func TestEventsAreReadAsTheStandardSays(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []event
	}{
		"one":             {"event: view\nid: 3\ndata: {}\n\n", []event{{"view", "{}"}}},
		"carriage return": {"event:view\r\ndata:{}\r\n\r\n", []event{{"view", "{}"}}},
		"two data lines":  {"data: a\ndata: b\n\n", []event{{"", "a\nb"}}},
		"heartbeat":       {": beat\n\n", []event{{}}},
		"end":             {"event: end\n\n", []event{{"end", ""}}},
		"cut off":         {"event: view\ndata: {", nil},
		"unknown field":   {"retry: 5\ndata: x\n\n", []event{{"", "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := collect(c.stream)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("read %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestAnEventWithoutEndIsAnError(t *testing.T) {
	if _, err := collect("data: " + strings.Repeat("x", maxEvent+1)); err == nil {
		t.Error("no error")
	}
}

// FuzzEvents: whatever a stream holds, writing its events out again and
// reading that gives the same events.
func FuzzEvents(f *testing.F) {
	f.Add("event: view\nid: 3\ndata: {}\n\n: beat\n\ndata: a\ndata\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		first, err := collect(stream)
		if err != nil {
			t.Skip()
		}
		var again strings.Builder
		for _, e := range first {
			if e == (event{}) {
				again.WriteString(": beat\n\n")
				continue
			}
			fmt.Fprintf(&again, "event: %s\ndata: %s\n\n", e.name, strings.ReplaceAll(e.data, "\n", "\ndata: "))
		}
		second, err := collect(again.String())
		if err != nil || !slices.Equal(first, second) {
			t.Errorf("%q read as %q, then as %q", stream, first, second)
		}
	})
}
