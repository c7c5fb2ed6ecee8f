package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"time"

	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// Update is what a watcher learns: a newer view, or that the connection was
// lost or is back.
type Update[V any] struct {
	// View is the newest one; the zero value before the first.
	View V
	// Online is false from the loss of the connection to the next view.
	Online bool
	// Err is nil but in the last update of a watch that had to end: the
	// *problem.Problem that a retry cannot cure (such as unauthorized for a
	// phone that was revoked), or a key error.
	Err error
}

// Times of a watch.
const (
	silence      = 40 * time.Second // the server's heartbeat comes every 15 s
	firstHead    = 20 * time.Second // a proxy that holds back even the head is seen by this
	firstPoll    = 3 * time.Second  // until the first event, what is held back is asked for
	pollEvery    = 2 * time.Second  // of a server that answers at once
	streamFirst  = 15 * time.Second // how long to poll before a stream is tried again,
	streamMost   = 5 * time.Minute  // doubled by each that is blocked up to this
	backoffFirst = time.Second
)

var (
	errSilent  = errors.New("stream fell silent")
	errNothing = errors.New("stream ended before its first view")
)

// source is what differs between the PC's and the phone's watch.
type source[V any] struct {
	token  string
	events string
	poll   string
	core   func(V) verification.View
}

// watcher follows one case. Status is a level with a version: the snapshot at
// the start of each stream makes up for whatever was missed.
type watcher[V any] struct {
	client  *Client
	source  source[V]
	yield   func(Update[V]) bool
	newest  V
	version int64
	online  bool
	known   bool
	told    bool // the loss was told
	ended   bool
	polled  bool // the last poll in a stream's place was answered
	pace    pace
	blocked int // streams in a row that brought nothing, nor a refusal, while polls were answered
}

// watch returns views in growing versions, the present one first. It
// reconnects by itself, polls while streams are blocked, and ends after a
// final view, an error that a retry cannot cure, or the end of ctx.
func watch[V any](ctx context.Context, c *Client, s source[V]) iter.Seq[Update[V]] {
	return func(yield func(Update[V]) bool) {
		w := &watcher[V]{client: c, source: s, yield: yield}
		for !w.ended && ctx.Err() == nil {
			w.cycle(ctx)
		}
	}
}

// cycle follows one stream. Where that brought nothing, it polls: if that is
// answered, streams are blocked; if not, the server is away. A server that refuses a
// stream is asked for another one first. It blocks none, and while it answers polls it
// is not away.
func (w *watcher[V]) cycle(ctx context.Context) {
	begun := w.client.clock.Now()
	seen, err := w.stream(ctx)
	if w.over(ctx) {
		return
	}
	if seen {
		// Streams end now and then; that alone is no loss. The next try tells.
		w.pace, w.blocked, w.polled = pace{}, 0, false
		w.rest(ctx, backoffFirst)
		return
	}
	if w.hopeless(err) {
		return
	}
	w.pace.answered(w.client.clock.Now().Sub(begun), cmp.Or(err, errNothing))
	var refused *problem.Problem
	if errors.As(err, &refused) {
		again := w.pace.failed == 1
		if !again && !w.polled {
			w.lost()
		}
		if w.rest(ctx, backoffFirst); again || w.over(ctx) {
			return
		}
	}
	err = w.poll(ctx, refused == nil)
	if w.over(ctx) || err == nil || w.hopeless(err) {
		return
	}
	w.lost()
	w.rest(ctx, backoffFirst)
}

// poll polls until it is time for another stream, or a poll fails. A stream that brought
// nothing counts as blocked once a poll is answered.
func (w *watcher[V]) poll(ctx context.Context, nothing bool) error {
	until := w.client.clock.Now().Add(min(streamFirst<<min(w.blocked, 10), streamMost))
	w.polled = false
	for {
		begun := w.client.clock.Now()
		v, err := send[V](ctx, w.client, http.MethodGet, w.source.poll, w.source.token, nil)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		now := w.client.clock.Now()
		w.pace.answered(now.Sub(begun), err)
		if err != nil {
			w.polled = false
			return err
		}
		if nothing && !w.polled {
			w.blocked++
		}
		w.polled = true
		w.accept(v)
		if w.ended || !now.Before(until) {
			return nil
		}
		w.rest(ctx, pollEvery)
	}
}

