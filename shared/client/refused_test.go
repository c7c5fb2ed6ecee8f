package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// full is a server that answers polls, and of streams none or not all.
type full struct {
	back    time.Time // until then it is away
	refuses int       // so many streams
	blocked bool      // streams come to nothing on their way
	streams []time.Time
}

// RoundTrip implements http.RoundTripper.
func (s *full) RoundTrip(r *http.Request) (*http.Response, error) {
	if time.Now().Before(s.back) {
		return nil, io.ErrUnexpectedEOF
	}
	view, _ := json.Marshal(verification.View{ID: "v", Version: 1, Status: verification.Judging})
	if !strings.HasSuffix(r.URL.Path, "/events") {
		return answerOf(http.StatusOK, "application/json", io.NopCloser(bytes.NewReader(view))), nil
	}
	if s.refuses > 0 {
		s.refuses--
		body, _ := json.Marshal(problem.Problem{Code: problem.Busy})
		response := answerOf(http.StatusServiceUnavailable, problem.ContentType, io.NopCloser(bytes.NewReader(body)))
		response.Header.Set("Retry-After", "2")
		return response, nil
	}
	s.streams = append(s.streams, time.Now())
	if s.blocked {
		return answerOf(http.StatusOK, "text/html", io.NopCloser(strings.NewReader("<html>"))), nil
	}
	return answerOf(http.StatusOK, "text/event-stream", &endless{
		Reader: strings.NewReader("event: view\nid: 1\ndata: " + string(view) + "\n\n"), ctx: r.Context(),
	}), nil
}

// look follows a case at s for so long, and returns whether each update was online.
func (s *full) look(t *testing.T, long time.Duration) (online []bool) {
	c, err := New(Config{Server: "http://127.0.0.1:1", Transport: s, Jitter: func() float64 { return 0.3 }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	for u := range c.Account("t").Watch(ctx, "v") {
		online = append(online, u.Online)
	}
	return online
}

// Neither an outage nor a refusal says that streams are blocked on their way.
func TestAStreamIsSoonTriedAgainAfterAnOutageAndARefusal(t *testing.T) {
	for name, c := range map[string]struct {
		away    time.Duration
		refuses int
	}{
		"refused":               {0, 2},
		"refused for long":      {0, 12},
		"away":                  {2 * time.Minute, 0},
		"away and then refused": {2 * time.Minute, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &full{back: time.Now().Add(c.away), refuses: c.refuses}
				begun := time.Now()
				s.look(t, 15*time.Minute)
				// Two refusals and the polls after them take 25 s.
				most := c.away + 30*time.Second + time.Duration(c.refuses/2)*25*time.Second
				if len(s.streams) == 0 || s.streams[0].Sub(begun) > most {
					t.Errorf("streams at %v, begun at %v", s.streams, begun)
				}
			})
		})
	}
}

func TestAServerThatIsPolledIsNotAwayWhereItRefusesStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &full{refuses: 1000}
		online := s.look(t, 15*time.Minute)
		for i := range online {
			if i > 0 && online[i-1] && !online[i] {
				t.Fatalf("told online as %v", online)
			}
		}
	})
}

func TestStreamsThatAreBlockedAreTriedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &full{blocked: true}
		s.look(t, 30*time.Minute)
		for i, at := range s.streams {
			if i > 0 && i < 5 && at.Sub(s.streams[i-1]) < streamFirst<<(i-1) {
				t.Errorf("stream %d came %v after the one before", i, at.Sub(s.streams[i-1]))
			}
		}
		if n := len(s.streams); n < 8 || n > 11 {
			t.Errorf("%d streams in half an hour", n)
		}
	})
}
