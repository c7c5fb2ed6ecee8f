package numbers_test

import (
	"testing"
	"time"

	"realname.example/backend/internal/numbers"
)

func TestSlotsAreHoursAndDaysOfAZone(t *testing.T) {
	zones := []string{"UTC", "Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu"}
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		// Berlin's clocks went back on 25 October 2026: that day has 25 hours.
		last := time.Date(2026, 10, 26, 9, 30, 0, 0, zone)
		for _, by := range []numbers.By{numbers.ByHour, numbers.ByDay} {
			slots := numbers.Slots(by, last)
			for i := 1; i < len(slots); i++ {
				if !slots[i].After(slots[i-1]) {
					t.Fatalf("%s by %s: %v, then %v", name, by, slots[i-1], slots[i])
				}
			}
			if at := numbers.Slot(slots, numbers.Hour(last)); at != len(slots)-1 {
				t.Errorf("%s by %s: the last hour stands in slot %d of %d", name, by, at, len(slots))
			}
			if at := numbers.Slot(slots, numbers.Hour(slots[0])-1); at != -1 {
				t.Errorf("%s by %s: an hour before stands in slot %d", name, by, at)
			}
		}
		for _, by := range []numbers.By{numbers.ByHour, numbers.ByDay} {
			slots := numbers.Slots(by, last)
			named := map[int64]bool{}
			for _, span := range numbers.Spans(slots, numbers.Hour(last)+1) {
				for hour := span.From; hour < span.To; hour += span.Each {
					named[hour] = true
				}
			}
			for i, slot := range slots {
				if at := numbers.Slot(slots, numbers.Hour(slot)); at != i {
					t.Errorf("%s by %s: the group of slot %d stands in %d", name, by, i, at)
				}
				if !named[numbers.Hour(slot)] {
					t.Errorf("%s by %s: no span begins with %v", name, by, slot)
				}
			}
			if len(named) != len(slots) {
				t.Errorf("%s by %s: %d groups of %d slots", name, by, len(named), len(slots))
			}
		}
		day := numbers.Slots(numbers.ByDay, last)[30]
		if day.Hour() != 0 || day.Day() != 26 {
			t.Errorf("%s: the day begins at %v", name, day)
		}
	}
}

func TestTimesAreToldByTheUpperEndOfTheirBucket(t *testing.T) {
	for took, want := range map[time.Duration]int64{
		0: 50, 49 * time.Millisecond: 50, 50 * time.Millisecond: 100, 9999 * time.Millisecond: 10000, 10 * time.Second: 0, time.Hour: 0,
	} {
		if got := (numbers.Call{Took: took}).Within(); got != want {
			t.Errorf("%v is within %d, want %d", took, got, want)
		}
	}
	calls := []numbers.CallCount{{WithinMS: 0, N: 1}, {WithinMS: 100, N: 9}, {WithinMS: 2000, N: 10}}
	for share, want := range map[float64]int64{.1: 100, .45: 100, .5: 2000, .95: 2000, .96: 0, 1: 0} {
		if got := numbers.Within(calls, share); got != want {
			t.Errorf("%v of the calls are within %d ms, want %d", share, got, want)
		}
	}
}

func TestTheNearestCapStandsFirst(t *testing.T) {
	caps := []numbers.CapCount{{Cap: "far", Used: 1, Most: 10}, {Cap: "no cap", Refused: 1}, {Cap: "near", Used: 4, Most: 5}, {Cap: "many", Used: 50, Most: 100}}
	numbers.Sort(caps)
	for i, want := range []string{"near", "many", "far", "no cap"} {
		if string(caps[i].Cap) != want {
			t.Errorf("%d is %s, want %s", i, caps[i].Cap, want)
		}
	}
}
