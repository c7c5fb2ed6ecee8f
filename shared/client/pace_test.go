package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// after is a pace after one answer and so many failures before it.
func after(took, least uint16, failures uint8) pace {
	var p pace
	for range failures {
		p.answered(0, errNothing)
	}
	var err error
	if least > 0 {
		err = &problem.Problem{Code: problem.Busy, RetryAfter: time.Duration(least) * time.Millisecond}
	}
	p.answered(time.Duration(took)*time.Millisecond, err)
	return p
}

func TestASlowOrFailingServerIsNeverAskedSooner(t *testing.T) {
	check := func(took, slower, least uint16, failures uint8, draw uint32) bool {
		jitter := float64(draw) / (1 << 32)
		p := after(took, least, failures)
		late, failed := p, p
		late.took += time.Duration(slower) * time.Millisecond
		failed.failed++
		wait := p.wait(pollEvery, jitter)
		return wait >= p.least+pollEvery/2 && wait <= p.least+2*max(backoffMost, restMost) &&
			late.wait(pollEvery, jitter) >= wait && failed.wait(pollEvery, jitter) >= wait
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 20_000}); err != nil {
		t.Error(err)
	}
}

func TestAnAnswerForgetsTheFailuresBefore(t *testing.T) {
	p := after(4000, 5000, 7)
	p.answered(time.Millisecond, nil)
	if longest := p.wait(pollEvery, 1); longest > 2*pollEvery {
		t.Errorf("waits %v", longest)
	}
}

// crowded is a server that does one thing after another. Who is not served in time is
// told that it is busy, and has cost what was done for it until then.
type crowded struct {
	one      time.Duration // what an answer takes it
	within   time.Duration
	released time.Time // until then it is away
	turn     chan struct{}
	streams  atomic.Int64
	asked    atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (s *crowded) RoundTrip(r *http.Request) (*http.Response, error) {
	if time.Now().Before(s.released) {
		return nil, io.ErrUnexpectedEOF
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	s.asked.Add(1)
	late := time.After(s.within)
	// A request that is served is done in parts, among those of all others.
	for range 5 {
		select {
		case s.turn <- struct{}{}:
		case <-late:
			return s.busy(), nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		<-time.After(s.one / 5)
		<-s.turn
	}
	view, _ := json.Marshal(verification.View{ID: "v", Version: 1, Status: verification.Judging})
	if !strings.HasSuffix(r.URL.Path, "/events") {
		return answerOf(http.StatusOK, "application/json", io.NopCloser(bytes.NewReader(view))), nil
	}
	s.streams.Add(1)
	return answerOf(http.StatusOK, "text/event-stream", &endless{
		Reader: strings.NewReader(fmt.Sprintf("event: view\nid: 1\ndata: %s\n\n", view)), ctx: r.Context(),
	}), nil
}

func (s *crowded) busy() *http.Response {
	body, _ := json.Marshal(problem.Problem{Code: problem.Busy})
	response := answerOf(http.StatusServiceUnavailable, problem.ContentType, io.NopCloser(bytes.NewReader(body)))
	response.Header.Set("Retry-After", "5")
	return response
}

func answerOf(status int, kind string, body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: body}
}

// endless is a stream that stays open, with a heartbeat now and then.
type endless struct {
	io.Reader
	ctx context.Context
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.Reader.Read(p); err == nil {
		return n, nil
	}
	select {
	case <-e.ctx.Done():
		return 0, e.ctx.Err()
	case <-time.After(15 * time.Second):
		return copy(p, ":\n\n"), nil
	}
}

func (e *endless) Close() error { return nil }

// Many who come at once to a server that can serve all of them in a few seconds, if it
// is let: each has its stream soon, and none asks often.
func TestManyWhoComeAtOnceSettle(t *testing.T) {
	const people, most, perPerson = 1000, time.Minute, 6
	synctest.Test(t, func(t *testing.T) {
		server := &crowded{one: 10 * time.Millisecond, within: 4500 * time.Millisecond, turn: make(chan struct{}, 1)}
		ctx, cancel := context.WithCancel(t.Context())
		var watching sync.WaitGroup
		draws := rand.New(rand.NewPCG(1, 2))
		var drawing sync.Mutex
		for range people {
			c, err := New(Config{Server: "http://127.0.0.1:1", Transport: server, Jitter: func() float64 {
				drawing.Lock()
				defer drawing.Unlock()
				return draws.Float64()
			}})
			if err != nil {
				t.Fatal(err)
			}
			watching.Go(func() {
				for range c.Account("t").Watch(ctx, "v") {
				}
			})
		}
		begun := time.Now()
		for server.streams.Load() < people && time.Since(begun) < most {
			<-time.After(100 * time.Millisecond)
		}
		took := time.Since(begun)
		cancel()
		watching.Wait()
		t.Logf("%d of %d streams after %v, %d requests", server.streams.Load(), people, took, server.asked.Load())
		if server.streams.Load() < people || server.asked.Load() > people*perPerson {
			t.Error("the server was not let settle")
		}
	})
}