// stream follows one stream to its end and reports whether it brought a view. A
// proxy may hold back its beginning, even its header, until much has come: so
// the case is polled beside it until the first event is there. That begins with the
// connection, since a poll before would make a second one.
func (w *watcher[V]) stream(ctx context.Context) (seen bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	head, incoming := make(chan struct{}), make(chan event)
	ended := make(chan error, 1)
	polled := make(chan answered[V])
	traced, connected := connecting(ctx)
	go func() { ended <- w.read(traced, head, incoming) }()
	patience := w.client.clock.After(firstHead)
	var poll <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return seen, ctx.Err()
		case err := <-ended:
			return seen, err
		case <-patience:
			return seen, errSilent
		case <-connected:
			connected, poll = nil, w.client.clock.After(firstPoll)
		case <-poll:
			go w.ask(ctx, polled)
		case a := <-polled:
			if w.took(a); w.ended {
				return seen, nil
			}
			if !seen {
				poll = w.client.clock.After(w.pace.wait(pollEvery, w.client.jitter()))
			}
		case <-head:
			patience = w.client.clock.After(silence)
		case e := <-incoming:
			connected, poll = nil, nil
			if ended, err := w.heard(e, &seen); ended || err != nil {
				return seen, err
			}
			if seen {
				patience = w.client.clock.After(silence)
			}
		}
	}
}

// heard takes in one event, notes in seen that a view came, and says whether the stream
// has ended.
func (w *watcher[V]) heard(e event, seen *bool) (ended bool, err error) {
	if e.name == "view" {
		if err := w.take([]byte(e.data)); err != nil {
			return false, err
		}
		*seen = true
	}
	return w.ended || e.name == "end", nil
}

// answered is what a poll beside a stream brought.
type answered[V any] struct {
	view V
	took time.Duration
	err  error
}

// took takes in a poll's answer.
func (w *watcher[V]) took(a answered[V]) {
	w.pace.answered(a.took, a.err)
	if a.err == nil {
		w.accept(a.view)
	}
}

// ask polls once and hands on the answer.
func (w *watcher[V]) ask(ctx context.Context, to chan<- answered[V]) {
	var a answered[V]
	begun := w.client.clock.Now()
	a.err = w.client.try(ctx, call{method: http.MethodGet, path: w.source.poll, token: w.source.token, timeout: w.client.timeout}, "", &a.view)
	a.took = w.client.clock.Now().Sub(begun)
	select {
	case to <- a:
	case <-ctx.Done():
	}
}

// read opens the stream and hands on its head and its events until it ends.
func (w *watcher[V]) read(ctx context.Context, head chan<- struct{}, to chan<- event) error {
	body, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer body.Close()
	select {
	case head <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	return events(body, func(e event) bool {
		select {
		case to <- e:
			return true
		case <-ctx.Done():
			return false
		}
	})
}

// open asks for the stream; its body is read as it comes.
func (w *watcher[V]) open(ctx context.Context) (io.ReadCloser, error) {
	request, err := w.client.request(ctx, call{method: http.MethodGet, path: w.source.events, token: w.source.token})
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := w.client.http.Do(request)
	if err != nil {
		return nil, transportError(err)
	}
	if err := refusal(response, w.client.clock.Now()); err != nil {
		response.Body.Close()
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind != "text/event-stream" {
		response.Body.Close()
		return nil, errors.New("answer is not a stream")
	}
	return response.Body, nil
}

func (w *watcher[V]) take(data []byte) error {
	var v V
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("decode view: %w", err)
	}
	w.accept(v)
	return nil
}

// accept hands a view on if it is newer, or the first after a loss.
func (w *watcher[V]) accept(v V) {
	core := w.source.core(v)
	if w.known && (core.Version < w.version || core.Version == w.version && w.online) {
		return
	}
	w.newest, w.version, w.known = v, core.Version, true
	w.online, w.told = true, false
	if !w.yield(Update[V]{View: v, Online: true}) || core.Status.Final() {
		w.ended = true
	}
}

// lost tells once that the connection is away.
func (w *watcher[V]) lost() {
	if w.told {
		return
	}
	w.online, w.told = false, true
	if !w.yield(Update[V]{View: w.newest}) {
		w.ended = true
	}
}

// hopeless ends the watch for an error that a retry cannot cure.
func (w *watcher[V]) hopeless(err error) bool {
	var p *problem.Problem
	var unknown *KeyUnknownError
	var changed *KeyChangedError
	switch {
	case errors.As(err, &p):
		if p.Status >= http.StatusInternalServerError || p.Code == problem.RateLimited {
			return false
		}
	case errors.As(err, &unknown), errors.As(err, &changed):
	default:
		return false
	}
	w.ended = true
	w.yield(Update[V]{View: w.newest, Err: err})
	return true
}

// over reports whether the watch has ended.
func (w *watcher[V]) over(ctx context.Context) bool { return w.ended || ctx.Err() != nil }

// rest waits as the pace says.
func (w *watcher[V]) rest(ctx context.Context, base time.Duration) {
	select {
	case <-ctx.Done():
	case <-w.client.clock.After(w.pace.wait(base, w.client.jitter())):
	}
}
