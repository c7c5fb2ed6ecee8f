package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// uploader is a phone of raw HTTP that may send a capture.
type uploader struct {
	*server
	account *client.Account
	id      verification.ID
	phone   *phone
	key     string // Idempotency-Key of what it sends; "" for none
}

func (s *server) uploader(username string) *uploader {
	s.t.Helper()
	s.givePortrait("郑强")
	a := s.signIn(username)
	v, err := a.Begin(s.t.Context(), byFace(s.person("郑强")))
	mustView(s.t, v, err, verification.FaceRequired, "")
	return &uploader{server: s, account: a, id: v.ID, phone: s.consented(a, v.ID)}
}

// recorded asks for a challenge and makes a capture of its pictures.
func (u *uploader) recorded(picture func(i int) []byte) (manifest []byte, frames [][]byte) {
	u.t.Helper()
	ch, err := u.phone.Challenge(u.t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
	if err != nil {
		u.t.Fatal(err)
	}
	u.clock.Advance(3 * time.Second)
	m := handoff.Manifest{Challenge: ch.ID, Nonce: ch.Nonce}
	for i := range handoff.MinFrames {
		frame := picture(i)
		frames = append(frames, frame)
		m.Frames = append(m.Frames, handoff.ManifestFrame{SHA256: handoff.HashFrame(frame), Millis: int64(i) * 100})
	}
	if manifest, err = handoff.Sign(u.phone.key, m); err != nil {
		u.t.Fatal(err)
	}
	return manifest, frames
}

// boundary of the forms of these tests.
const boundary = "----parts"

// formOf lays parts out, manifest at the given place among the frames.
func formOf(t testing.TB, manifest []byte, frames [][]byte, at int) []byte {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.SetBoundary(boundary); err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) {
		part, err := form.CreateFormFile(name, name)
		if err == nil {
			_, err = part.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, frame := range frames {
		if i == at {
			put("manifest", manifest)
		}
		put("frame", frame)
	}
	if at >= len(frames) {
		put("manifest", manifest)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return body.Bytes()
}

// begin sends a body from another goroutine.
func (u *uploader) begin(ctx context.Context, body io.Reader) <-chan answered {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.app.URL()+api.PathEvidence, body)
	if err != nil {
		u.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	request.Header.Set("Authorization", "Bearer "+string(u.phone.token))
	if u.key != "" {
		request.Header.Set(api.IdempotencyHeader, u.key)
	}
	out := make(chan answered, 1)
	go func() {
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			out <- answered{err: err}
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		a := answered{status: response.StatusCode, retry: response.Header.Get("Retry-After"), err: err}
		var p problem.Problem
		if json.Unmarshal(text, &p) == nil {
			a.code = p.Code
			if len(p.Errors) > 0 {
				a.cause = p.Errors[0].Cause
			}
		}
		out <- a
	}()
	return out
}

type answered struct {
	status int
	code   problem.Code
	cause  string
	retry  string
	err    error
}

func (u *uploader) send(body []byte) answered {
	return <-u.begin(u.t.Context(), bytes.NewReader(body))
}

func noise(i int) []byte {
	return fmt.Appendf(nil, "picture %d of nothing, for a judge that looks at none", i)
}

func TestTheManifestStandsLastOrFirst(t *testing.T) {
	for name, c := range map[string]struct {
		at   int
		code problem.Code
	}{
		"last": {handoff.MinFrames, ""}, "first": {0, ""}, "between": {5, problem.RequestInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			u := start(t, sandboxConfig(t)).uploader("zhengqiang")
			manifest, frames := u.recorded(noise)
			if got := u.send(formOf(t, manifest, frames, c.at)); got.code != c.code || c.code == "" && got.status != http.StatusAccepted {
				t.Errorf("%+v", got)
			}
		})
	}
}

// closed is a body that nobody may read.
type closed struct{ read bool }

func (c *closed) Read([]byte) (int, error) {
	c.read = true
	return 0, io.EOF
}

func TestTheStatusIsLookedAtBeforeABodyIsRead(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.givePortrait("郑强")
	a := s.signIn("zhengqiang")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	mustView(t, v, err, verification.FaceRequired, "")
	h, err := a.Handoff(t.Context(), v.ID, api.NewHandoff{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.claim(h)
	if err != nil {
		t.Fatal(err)
	}
	u := &uploader{server: s, account: a, id: v.ID, phone: p}
	for name, token := range map[string]client.PhoneToken{"before consent": p.token, "with no token": "none"} {
		if status, read := u.asks(token, ""); read || status < 400 {
			t.Errorf("%s: %d, body read: %v", name, status, read)
		}
	}
}

// asks begins an upload whose body is sent only once the server wants it, and
// reports whether it did.
func (u *uploader) asks(token client.PhoneToken, key string) (status int, read bool) {
	u.t.Helper()
	body := &closed{}
	request, err := http.NewRequestWithContext(u.t.Context(), http.MethodPost, u.app.URL()+api.PathEvidence, body)
	if err != nil {
		u.t.Fatal(err)
	}
	request.Header.Set("Expect", "100-continue")
	request.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	request.Header.Set("Authorization", "Bearer "+string(token))
	if key != "" {
		request.Header.Set(api.IdempotencyHeader, key)
	}
	transport := &http.Transport{ExpectContinueTimeout: time.Hour}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		u.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode, body.read
}

// An upload is repeated under its key after the status went on, and its answer
// comes again; under another key nothing is read any more.
func TestARepeatedUploadIsReadAndAnotherIsNot(t *testing.T) {
	u := start(t, sandboxConfig(t)).uploader("zhengqiang")
	manifest, frames := u.recorded(noise)
	u.key = "first"
	for range 2 {
		if got := u.send(formOf(t, manifest, frames, len(frames))); got.status != http.StatusAccepted {
			t.Fatalf("%+v", got)
		}
		await(t, u.account, u.id, verification.Judging)
	}
	if _, read := u.asks(u.phone.token, "first"); !read {
		t.Error("a repetition is not read")
	}
	if status, read := u.asks(u.phone.token, "second"); read || status != http.StatusConflict {
		t.Errorf("another one: %d, body read: %v", status, read)
	}
}

// A phone that changes its network leaves a line behind that neither ends nor goes
// on: what it sends anew takes that one's place.
func TestAPhonesNewerUploadTakesThePlaceOfTheOlder(t *testing.T) {
	u := start(t, sandboxConfig(t)).uploader("zhengqiang")
	manifest, frames := u.recorded(noise)
	whole := formOf(t, manifest, frames, len(frames))
	body, feed := io.Pipe()
	u.key = "the capture's"
	first := u.begin(t.Context(), body)
	if _, err := feed.Write(whole[:1000]); err != nil { // it is read: the upload runs
		t.Fatal(err)
	}
	u.untilMetric("realname_upload_bytes 1000")
	if got := u.send(whole); got.status != http.StatusAccepted {
		t.Errorf("the newer: %+v", got)
	}
	_ = feed.CloseWithError(context.Canceled) // the transport waits for it
	if got := <-first; got.err == nil && (got.code != problem.Busy || got.retry == "") {
		t.Errorf("the older: %+v", got)
	}
	u.untilMetric("realname_upload_bytes 0")
}

// untilMetric asks /metrics until it has a line.
func (s *server) untilMetric(line string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		_, text := (raw{server: s}).do("GET", "/metrics", "")
		if strings.Contains(text, "\n"+line+"\n") {
			return
		}
	}
	s.t.Fatalf("/metrics does not come to %q", line)
}

func TestAllUploadsTogetherAreBounded(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.UploadMemory = 16
	s := start(t, cfg)
	u := s.uploader("zhengqiang")
	other := s.secondUploader("demo")
	large := bytes.Repeat([]byte("x"), 9<<20)
	body, feed := io.Pipe()
	ctx, hangUp := context.WithCancel(t.Context())
	first := u.begin(ctx, body)
	head := fmt.Appendf(nil, "--%s\r\nContent-Disposition: form-data; name=\"frame\"\r\n\r\n", boundary)
	frame := append(append([]byte{}, head...), append(large[:1<<20], "\r\n"...)...)
	for range 9 {
		if _, err := feed.Write(frame); err != nil {
			t.Fatal(err)
		}
	}
	var frames [][]byte
	for range 9 {
		frames = append(frames, large[:1<<20])
	}
	if got := other.send(formOf(t, []byte("{}"), frames, len(frames))); got.code != problem.Busy || got.retry == "" {
		t.Errorf("beyond the bound: %+v", got)
	}
	hangUp()
	if err := feed.CloseWithError(context.Canceled); err != nil {
		t.Fatal(err)
	}
	if got := <-first; got.err == nil {
		t.Errorf("it was hung up: %+v", got)
	}
	s.untilMetric("realname_upload_bytes 0")
	manifest, small := other.recorded(noise)
	if got := other.send(formOf(t, manifest, small, len(small))); got.status != http.StatusAccepted {
		t.Errorf("with room again: %+v", got)
	}
}

// secondUploader is another account's phone with another person's case.
func (s *server) secondUploader(username string) *uploader {
	s.t.Helper()
	a := s.signIn(username)
	v, err := a.Begin(s.t.Context(), byFace(s.person("张伟")))
	mustView(s.t, v, err, verification.FaceRequired, "")
	return &uploader{server: s, account: a, id: v.ID, phone: s.consented(a, v.ID)}
}

func TestAnUploadIsAtMostWhatPhonesSend(t *testing.T) {
	u := start(t, sandboxConfig(t)).uploader("zhengqiang")
	frame := make([]byte, handoff.MaxEvidence/8)
	frames := [][]byte{frame, frame, frame, frame, frame, frame, frame, frame}
	if got := u.send(formOf(t, []byte("{}"), frames, len(frames))); got.code != problem.TooLarge {
		t.Errorf("announced: %+v", got)
	}
	unannounced := io.MultiReader(bytes.NewReader(formOf(t, []byte("{}"), frames, len(frames))))
	if got := <-u.begin(t.Context(), unannounced); got.code != problem.TooLarge && got.err == nil {
		t.Errorf("as it comes: %+v", got)
	}
	v, err := u.account.View(t.Context(), u.id)
	mustView(t, v, err, verification.Capturing, "")
}

// hanging is a face engine whose look lasts until its caller is gone.
type hanging struct {
	judge
	looks, left chan struct{}
}

func (h *hanging) Footage(context.Context, int, func(error)) verify.Footage { return h }

func (h *hanging) Inspect(ctx context.Context) error {
	h.looks <- struct{}{}
	<-ctx.Done()
	h.left <- struct{}{}
	return ctx.Err()
}

func TestAPhoneThatHangsUpEndsTheLook(t *testing.T) {
	engine := &hanging{looks: make(chan struct{}), left: make(chan struct{})}
	s := startWith(t, sandboxConfig(t), engine)
	u := s.uploader("zhengqiang")
	manifest, frames := u.recorded(noise)
	ctx, hangUp := context.WithCancel(t.Context())
	sent := u.begin(ctx, bytes.NewReader(formOf(t, manifest, frames, len(frames))))
	<-engine.looks
	hangUp()
	<-engine.left
	if got := <-sent; !errors.Is(got.err, context.Canceled) {
		t.Errorf("%+v", got)
	}
	s.untilMetric("realname_upload_bytes 0")
	v, err := u.account.View(t.Context(), u.id)
	if mustView(t, v, err, verification.Capturing, ""); v.AttemptsLeft != s.cfg.Verify.FaceAttempts {
		t.Errorf("%d attempts are left", v.AttemptsLeft)
	}
}

// startWith is start with a face engine of the test's own.
func startWith(t testing.TB, cfg config.Config, engine verify.FaceJudge) *server {
	t.Helper()
	s := &server{t: t, cfg: cfg, clock: &clock{}, engine: engine, log: &syncBuffer{}}
	s.open()
	t.Cleanup(func() { s.stop() })
	return s
}

// A phone's pictures are baseline JPEG of 1.3 MP at most; each other form is
// refused by its header, with the real engine behind.
func TestFramesOfAnotherFormAreRefused(t *testing.T) {
	grey := func(w, h int) []byte {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	progressive := grey(64, 64)
	progressive[bytes.Index(progressive, []byte{0xff, 0xc0})+1] = 0xc2
	for name, last := range map[string][]byte{
		"progressive": progressive, "a column above 1.3 MP": grey(1301, 1000), "PNG": drawn.Bytes(), "another size": grey(64, 65),
	} {
		t.Run(name, func(t *testing.T) {
			cfg := sandboxConfig(t)
			cfg.Models = modelsFolder
			u := startReal(t, cfg).uploader("zhengqiang")
			manifest, frames := u.recorded(func(i int) []byte {
				if i == handoff.MinFrames-1 {
					return last
				}
				return append(grey(64, 64), byte(i)) // bytes behind the end are no part of the picture
			})
			if got := u.send(formOf(t, manifest, frames, len(frames))); got.code != problem.EvidenceInvalid || got.cause != "frame_form" {
				t.Errorf("%+v", got)
			}
		})
	}
}
