package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"realname.example/backend/internal/verify"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// screening is a face engine that tells of each frame as it comes, and of what is
// forgotten.
type screening struct {
	judge
	seen, closed chan int // how many frames came
	trouble      func(error)
}

func newScreening() *screening {
	return &screening{seen: make(chan int, handoff.MaxFrames), closed: make(chan int, 16)}
}

func (w *screening) Footage(_ context.Context, _ int, trouble func(error)) verify.Footage {
	w.trouble = trouble
	return &screened{screening: w}
}

type screened struct {
	*screening
	frames int
}

func (w *screened) Add([]byte) {
	w.frames++
	w.seen <- w.frames
}
func (w *screened) Close() { w.closed <- w.frames }

// stream is an upload whose body is written while it is sent.
func (u *uploader) stream(ctx context.Context) (*io.PipeWriter, <-chan answered) {
	body, writer := io.Pipe()
	return writer, u.begin(ctx, body)
}

func write(t *testing.T, w io.Writer, data []byte) {
	t.Helper()
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
}

func (u *uploader) stillCaptures() {
	u.t.Helper()
	v, err := u.account.View(u.t.Context(), u.id)
	if mustView(u.t, v, err, verification.Capturing, ""); v.AttemptsLeft != u.cfg.Verify.FaceAttempts {
		u.t.Errorf("%d attempts are left", v.AttemptsLeft)
	}
}

// marker is the length of what stands between two parts.
const marker = len("--" + boundary + "\r\n")

// partsOf is the length of a form's first n parts, with what ends the last one.
func partsOf(form []byte, n int) int {
	at := 0
	for range n + 1 {
		at += bytes.Index(form[at:], []byte("--"+boundary)) + marker
	}
	return at
}

func TestFramesAreLookedAtAsTheyComeAndTheManifestIsLast(t *testing.T) {
	engine := newScreening()
	u := startWith(t, sandboxConfig(t), engine).uploader("zhengqiang")
	manifest, frames := u.recorded(noise)
	form := formOf(t, manifest, frames, len(frames))
	body, sent := u.stream(t.Context())
	half := partsOf(form, 10)
	write(t, body, form[:half])
	for want := 1; want <= 10; want++ {
		if got := <-engine.seen; got != want {
			t.Fatalf("frame %d is seen as number %d", want, got)
		}
	}
	write(t, body, form[half:])
	_ = body.Close()
	if got := <-sent; got.status != http.StatusAccepted {
		t.Errorf("%+v", got)
	}
	if n := <-engine.closed; n != len(frames) {
		t.Errorf("%d frames were judged", n)
	}
}

func TestWhatNothingCanComeOfIsAnsweredBeforeTheManifest(t *testing.T) {
	for name, c := range map[string]struct {
		trouble error
		code    problem.Code
	}{
		"nobody":   {verify.ErrFaceNotFound, problem.FaceNotFound},
		"too dark": {&verify.QualityError{Hint: verify.HintMoreLight}, problem.FaceQuality},
	} {
		t.Run(name, func(t *testing.T) {
			engine := newScreening()
			u := startWith(t, sandboxConfig(t), engine).uploader("zhengqiang")
			manifest, frames := u.recorded(noise)
			form := formOf(t, manifest, frames, len(frames))
			body, sent := u.stream(t.Context())
			write(t, body, form[:partsOf(form, 3)])
			for range 3 {
				<-engine.seen
			}
			engine.trouble(c.trouble)
			if got := <-sent; got.code != c.code {
				t.Errorf("%+v", got)
			}
			if n := <-engine.closed; n != 3 {
				t.Errorf("%d frames were kept", n)
			}
			u.untilMetric("realname_upload_bytes 0")
			u.stillCaptures()
			// The challenge is void: what was recorded for it is not taken any more.
			if got := u.send(form); got.code != problem.EvidenceInvalid || got.cause != "challenge_used" {
				t.Errorf("the same recording again: %+v", got)
			}
		})
	}
}

// A refusal comes at once, though the phone is still taking pictures.
func TestARefusedStreamIsAnsweredWhileItIsOpen(t *testing.T) {
	u := start(t, sandboxConfig(t)).uploader("zhengqiang")
	manifest, frames := u.recorded(noise)
	form := formOf(t, manifest, frames, 3)
	body, sent := u.stream(t.Context())
	write(t, body, form[:partsOf(form, 6)]) // with frames behind the manifest, and no end
	if got := <-sent; got.code != problem.RequestInvalid {
		t.Errorf("%+v", got)
	}
	_ = body.Close()
	u.stillCaptures()
}

func TestAStreamThatStopsIsForgottenAndCostsNothing(t *testing.T) {
	engine := newScreening()
	u := startWith(t, sandboxConfig(t), engine).uploader("zhengqiang")
	manifest, frames := u.recorded(noise)
	form := formOf(t, manifest, frames, len(frames))
	for try := 1; try <= 4; try++ {
		ctx, hangUp := context.WithCancel(t.Context())
		body, sent := u.stream(ctx)
		part := form[:partsOf(form, 5)]
		write(t, body, part)
		ahead := try <= 3 // then it is looked at once it is whole
		for range 5 {
			if ahead {
				<-engine.seen
			}
		}
		u.untilMetric(fmt.Sprintf("realname_upload_bytes %d", len(part)))
		hangUp()
		_ = body.CloseWithError(context.Canceled) // the transport waits for it
		if got := <-sent; got.err == nil {
			t.Errorf("%+v", got)
		}
		want := 0
		if ahead {
			want = 5
		}
		if n := <-engine.closed; n != want {
			t.Errorf("try %d: %d frames were looked at", try, n)
		}
		u.untilMetric("realname_upload_bytes 0")
	}
	u.stillCaptures()
	if got := u.send(form); got.status != http.StatusAccepted {
		t.Errorf("whole at last: %+v", got)
	}
}

func TestAStreamOfAnotherFormIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, manifest []byte, frames [][]byte) []byte{
		"frames after the manifest": func(t *testing.T, manifest []byte, frames [][]byte) []byte {
			return formOf(t, manifest, frames, 20)
		},
		"two manifests": func(t *testing.T, manifest []byte, frames [][]byte) []byte {
			once := formOf(t, manifest, frames, len(frames))
			end := partsOf(once, len(frames)+1) - marker
			return append(bytes.Clone(once[:end]), formOf(t, manifest, nil, 0)...)
		},
		"73 frames": func(t *testing.T, manifest []byte, frames [][]byte) []byte {
			for len(frames) <= handoff.MaxFrames {
				frames = append(frames, noise(len(frames)))
			}
			return formOf(t, manifest, frames, len(frames))
		},
		"no manifest": func(t *testing.T, manifest []byte, frames [][]byte) []byte {
			once := formOf(t, manifest, frames, len(frames))
			return append(bytes.Clone(once[:partsOf(once, len(frames))-marker]), "--"+boundary+"--\r\n"...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := start(t, sandboxConfig(t)).uploader("zhengqiang")
			manifest, frames := u.recorded(noise)
			if got := u.send(spoil(t, manifest, frames)); got.code != problem.RequestInvalid {
				t.Errorf("%+v", got)
			}
			u.stillCaptures()
			if got := u.send(formOf(t, manifest, frames, len(frames))); got.status != http.StatusAccepted {
				t.Errorf("as it should be: %+v", got)
			}
		})
	}
}
