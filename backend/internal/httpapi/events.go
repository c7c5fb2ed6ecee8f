package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/verify"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// Times of a stream.
const (
	heartbeat    = 15 * time.Second
	writeTimeout = 10 * time.Second
)

// streaming is the key under which a stream tells observe what it is.
const streaming = "streaming"

// snapshot is one state of what a stream shows.
type snapshot struct {
	version int64
	final   bool
	body    any
}

// source reads what a stream shows. It fails with unauthorized once the
// caller's token is void.
type source func(context.Context) (snapshot, error)

// watched is what a stream shows.
type watched struct {
	id   verification.ID
	read source
	// session is account.HashToken of the caller's, which CheckStreams looks after;
	// empty where each heartbeat reads.
	session string
	// doubt is streams' of the stream that shows it.
	doubt <-chan struct{}
}

// stream declares a route that answers with an event stream. open returns what is
// watched.
func (s *Server) stream(r route, open func(context.Context, *call) (*watched, error)) {
	r.asks, r.looks = true, true
	op := s.operation(r, nil, nil)
	op.Responses["200"].Content = map[string]*huma.MediaType{
		"text/event-stream": {Schema: &huma.Schema{
			Type:        huma.TypeString,
			Description: "Events as ViewEvent and EndEvent describe them; the phone's views are PhoneView. A comment comes every 15 seconds.",
		}},
	}
	schemas := s.api.OpenAPI().Components.Schemas
	for _, event := range []reflect.Type{reflect.TypeFor[ViewEvent](), reflect.TypeFor[EndEvent]()} {
		schemas.Schema(event, true, "")
	}
	s.mount(r, op, func(ctx context.Context, c *call) error {
		what, leave, err := s.opened(ctx, c, open)
		if err != nil {
			return err
		}
		defer leave()
		return s.follow(ctx, c, what)
	})
}

// opened returns what open does, and counts its stream in; leave counts it out.
func (s *Server) opened(ctx context.Context, c *call, open func(context.Context, *call) (*watched, error)) (what *watched, leave func(), err error) {
	what, err = briefly(ctx, s, func(ctx context.Context) (*watched, error) { return open(ctx, c) })
	if err == nil {
		what.doubt, leave, err = s.streams.enter(c.caller.scope(), what.session)
	}
	return what, leave, err
}

// ViewEvent is an event of a stream: a view, newer than any before it.
type ViewEvent struct {
	Event string            `json:"event" enum:"view" doc:"The field event."`
	ID    string            `json:"id" doc:"The field id: the version of the view."`
	Data  verification.View `json:"data" doc:"The field data, as JSON in one line."`
}

// EndEvent is the last event of a stream.
type EndEvent struct {
	Event string    `json:"event" enum:"end" doc:"The field event."`
	Data  EndReason `json:"data"`
}

// EndReason is why a stream ends.
type EndReason string

// The reasons why streams end.
const (
	EndFinal    EndReason = "final"
	EndShutdown EndReason = "shutdown"
	EndRevoked  EndReason = "revoked"
	EndAway     EndReason = "away"
)

// EndReasons are all of them.
func EndReasons() []EndReason { return []EndReason{EndFinal, EndShutdown, EndRevoked, EndAway} }

func (s *Server) watchAsAccount(_ context.Context, c *call) (*watched, error) {
	authenticated := true // as the call was, just now
	read := func(ctx context.Context) (snapshot, error) {
		if !authenticated {
			if err := s.Accounts.Check(ctx, c.caller.token); errors.Is(err, account.ErrNotFound) {
				return snapshot{}, verify.ErrUnauthorized
			} else if err != nil {
				return snapshot{}, err
			}
		}
		authenticated = false
		v, err := s.Verify.View(ctx, c.caller.account.ID, c.id)
		return snapshot{v.Version, v.Status.Final(), v}, err
	}
	return &watched{id: c.id, read: read, session: account.HashToken(c.caller.token)}, nil
}

