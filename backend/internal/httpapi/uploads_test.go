package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/verify"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
)

// Three uploads of a phone, each begun while the one before has not let go: the
// newest goes on, whatever the order in which the others end.
func TestTheNewestUploadOfAPhoneGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newUploads(0, prometheus.NewGauge(prometheus.GaugeOpts{Name: "held"}))
		first, ctx, err := all.replace(t.Context(), "phone")
		if err != nil {
			t.Fatal(err)
		}
		type begun struct {
			*upload
			err error
		}
		begin := func() <-chan begun {
			told := make(chan begun, 1)
			go func() {
				up, _, err := all.replace(t.Context(), "phone")
				told <- begun{up, err}
			}()
			synctest.Wait()
			return told
		}
		second, third := begin(), begin()
		if ctx.Err() == nil || len(second)+len(third) > 0 {
			t.Fatalf("the first was told %v, and %d began before it let go", ctx.Err(), len(second)+len(third))
		}
		first.leave()
		if got := <-second; got.err == nil || refusalOf(got.err, time.Now()).code != problem.Busy {
			t.Errorf("the second: %v", got.err)
		}
		last := <-third
		if last.err != nil {
			t.Fatalf("the third: %v", last.err)
		}
		if _, err := all.enter("phone"); err == nil {
			t.Error("a picture beside the capture is taken")
		}
		last.leave()
		if all.left["phone"] != 2 {
			t.Errorf("%d uploads are noted as left, and two of three began", all.left["phone"])
		}
		if len(all.phones) != 0 {
			t.Error("a phone is remembered that sends nothing")
		}
	})
}

// counting is a footage that counts.
type counting struct {
	verify.Footage
	frames int
}

func (f *counting) Add([]byte) { f.frames++ }

// A body may last for longer than the server waits for one, as long as a frame comes
// each minute and the case lasts.
func TestABodyMayLastWhileFramesComeAndItsCaseLasts(t *testing.T) {
	const wait = 50 * time.Second
	for name, c := range map[string]struct {
		left, pause time.Duration
		sent, taken int
		end         ending
		after       time.Duration
		code        problem.Code
	}{
		"ends in time":                {time.Hour, wait, 6, 6, manifest, 5 * wait, ""},
		"comes on without an end":     {290 * time.Second, wait, 20, 6, nothing, 290 * time.Second, problem.Busy},
		"stands still":                {time.Hour, wait, 3, 3, nothing, 2*wait + frameTimeout, problem.Busy},
		"a byte a second":             {time.Hour, wait, 3, 3, drips, 2*wait + frameTimeout, problem.Busy},
		"a repetition is not renewed": {0, wait, 3, 2, nothing, frameTimeout, problem.Busy},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				frames, err := trickle(t, c.left, c.pause, c.sent, c.end)
				code := problem.Code("")
				if err != nil {
					code = refusalOf(err, time.Now()).code
				}
				if after := time.Since(begun); code != c.code || frames != c.taken || after != c.after {
					t.Errorf("%d frames, %v after %v", frames, err, after)
				}
			})
		})
	}
}

// ending is what follows the frames of a form.
type ending int

const (
	nothing  ending = iota
	manifest        // and the form's end
	drips           // a frame, a byte a second
)

// trickle sends frames with pauses between them to a server that gives a body as long
// as a frame, and returns how many were taken and what reading ended with.
func trickle(t *testing.T, left, pause time.Duration, sent int, end ending) (int, error) {
	t.Helper()
	footage := &counting{}
	ended := make(chan error, 1)
	engine := gin.New()
	engine.POST("/", func(g *gin.Context) {
		all := newUploads(0, prometheus.NewGauge(prometheus.GaugeOpts{Name: "held"}))
		up, ctx, err := all.replace(g.Request.Context(), "phone")
		if err != nil {
			t.Error(err)
			return
		}
		defer up.leave()
		in := incoming{call: &call{gin: g}, upload: up, ctx: ctx, footage: footage, most: handoff.MaxFrames, reading: true}
		if left > 0 {
			in.until = time.Now().Add(left)
		}
		ended <- in.end(in.read())
	})
	server := &http.Server{Handler: engine, ReadTimeout: frameTimeout}
	phone, line := net.Pipe()
	listener := &single{lines: make(chan net.Conn, 1)}
	listener.lines <- line
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = errors.Join(phone.Close(), server.Close()) }()
	go func() { _, _ = io.Copy(io.Discard, phone) }()
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	go film(ctx, phone, pause, sent, end)
	err := <-ended
	return footage.frames, err
}

// film writes a form frame by frame.
func film(ctx context.Context, line io.Writer, pause time.Duration, frames int, end ending) {
	fmt.Fprint(line, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n")
	body := httputil.NewChunkedWriter(line)
	fmt.Fprint(body, "--b\r\n")
	for i := range frames {
		if i > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return
			}
		}
		fmt.Fprint(body, "Content-Disposition: form-data; name=\"frame\"\r\n\r\nx\r\n--b\r\n")
	}
	switch end {
	case nothing:
	case manifest:
		fmt.Fprint(body, "Content-Disposition: form-data; name=\"manifest\"\r\n\r\n{}\r\n--b--\r\n")
		_ = body.Close()
		fmt.Fprint(line, "\r\n")
	case drips:
		fmt.Fprint(body, "Content-Disposition: form-data; name=\"frame\"\r\n\r\n")
		for {
			select {
			case <-time.After(time.Second):
				fmt.Fprint(body, "x")
			case <-ctx.Done():
				return
			}
		}
	}
}

// single is a listener with one line.
type single struct{ lines chan net.Conn }

func (l *single) Accept() (net.Conn, error) {
	line, more := <-l.lines
	if !more {
		return nil, net.ErrClosed
	}
	return line, nil
}

func (l *single) Close() error {
	close(l.lines)
	return nil
}

func (l *single) Addr() net.Addr { return &net.UnixAddr{} }
