package client

import (
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
	silence      = 40 * time.Second        // the server's heartbeat comes every 15 s
	firstEvent   = 10 * time.Second        // a proxy that holds a stream back is seen by this
	firstPoll    = 1500 * time.Millisecond // until the first event, what is held back is asked for
	pollEvery    = 2 * time.Second
	streamAgain  = 5 * time.Minute // how long to poll before a stream is tried again
	backoffFirst = 500 * time.Millisecond
	backoffMost  = 20 * time.Second
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
	failed  int // connections in a row that brought nothing
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
// answered, streams are blocked; if not, the server is away.
func (w *watcher[V]) cycle(ctx context.Context) {
	seen, err := w.stream(ctx)
	if w.ended || ctx.Err() != nil {
		return
	}
	if seen {
		// Streams end now and then; that alone is no loss. The next try tells.
		w.failed = 0
		w.pause(ctx, w.backoff(err))
		return
	}
	if w.hopeless(err) {
		return
	}
	until := w.client.clock.Now().Add(streamAgain)
	for !w.ended && ctx.Err() == nil {
		if err = w.pollOnce(ctx); err != nil {
			break
		}
		w.failed = 0
		if w.ended || !w.client.clock.Now().Before(until) {
			return
		}
		w.pause(ctx, pollEvery)
	}
	if w.ended || ctx.Err() != nil || w.hopeless(err) {
		return
	}
	w.lost()
	w.failed++
	w.pause(ctx, w.backoff(err))
}

// stream follows one stream to its end and reports whether it brought a view. A
// proxy may hold back its beginning, even its header, until much has come: so
// the case is polled beside it until the first event is there.
func (w *watcher[V]) stream(ctx context.Context) (seen bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	incoming := make(chan event)
	ended := make(chan error, 1)
	polled := make(chan *V)
	go func() { ended <- w.read(ctx, incoming) }()
	patience, poll := w.client.clock.After(firstEvent), w.client.clock.After(firstPoll)
	for {
		select {
		case <-ctx.Done():
			return seen, ctx.Err()
		case err := <-ended:
			return seen, err
		case <-patience:
			return seen, errors.New("stream fell silent")
		case <-poll:
			go w.ask(ctx, polled)
		case v := <-polled:
			if v != nil {
				w.accept(*v)
			}
			if w.ended {
				return seen, nil
			}
			if !seen {
				poll = w.client.clock.After(pollEvery)
			}
		case e := <-incoming:
			poll = nil
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

// ask polls once and hands on the view, nil where there was no answer.
func (w *watcher[V]) ask(ctx context.Context, to chan<- *V) {
	v, err := send[V](ctx, w.client, http.MethodGet, w.source.poll, w.source.token, nil)
	answer := &v
	if err != nil {
		answer = nil
	}
	select {
	case to <- answer:
	case <-ctx.Done():
	}
}

// read opens the stream and hands on its events until it ends.
func (w *watcher[V]) read(ctx context.Context, to chan<- event) error {
	body, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer body.Close()
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

func (w *watcher[V]) pollOnce(ctx context.Context) error {
	v, err := send[V](ctx, w.client, http.MethodGet, w.source.poll, w.source.token, nil)
	if err != nil {
		return err
	}
	w.accept(v)
	return nil
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

// backoff doubles with each failure, spread over its upper half so that many
// clients do not come back at once. A server's Retry-After is kept to.
func (w *watcher[V]) backoff(err error) time.Duration {
	d := min(backoffFirst<<min(w.failed, 10), backoffMost)
	d = d/2 + time.Duration(w.client.jitter()*float64(d/2))
	var p *problem.Problem
	if errors.As(err, &p) {
		d = max(d, p.RetryAfter)
	}
	return d
}

func (w *watcher[V]) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-w.client.clock.After(d):
	}
}