// watchAsPhone reads with each heartbeat: so the phone is heard of.
func (s *Server) watchAsPhone(ctx context.Context, c *call) (*watched, error) {
	read := func(ctx context.Context) (snapshot, error) {
		v, err := s.phoneView(s.Verify.Phone(ctx, c.caller.token))
		return snapshot{v.Version, v.Status.Final(), v}, err
	}
	v, err := s.Verify.Phone(ctx, c.caller.token)
	return &watched{id: v.ID, read: read}, err
}

// follow subscribes first, then reads and sends the present state, then each
// newer one: nothing can fall between. A status is a level with a version, so
// what was overtaken is never sent. What comes from doubt makes it read, too.
func (s *Server) follow(ctx context.Context, c *call, what *watched) error {
	news, leave := s.Watcher.Subscribe(what.id)
	defer leave()
	state, err := briefly(ctx, s, what.read)
	c.looked()
	if err != nil {
		return err
	}
	begin(c.gin)
	if ctx.Value(headOnly{}) != nil {
		c.gin.Writer.WriteHeaderNow()
		return nil
	}
	out := eventWriter{w: c.gin.Writer, control: http.NewResponseController(c.gin.Writer), sent: -1}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for out.view(state) == nil {
		end, read := EndFinal, false
		if !state.final {
			end, read = s.news(ctx, &out, signals{news, what.doubt, beat.C, what.session != ""})
		}
		if read {
			if state, err = s.inTurn(ctx, what.read); err == nil {
				continue
			}
			// Who cannot be told the state any more is let go, to look for it at another
			// server.
			end = s.endOf(ctx, c, err)
		}
		if end != "" {
			out.end(end)
		}
		break
	}
	return nil
}

// begin says that an answer is a stream.
func begin(g *gin.Context) {
	g.Set(streaming, true)
	h := g.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	// What comes must come at once: no proxy may gather it, or compress it.
	h.Set("X-Accel-Buffering", "no")
	h.Set("Cache-Control", "no-store, no-transform")
	g.Status(http.StatusOK)
}

// signals are what a stream waits for.
type signals struct {
	news  <-chan int64 // of Watcher
	doubt <-chan struct{}
	beat  <-chan time.Time
	// looked is true where CheckStreams looks after the caller: then a beat is no
	// reason to read.
	looked bool
}

// news waits, with a comment at each beat, until there is a reason to read; otherwise
// it returns why the stream ends, or nothing where the client is gone.
func (s *Server) news(ctx context.Context, out *eventWriter, from signals) (end EndReason, read bool) {
	for {
		select {
		case <-ctx.Done():
			return "", false
		case <-s.streams.closing:
			return EndShutdown, false
		case version := <-from.news:
			if version < 0 {
				return EndAway, false
			}
			if !out.told(version) {
				return "", true
			}
		case <-from.doubt:
			return "", true
		case <-from.beat:
			if out.comment() != nil {
				return "", false
			}
			if !from.looked {
				return "", true
			}
		}
	}
}

// briefly asks the database within the time for it.
func briefly[T any](ctx context.Context, s *Server, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	return ask(ctx)
}

// inTurn reads in its turn: all streams read at one moment where the news of all of them
// may be lost.
func (s *Server) inTurn(ctx context.Context, read source) (snapshot, error) {
	done, err := s.turns.take(ctx, turnWithin)
	if err != nil {
		return snapshot{}, err
	}
	defer done()
	return briefly(ctx, s, read)
}

// endOf is the reason that a stream ends with where its state cannot be read.
func (s *Server) endOf(ctx context.Context, c *call, err error) EndReason {
	r := refusalOf(err, s.Now())
	s.logFault(ctx, c.gin, r, err)
	if r.code == problem.Unauthorized || r.code == problem.NotFound {
		return EndRevoked
	}
	return EndAway
}

// eventWriter writes events; the writer below renews its deadline with each.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	sent    int64 // version of the newest view
}

// told says whether the view of a version was written, or a newer one; 0 is none that is known.
func (e *eventWriter) told(version int64) bool { return version != 0 && version <= e.sent }

