package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// stream writes views as events, each at once.
func stream(w http.ResponseWriter, views ...verification.View) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, v := range views {
		data, _ := json.Marshal(v)
		_, _ = fmt.Fprintf(w, ": beat\n\nevent: view\nid: %d\ndata: %s\n\n", v.Version, data)
		_ = http.NewResponseController(w).Flush()
	}
}

func at(version int64, status verification.Status) verification.View {
	return verification.View{ID: "v", Version: version, Status: status}
}

// short lets pauses pass at once, never lets a stream fall silent, and its first
// event comes in time.
func short(d time.Duration) bool {
	return d != 40*time.Second && d != 20*time.Second && d != 3*time.Second
}

func withClock(c *clock) func(*client.Config) {
	return func(config *client.Config) { config.Clock = c }
}

// follow collects what a watch tells as short words.
func follow(c *client.Client, most int) []string {
	var told []string
	for u := range c.Account("t").Watch(context.Background(), "v") {
		var p *problem.Problem
		switch {
		case errors.As(u.Err, &p):
			told = append(told, "problem "+string(p.Code))
		case u.Err != nil:
			told = append(told, "error")
		case !u.Online:
			told = append(told, "offline")
		default:
			told = append(told, fmt.Sprintf("%d %s", u.View.Version, u.View.Status))
		}
		if len(told) == most {
			break
		}
	}
	return told
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestWatchTellsGrowingVersionsUntilTheEnd(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		stream(w, at(3, verification.FaceRequired), at(2, verification.CodeRequired), at(3, verification.FaceRequired),
			at(5, verification.Confirming), at(9, verification.Verified), at(10, verification.Cancelled))
	}, withClock(newClock(short)))
	expect(t, follow(c, 0), "3 face_required", "5 confirming", "9 verified")
}

func TestWatchReconnectsAndTellsNothingTwice(t *testing.T) {
	var connections atomic.Int32
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if connections.Add(1) == 1 {
			stream(w, at(1, verification.Judging))
			_, _ = io.WriteString(w, "event: end\ndata: shutdown\n\n")
			return
		}
		stream(w, at(1, verification.Judging), at(2, verification.Verified))
	}, withClock(newClock(short)))
	expect(t, follow(c, 0), "1 judging", "2 verified")
	if connections.Load() != 2 {
		t.Errorf("%d connections", connections.Load())
	}
}

func TestWatchTellsThatTheServerIsAwayOnceAndThatItIsBack(t *testing.T) {
	var calls atomic.Int32
	clock := newClock(short)
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch n := calls.Add(1); {
		case n == 1:
			stream(w, at(4, verification.Capturing))
		case n < 12:
			w.WriteHeader(http.StatusBadGateway)
		default:
			stream(w, at(4, verification.Capturing), at(5, verification.Rejected))
		}
	}, withClock(clock), func(config *client.Config) { config.Jitter = func() float64 { return 0 } })
	expect(t, follow(c, 0), "4 capturing", "offline", "4 capturing", "5 rejected")
	longest := time.Duration(0)
	for _, d := range clock.waited {
		if short(d) {
			longest = max(longest, d)
		}
	}
	if longest < time.Second || longest > 20*time.Second {
		t.Errorf("longest pause %v", longest)
	}
}

func TestWatchPollsWhereStreamsAreBlocked(t *testing.T) {
	for name, blocked := range map[string]http.HandlerFunc{
		"not a stream": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"held back": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var polls atomic.Int64
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/verifications/v/events" {
					blocked(w, r)
					return
				}
				status := verification.Judging
				n := polls.Add(1)
				if n == 3 {
					status = verification.Verified
				}
				answer(w, http.StatusOK, at(n, status))
			}, withClock(newClock(func(d time.Duration) bool { return d != 40*time.Second })))
			expect(t, follow(c, 0), "1 judging", "2 judging", "3 verified")
		})
	}
}

func TestWatchPollsUntilTheFirstEventOfAStreamHasCome(t *testing.T) {
	for name, flush := range map[string]bool{"held back from the first byte": false, "held back after its header": true} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			var polls atomic.Int64
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1/verifications/v/events" {
					answer(w, http.StatusOK, at(polls.Add(1), verification.Judging))
					return
				}
				w.Header().Set("Content-Type", "text/event-stream")
				if flush {
					_ = http.NewResponseController(w).Flush()
				}
				select { // a proxy that hands on the first bytes once there are many
				case <-release:
					stream(w, at(100, verification.Verified))
				case <-r.Context().Done():
				}
			}, withClock(newClock(func(d time.Duration) bool { return d < 5*time.Second })))
			var told []int64
			for u := range c.Account("t").Watch(t.Context(), "v") {
				if told = append(told, u.View.Version); len(told) == 3 {
					close(release)
				}
			}
			if len(told) < 4 || told[0] != 1 || told[1] != 2 || told[2] != 3 || told[len(told)-1] != 100 {
				t.Errorf("told versions %v", told)
			}
		})
	}
}

func TestWatchLeavesASilentStream(t *testing.T) {
	var connections atomic.Int32
	silences := 0 // the first is from the head to the view, the second what follows that
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if connections.Add(1) == 1 {
			stream(w, at(1, verification.Judging))
			<-r.Context().Done()
			return
		}
		stream(w, at(2, verification.Verified))
	}, withClock(newClock(func(d time.Duration) bool {
		if d == 40*time.Second {
			silences++
			return silences == 2
		}
		return short(d)
	})))
	expect(t, follow(c, 0), "1 judging", "2 verified")
}

func TestWatchEndsForAPhoneThatWasRevoked(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, problem.Unauthorized) }, withClock(newClock(short)))
	var last error
	for u := range c.Phone("p").Watch(context.Background()) {
		last = u.Err
	}
	var p *problem.Problem
	if !errors.As(last, &p) || p.Code != problem.Unauthorized {
		t.Errorf("ended with %v", last)
	}
}

func TestWatchWaitsAsLongAsABusyServerAsks(t *testing.T) {
	var calls atomic.Int32
	clock := newClock(short)
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) <= 2 {
			w.Header().Set("Retry-After", "33")
			refuse(w, problem.Busy)
			return
		}
		stream(w, at(1, verification.Verified))
	}, withClock(clock))
	expect(t, follow(c, 0), "offline", "1 verified")
	asked := false
	for _, d := range clock.waited {
		asked = asked || d > 33*time.Second && d < 37*time.Second
	}
	if !asked {
		t.Errorf("waited %v", clock.waited)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		stream(w, at(1, verification.Judging))
		<-r.Context().Done()
	}, withClock(newClock(short)))
	updates := 0
	for range c.Account("t").Watch(ctx, "v") {
		updates++
		cancel()
	}
	if updates != 1 {
		t.Errorf("%d updates", updates)
	}
}
