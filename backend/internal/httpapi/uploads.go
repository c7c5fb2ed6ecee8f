package httpapi

import (
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
	phones map[string]bool
	left   map[string]int // uploads that a phone began and did not end, since one that it did
}

// What is looked at ahead costs the server before anything is signed: a phone that
// leaves so many uploads unended has its next ones looked at once they are whole.
const (
	mostLeft = 3
	keptLeft = 10_000 // phones that are remembered so
)

func newUploads(most int64, gauge prometheus.Gauge) *uploads {
	return &uploads{most: most, gauge: gauge, phones: map[string]bool{}, left: map[string]int{}}
}

// enter begins the upload of a phone, or returns busy.
func (u *uploads) enter(phone string) (*upload, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.phones[phone]:
		return nil, uploadBusy("Another upload of yours is still running; nothing was counted. Send it again after Retry-After.")
	case u.most > 0 && u.held >= u.most:
		return nil, uploadsFull()
	}
	u.phones[phone] = true
	return &upload{all: u, phone: phone, ahead: u.left[phone] < mostLeft}, nil
}

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

func uploadBusy(detail string) error {
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
}

// leave gives back what the upload held.
func (u *upload) leave() {
	u.all.mu.Lock()
	defer u.all.mu.Unlock()
	delete(u.all.phones, u.phone)
	u.all.note(u)
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
