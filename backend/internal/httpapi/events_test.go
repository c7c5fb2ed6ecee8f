package httpapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// news is a Watcher of one watcher.
type news chan int64

func (n news) Subscribe(verification.ID) (<-chan int64, func()) { return n, func() {} }

// A notification got lost, and the poll behind it says to look again: the new
// state comes at once, and not with the next heartbeat.
func TestAStreamReadsAgainWhereNewsMayBeLost(t *testing.T) {
	told := make(news, 1)
	s := &Server{Deps: Deps{Watcher: told}, streams: newStreams(0, 0, prometheus.NewGauge(prometheus.GaugeOpts{})), turns: newTurns(0)}
	var version atomic.Int64
	version.Store(1)
	engine := gin.New()
	engine.GET("/", func(g *gin.Context) {
		err := s.follow(g.Request.Context(), &call{gin: g, looked: func() {}}, &watched{id: "v_1", read: func(context.Context) (snapshot, error) {
			v := version.Load()
			return snapshot{version: v, final: v == 3, body: v}, nil
		}})
		if err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	next := func() string {
		for lines.Scan() {
			if text := lines.Text(); text != "" && !strings.HasPrefix(text, "id:") {
				return text
			}
		}
		return "the end"
	}
	for i, want := range []string{"event: view", "data: 1", "event: view", "data: 2", "event: view", "data: 3", "event: end"} {
		if got := next(); got != want {
			t.Fatalf("line %d is %q, not %q", i, got, want)
		}
		switch want {
		case "data: 1": // committed by another process, whose news got lost
			version.Store(2)
			told <- 0
		case "data: 2":
			version.Store(3)
			told <- 3
		}
	}
}

// Where nobody here can read a case any more, its watcher is let go without being made
// to read: the database has enough to do.
func TestAStreamThatIsToldThatTheDatabaseIsAwayAsksNothing(t *testing.T) {
	told := make(news, 1)
	told <- -1
	s := &Server{Deps: Deps{Watcher: told}, streams: newStreams(0, 0, prometheus.NewGauge(prometheus.GaugeOpts{})), turns: newTurns(0)}
	recorder := httptest.NewRecorder()
	g, _ := gin.CreateTestContext(recorder)
	reads := 0
	err := s.follow(t.Context(), &call{gin: g, looked: func() {}}, &watched{id: "v_1", read: func(context.Context) (snapshot, error) {
		reads++
		return snapshot{version: 1}, nil
	}})
	if _, end, _ := strings.Cut(recorder.Body.String(), "event: end\n"); err != nil || end != "data: away\n\n" || reads != 1 {
		t.Errorf("%v, %d reads, %q", err, reads, recorder.Body)
	}
}

// Whatever ends a stream, the reason stands in the list, and each of the list is sent.
func TestAStreamEndsForEachReasonOfTheListAlone(t *testing.T) {
	sent := map[EndReason]bool{}
	for _, second := range []func(s *Server) (snapshot, error){
		func(*Server) (snapshot, error) { return snapshot{version: 2, final: true}, nil },
		func(s *Server) (snapshot, error) {
			s.streams.close()
			return snapshot{version: 2}, nil
		},
		func(*Server) (snapshot, error) { return snapshot{}, verify.ErrUnauthorized },
		func(*Server) (snapshot, error) { return snapshot{}, verify.ErrNotFound },
		func(*Server) (snapshot, error) { return snapshot{}, io.ErrUnexpectedEOF },
		func(*Server) (snapshot, error) { return snapshot{}, errors.New("a fault") },
	} {
		told := make(news, 1)
		told <- 0
		s := &Server{
			Deps:    Deps{Watcher: told, Now: time.Now, Logger: slog.New(slog.DiscardHandler)},
			streams: newStreams(0, 0, prometheus.NewGauge(prometheus.GaugeOpts{})), turns: newTurns(0),
		}
		recorder := httptest.NewRecorder()
		g, _ := gin.CreateTestContext(recorder)
		g.Request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		read := false
		err := s.follow(t.Context(), &call{gin: g, looked: func() {}}, &watched{id: "v_1", read: func(context.Context) (snapshot, error) {
			if read {
				return second(s)
			}
			read = true
			return snapshot{version: 1}, nil
		}})
		_, reason, ended := strings.Cut(recorder.Body.String(), "event: end\ndata: ")
		if err != nil || !ended {
			t.Fatalf("%v, %q", err, recorder.Body)
		}
		sent[EndReason(strings.TrimSpace(reason))] = true
	}
	for reason := range sent {
		if !slices.Contains(EndReasons(), reason) {
			t.Errorf("the list lacks %q", reason)
		}
	}
	if len(sent) != len(EndReasons()) {
		t.Errorf("only %v was sent", sent)
	}
}

// Sessions that have ended make their own streams read, and no other one; where nobody
// can tell, none: a database that is late is not asked more.
func TestOnlyTheStreamsOfSessionsThatMayHaveEndedRead(t *testing.T) {
	for _, test := range []struct {
		name string
		live []string
		err  error
		want []string
	}{
		{"all live", []string{"a", "b"}, nil, nil},
		{"one has ended", []string{"b"}, nil, []string{"a", "a again"}},
		{"nobody can tell", nil, io.ErrUnexpectedEOF, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &Server{
				Deps:    Deps{Accounts: &account.Service{Deps: account.Deps{Store: sessions{live: test.live, err: test.err}, Now: time.Now}}},
				streams: newStreams(0, 0, prometheus.NewGauge(prometheus.GaugeOpts{})), turns: newTurns(0),
			}
			doubts := map[string]<-chan struct{}{}
			for name, session := range map[string]string{"a": "a", "a again": "a", "b": "b", "a phone": ""} {
				doubt, leave, err := s.streams.enter(name, session)
				if err != nil {
					t.Fatal(err)
				}
				defer leave()
				doubts[name] = doubt
			}
			for range 2 { // what was not read yet is in nobody's way
				if err := s.CheckStreams(t.Context()); !errors.Is(err, test.err) {
					t.Error(err)
				}
			}
			var told []string
			for name, doubt := range doubts {
				if len(doubt) > 0 {
					told = append(told, name)
				}
			}
			if slices.Sort(told); !slices.Equal(told, test.want) {
				t.Errorf("told %q, want %q", told, test.want)
			}
		})
	}
}

// sessions is an account.Store of what sessions live alone.
type sessions struct {
	account.Store
	live []string
	err  error
}

func (s sessions) LiveSessions(context.Context, []string, time.Time) ([]string, error) {
	return s.live, s.err
}

// A stream leaves nothing of itself, whatever it hung on.
func TestAStreamThatEndedIsForgotten(t *testing.T) {
	s := newStreams(0, 0, prometheus.NewGauge(prometheus.GaugeOpts{}))
	for _, session := range []string{"a", "a", ""} {
		_, leave, err := s.enter("account:1", session)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if leave(); s.total == 0 && (len(s.open) > 0 || len(s.doubts) > 0) {
				t.Errorf("left %v, %v", s.open, s.doubts)
			}
		}()
	}
}

// bounded is an answer whose writes have a deadline.
type bounded struct {
	*httptest.ResponseRecorder
	until time.Time
}

// SetWriteDeadline is that of net/http's own.
func (b *bounded) SetWriteDeadline(until time.Time) error {
	b.until = until
	return nil
}

// A deadline that passes between two heartbeats wakes a server once more for each stream.
func TestNoDeadlineOfAStreamPassesWhileItWaits(t *testing.T) {
	answer := &bounded{ResponseRecorder: httptest.NewRecorder()}
	out := eventWriter{w: answer, control: http.NewResponseController(answer)}
	begun := time.Now()
	if err := out.comment(); err != nil {
		t.Fatal(err)
	}
	if allowed := answer.until.Sub(begun); allowed <= heartbeat {
		t.Errorf("it passes after %v", allowed)
	}
}