// view writes a state, unless it was told.
func (e *eventWriter) view(state snapshot) error {
	if state.version <= e.sent {
		return nil
	}
	e.sent = state.version
	data, err := json.Marshal(state.body)
	if err != nil {
		return err
	}
	return e.write(fmt.Sprintf("event: view\nid: %d\ndata: %s\n\n", state.version, data))
}

func (e *eventWriter) end(reason EndReason) {
	_ = e.write("event: end\ndata: " + string(reason) + "\n\n") // the stream ends either way
}

func (e *eventWriter) comment() error { return e.write(":\n\n") }

func (e *eventWriter) write(text string) error {
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	err := e.control.Flush()
	// Nothing waits for the client until the next heartbeat. A deadline that passed before
	// it would wake the server for each stream, and for nothing.
	_ = e.control.SetWriteDeadline(time.Now().Add(heartbeat + writeTimeout)) // a recorder in a test has none
	return err
}

// streams caps the open streams and ends them at a shutdown.
type streams struct {
	all, perCaller int
	gauge          prometheus.Gauge
	closing        chan struct{}
	once           sync.Once
	mu             sync.Mutex
	open           map[string]int
	total          int
	// doubts are those of the streams of a session, by its hash.
	doubts map[string][]chan struct{}
}

func newStreams(all, perCaller int, gauge prometheus.Gauge) *streams {
	return &streams{
		all: all, perCaller: perCaller, gauge: gauge, closing: make(chan struct{}),
		open: map[string]int{}, doubts: map[string][]chan struct{}{},
	}
}

func (s *streams) close() { s.once.Do(func() { close(s.closing) }) }

// enter counts a stream in, or returns busy; leave counts it out. Something comes
// from doubt where its session may have ended; of no session, nothing.
func (s *streams) enter(scope, session string) (doubt <-chan struct{}, leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all > 0 && s.total >= s.all || s.perCaller > 0 && s.open[scope] >= s.perCaller {
		busy := refuse(problem.Busy, "Too many open streams; poll the view instead.")
		busy.retryAfter = 2 * time.Second
		return nil, nil, busy
	}
	s.total++
	s.open[scope]++
	s.gauge.Inc()
	own := make(chan struct{}, 1)
	if session != "" {
		s.doubts[session] = append(s.doubts[session], own)
	}
	return own, func() { s.leave(scope, session, own) }, nil
}

func (s *streams) leave(scope, session string, own chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.open[scope]--; s.open[scope] == 0 {
		delete(s.open, scope)
	}
	s.gauge.Dec()
	others := slices.DeleteFunc(s.doubts[session], func(c chan struct{}) bool { return c == own })
	if s.doubts[session] = others; len(others) == 0 {
		delete(s.doubts, session)
	}
}

// sessions are those that have streams.
func (s *streams) sessions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.doubts))
}

// doubt makes the streams of sessions read.
func (s *streams) doubt(sessions []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range sessions {
		for _, c := range s.doubts[session] {
			select {
			case c <- struct{}{}:
			default: // it has not yet read what it was told to
			}
		}
	}
}

// CheckEvery is how often CheckStreams is to be called: by then a stream whose
// session has ended ends too.
const CheckEvery = heartbeat

// sessionsAtOnce is how many sessions one question asks after.
const sessionsAtOnce = 1000

// CheckStreams ends the streams of accounts whose session has ended. It asks for many
// at once, so that waiting costs the database next to nothing. Where that cannot be
// told, they stay: what is read for them is checked by itself.
func (s *Server) CheckStreams(ctx context.Context) error {
	var failed error
	for sessions := range slices.Chunk(s.streams.sessions(), sessionsAtOnce) {
		within, cancel := s.within(ctx)
		live, err := s.Accounts.Live(within, sessions)
		cancel()
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		s.streams.doubt(without(sessions, live))
	}
	return failed
}

// without returns all but some.
func without(all, some []string) []string {
	out := make(map[string]bool, len(some))
	for _, one := range some {
		out[one] = true
	}
	return slices.DeleteFunc(all, func(one string) bool { return out[one] })
}
