package httpapi

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/shared/problem"
)

// uploads bounds what uploads hold in memory while they are read and looked at:
// so many bytes all together, and one upload a phone or account.
type uploads struct {
	most  int64 // bytes; zero is no bound
	gauge prometheus.Gauge

	mu     sync.Mutex
	held   int64
	phones map[string]*upload
	left   map[string]int // uploads that a phone began and did not end, since one that it did
}

// What is looked at ahead costs the server before anything is signed: a phone that
// leaves so many uploads unended has its next ones looked at once they are whole.
const (
	mostLeft = 3
	keptLeft = 10_000 // phones that are remembered so
)

func newUploads(most int64, gauge prometheus.Gauge) *uploads {
	return &uploads{most: most, gauge: gauge, phones: map[string]*upload{}, left: map[string]int{}}
}

// enter begins the upload of a phone or account, or returns busy.
func (u *uploads) enter(phone string) (*upload, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.phones[phone] != nil:
		return nil, uploadBusy("Another upload of yours is still running; nothing was counted. Send it again after Retry-After.")
	case u.full():
		return nil, uploadsFull()
	}
	up := &upload{all: u, phone: phone, gone: make(chan struct{})}
	u.phones[phone] = up
	return up, nil
}

// replace begins the upload of a capture. One of the same phone that runs is ended,
// since its line may be dead without a sign of it, and waited for until it has let
// go. The context that is returned ends where a newer one does so to this one.
func (u *uploads) replace(ctx context.Context, phone string) (*upload, context.Context, error) {
	ctx, end := context.WithCancelCause(ctx)
	up := &upload{all: u, phone: phone, end: end, gone: make(chan struct{})}
	u.mu.Lock()
	older := u.phones[phone]
	if older != nil && older.end == nil {
		u.mu.Unlock()
		end(nil)
		return nil, nil, uploadBusy("A picture of yours is still being sent; nothing was counted. Send it again after Retry-After.")
	}
	u.phones[phone] = up
	u.mu.Unlock()
	if older != nil {
		older.end(uploadBusy("A newer upload of this phone took the place of this one; nothing was counted."))
		<-older.gone
	}
	if err := u.admit(ctx, up); err != nil {
		up.letGo() // it did not begin: that says nothing of the phone
		return nil, nil, err
	}
	return up, ctx, nil
}

// admit says whether an upload whose turn has come may begin.
func (u *uploads) admit(ctx context.Context, up *upload) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.full() {
		return uploadsFull()
	}
	up.ahead = u.left[up.phone] < mostLeft
	return context.Cause(ctx)
}

func (u *uploads) full() bool { return u.most > 0 && u.held >= u.most }

// take counts n bytes more, or returns busy.
func (u *uploads) take(n int64) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.most > 0 && u.held+n > u.most {
		return uploadsFull()
	}
	u.held += n
	u.gauge.Set(float64(u.held))
	return nil
}

func uploadsFull() error {
	return uploadBusy("The server takes no more uploads at the moment; nothing was counted. Send it again after Retry-After.")
}

// uploadRetry is the Retry-After of an upload that is not taken now.
const uploadRetry = 3 * time.Second

// uploadLate is what a sender is told whose body stood still for too long.
func uploadLate() error {
	return uploadBusy("The rest did not come in time; nothing was counted. Send all of it again.").saying("refused.late")
}

// uploadCut is what a sender is told whose body is not whole.
func uploadCut() error {
	return refuse(problem.RequestInvalid, "The body ended early; send it again.").saying("refused.cut")
}

func uploadBusy(detail string) *refusal {
	busy := refuse(problem.Busy, detail)
	busy.retryAfter = uploadRetry
	return busy
}

// upload is one of a phone.
type upload struct {
	all   *uploads
	phone string
	held  int64
	ahead bool // its frames may be looked at as they come
	ended bool // it came to its end

	end  context.CancelCauseFunc // nil for one that no newer one ends
	gone chan struct{}           // closed once it has let go
}

// leave gives back what the upload held.
func (u *upload) leave() {
	u.all.mu.Lock()
	u.all.note(u)
	u.all.mu.Unlock()
	u.letGo()
}

// letGo is leave without a note of how it ended.
func (u *upload) letGo() {
	u.all.mu.Lock()
	defer u.all.mu.Unlock()
	if u.all.phones[u.phone] == u {
		delete(u.all.phones, u.phone)
	}
	if u.end != nil {
		u.end(nil)
	}
	close(u.gone)
	u.all.held -= u.held
	u.all.gauge.Set(float64(u.all.held))
}

// note counts an upload that was left, and forgets those before one that was not.
func (u *uploads) note(of *upload) {
	switch {
	case of.ended:
		delete(u.left, of.phone)
	case len(u.left) < keptLeft:
		u.left[of.phone]++
	default:
		clear(u.left)
	}
}

// of returns a body whose bytes are counted as they come: a sender who only
// announces much holds nothing.
func (u *upload) of(body io.Reader) io.Reader { return counted{u, body} }

type counted struct {
	*upload
	body io.Reader
}

// Read implements io.Reader.
func (c counted) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	if full := c.all.take(int64(n)); full != nil {
		return 0, full
	}
	c.held += int64(n)
	return n, err
}
