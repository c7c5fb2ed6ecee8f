package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"sync"

	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// Stream is evidence that is sent while it is taken: frames, then the manifest.
// Where the connection does not hold, or the server is busy, Finish sends all of it
// once more. A browser
// sends nothing before Finish.
type Stream struct {
	phone  *Phone
	call   call
	key    string
	form   *multipart.Writer
	body   *growing
	frames int
	cancel context.CancelFunc

	refused chan error
	done    chan struct{} // closed once there is an answer or an error
	view    api.PhoneView
	err     error
}

// Stream begins to send evidence. It does not wait. Close ends it.
func (p *Phone) Stream(ctx context.Context) *Stream {
	ctx, cancel := context.WithCancel(ctx)
	s := &Stream{phone: p, body: newGrowing(), cancel: cancel, refused: make(chan error, 1), done: make(chan struct{})}
	s.form = multipart.NewWriter(s.body)
	s.call = call{
		method: http.MethodPost, path: api.PathEvidence, token: string(p.token),
		contentType: s.form.FormDataContentType(), timeout: 4 * p.client.timeout,
	}
	go s.run(ctx)
	return s
}

func (s *Stream) run(ctx context.Context) {
	defer close(s.done)
	if s.key, s.err = s.phone.client.key(); s.err != nil {
		return
	}
	grows := s.call
	grows.grows = s.body
	s.err = s.phone.client.try(ctx, grows, s.key, &s.view)
	_ = s.body.Close()
	var p *problem.Problem
	if errors.As(s.err, &p) && p.Code != problem.Busy {
		s.refused <- p
	}
}

// Frame sends one more JPEG. It does not wait for the line.
func (s *Stream) Frame(jpeg []byte) {
	_ = writePart(s.form, "frame", fmt.Sprintf("%02d.jpg", s.frames), "image/jpeg", jpeg) // into memory
	s.frames++
}

// Refused gets the problem with which the server ends the stream, if it does,
// also before Finish.
func (s *Stream) Refused() <-chan error { return s.refused }

// Finish sends the manifest and waits for the answer. Sent, where it is not nil, is
// told how much of everything the transport has taken.
func (s *Stream) Finish(ctx context.Context, manifest []byte, sent func(done, total int64)) (api.PhoneView, error) {
	err := errors.Join(writePart(s.form, "manifest", "manifest.json", "application/json", manifest), s.form.Close())
	if err != nil {
		return api.PhoneView{}, fmt.Errorf("close evidence: %w", err)
	}
	s.body.end(sent)
	select {
	case <-s.done:
	case <-ctx.Done():
		return api.PhoneView{}, ctx.Err()
	}
	if !s.broken() || ctx.Err() != nil {
		return s.view, s.err
	}
	whole := s.call
	whole.body, whole.sent = s.body.all(), sent
	var view api.PhoneView
	err = s.phone.client.try(ctx, whole, s.key, &view)
	return view, err
}

// broken reports whether the same frames, sent as a whole, may be taken.
func (s *Stream) broken() bool {
	var p *problem.Problem
	return retryable(s.err) || errors.As(s.err, &p) && p.Code == problem.Busy
}

// Close ends the stream. What was sent without a manifest is forgotten there.
func (s *Stream) Close() {
	s.cancel()
	_ = s.body.Close()
}

// growing is a body that is read while it is written.
type growing struct {
	mu     sync.Mutex
	more   *sync.Cond
	data   []byte
	at     int // read so far
	ended  bool
	closed bool
	sent   func(done, total int64)
}

func newGrowing() *growing {
	g := &growing{}
	g.more = sync.NewCond(&g.mu)
	return g
}

// Write implements io.Writer.
func (g *growing) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.data = append(g.data, p...)
	g.more.Broadcast()
	return len(p), nil
}

// Read implements io.Reader: it waits for more.
func (g *growing) Read(p []byte) (int, error) {
	g.mu.Lock()
	for g.at == len(g.data) && !g.ended && !g.closed {
		g.more.Wait()
	}
	if g.closed || g.at == len(g.data) {
		defer g.mu.Unlock()
		if g.closed && !g.ended {
			return 0, io.ErrUnexpectedEOF
		}
		return 0, io.EOF
	}
	n := copy(p, g.data[g.at:])
	g.at += n
	at, total, sent := int64(g.at), int64(len(g.data)), g.sent
	g.mu.Unlock()
	if sent != nil {
		sent(at, total)
	}
	return n, nil
}

// Close implements io.Closer: nobody reads on.
func (g *growing) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.more.Broadcast()
	return nil
}

// end says that nothing more is written.
func (g *growing) end(sent func(done, total int64)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended, g.sent = true, sent
	g.more.Broadcast()
}

// all is everything that was written.
func (g *growing) all() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.data
}
