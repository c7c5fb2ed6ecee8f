package httpapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
)

// SignedManifest is the part manifest of an upload of evidence, as package
// handoff writes and reads it.
type SignedManifest struct {
	Manifest  []byte `json:"manifest" doc:"The JSON of a Manifest."`
	Signature []byte `json:"signature" doc:"Ed25519 by the phone's key, over the line realname evidence v1 and a line feed, and the bytes of the Manifest behind it."`
}

func (s *Server) declareEvidence() {
	r := route{
		method: http.MethodPost, path: api.PathEvidence, who: whoPhone, status: http.StatusAccepted, tag: "phone", asks: true,
		summary: "Upload the signed capture: its frames as they are taken, the manifest last; first is taken too. May be answered before the manifest where nothing can come of it",
		codes: []problem.Code{
			problem.RequestInvalid, problem.TooLarge, problem.EvidenceInvalid, problem.FaceNotFound, problem.FaceQuality,
			problem.ConsentRequired, problem.Conflict, problem.TooManyAttempts, problem.Busy, problem.ProviderUnavailable,
		},
	}
	schemas := s.api.OpenAPI().Components.Schemas
	op := s.operation(r, nil, schemas.Schema(reflect.TypeFor[api.PhoneView](), true, ""))
	file := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	schemas.Schema(reflect.TypeFor[handoff.Manifest](), true, "")
	manifest := *file
	manifest.Description = "SignedManifest as JSON, of a Manifest that names the frames in the order taken."
	schemas.Schema(reflect.TypeFor[SignedManifest](), true, "")
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"frame", "manifest"},
			Properties: map[string]*huma.Schema{
				"frame":    {Type: huma.TypeArray, Items: file},
				"manifest": &manifest,
			},
		}},
	}}
	s.mount(r, op, func(ctx context.Context, c *call) error {
		awaited, err := s.awaitsEvidence(ctx, c)
		if err != nil {
			return c.unread(err)
		}
		up, ctx, err := s.uploads.replace(ctx, c.caller.scope())
		if err != nil {
			return c.unread(err)
		}
		defer up.leave()
		in := s.receive(ctx, c, up, awaited)
		defer in.forget()
		if err := in.end(in.read()); err != nil { //nolint:contextcheck // it has the context of its call
			return c.unread(err)
		}
		err = s.once(ctx, r, c, in.sum(), func() (any, error) {
			view, err := s.phoneView(s.Verify.Evidence(ctx, c.caller.token, in.manifest, in.frames, in.footage))
			in.taken = err == nil
			return view, err
		})
		if errors.Is(err, context.Canceled) {
			return context.Cause(ctx)
		}
		return err
	})
}

// unread gives up the rest of the body before an error is answered: else the
// server waits for more of what a phone has not taken yet, and answers then. The
// connection is of no more use: to the server it looks as if the phone had hung up.
func (c *call) unread(err error) error {
	if c.gin.Request.ProtoMajor == 1 {
		c.gin.Header("Connection", "close")
	}
	_ = http.NewResponseController(c.gin.Writer).SetReadDeadline(time.Now()) // a recorder in a test has none
	return err
}

// awaitsEvidence refuses an upload before its body is read where the status does
// not want one. A repetition has to be read, since its kept answer goes by the
// body: an upload that begins is noted by its key, and only such a one is a
// repetition, for which nothing waits.
func (s *Server) awaitsEvidence(ctx context.Context, c *call) (verify.Awaited, error) {
	awaited, wanted := s.Verify.AwaitsEvidence(ctx, c.caller.token)
	header := c.gin.GetHeader(api.IdempotencyHeader)
	var conflict *verify.ConflictError
	if header == "" || wanted != nil && !errors.As(wanted, &conflict) {
		return awaited, wanted
	}
	begun, _, err := answerKey(c.caller.scope(), c.gin.Request.URL.Path, header, []byte("begun"))
	if err != nil {
		return verify.Awaited{}, err
	}
	noted, mine, err := s.Answers.Reserve(ctx, begun)
	switch {
	case err != nil:
		return verify.Awaited{}, fmt.Errorf("note upload: %w", err)
	case wanted == nil && mine:
		return awaited, s.Answers.Keep(ctx, begun, []byte("begun"))
	case wanted == nil || noted != nil:
		return awaited, nil
	case mine:
		return verify.Awaited{}, errors.Join(wanted, s.Answers.Release(ctx, begun))
	}
	return verify.Awaited{}, wanted
}

// receive begins to take the evidence of a call, for as long as its case waits.
func (s *Server) receive(ctx context.Context, c *call, up *upload, awaited verify.Awaited) *incoming {
	in := &incoming{server: s, call: c, upload: up, ctx: ctx, most: handoff.MaxFrames, reading: true}
	if awaited.Left > 0 {
		in.until, in.most = time.Now().Add(awaited.Left), handoff.ActionFrames+awaited.Lit
	}
	in.footage = s.Verify.Footage(ctx, awaited.Lit, in.stop)
	context.AfterFunc(ctx, in.hangUp)
	return in
}

// incoming is evidence while it comes.
type incoming struct {
	server *Server
	call   *call
	upload *upload
	ctx    context.Context //nolint:containedctx // it is the call's, and lives as long
	until  time.Time       // when the case ends; zero is not renewed
	most   int             // frames

	footage  verify.Footage
	manifest []byte
	frames   [][]byte
	taken    bool // the domain closes the footage

	mu      sync.Mutex
	reading bool
	trouble error // why nothing can come of it
}

// stop ends the reading of a body of which nothing can come.
func (in *incoming) stop(trouble error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.reading { // what is there already is judged as a whole
		in.trouble = trouble
		_ = in.call.unread(nil)
	}
}

// hangUp ends the reading of a body in whose place a newer one is sent.
func (in *incoming) hangUp() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.reading {
		_ = in.call.unread(nil)
	}
}

// renew gives the next frame its time, within that of the case.
func (in *incoming) renew() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.trouble != nil || in.ctx.Err() != nil || in.until.IsZero() {
		return
	}
	until := time.Now().Add(frameTimeout)
	if in.until.Before(until) {
		until = in.until
	}
	control := http.NewResponseController(in.call.gin.Writer)
	// HTTP/2 resets a stream where the time to answer ends, though it is still read.
	_ = errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(writeTimeout))) // a recorder in a test has none
}

// end says that the body is read, or will not be. It returns the trouble that its
// frames are in, if any, else err.
func (in *incoming) end(err error) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.reading = false
	if in.trouble == nil {
		return err
	}
	// That the rest is not read may be taken for a phone that hangs up.
	return in.server.Verify.EvidenceTrouble(context.WithoutCancel(in.ctx), in.call.caller.token, in.trouble)
}

// forget closes what nobody took over.
func (in *incoming) forget() {
	if !in.taken {
		in.footage.Close()
	}
}

// sum tells the evidence from other.
func (in *incoming) sum() []byte {
	sum := sha256.New()
	for _, part := range append([][]byte{in.manifest}, in.frames...) {
		partSum := sha256.Sum256(part)
		sum.Write(partSum[:])
	}
	return sum.Sum(nil)
}

// read streams the form into memory, never to disk: the frames and, as the last
// part or the first, the manifest, each within its limit.
func (in *incoming) read() error {
	c := in.call
	kind, params, err := mime.ParseMediaType(c.gin.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return invalid("body", "type", "Send multipart/form-data: the frames, then one manifest.")
	}
	if c.gin.Request.ContentLength > handoff.MaxEvidence {
		return &http.MaxBytesError{Limit: handoff.MaxEvidence}
	}
	body := in.upload.of(http.MaxBytesReader(c.gin.Writer, c.gin.Request.Body, handoff.MaxEvidence))
	if err := in.parts(multipart.NewReader(body, params["boundary"])); err != nil {
		return err
	}
	// Only once a body has been read to its end is it noticed that the phone hangs up.
	if _, err := io.Copy(io.Discard, body); err != nil {
		return formError(err)
	}
	if len(in.manifest) == 0 {
		return invalid("manifest", "missing", "The manifest is missing.")
	}
	in.whole()
	return nil
}

// parts reads the frames, and behind them the manifest.
func (in *incoming) parts(form *multipart.Reader) error {
	for ended := false; ; {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return formError(err)
		}
		switch name := part.FormName(); {
		case name == "manifest" && in.manifest == nil:
			if in.manifest, err = readPart(part, "manifest", handoff.MaxManifest); err != nil {
				return err
			}
			ended = len(in.frames) > 0
		case name == "frame" && !ended:
			if err := in.frame(part); err != nil {
				return err
			}
		default:
			return invalid("body", "unknown", "Send the frames, then one manifest, and nothing else.")
		}
	}
}

// frame takes one more.
func (in *incoming) frame(part io.Reader) error {
	if len(in.frames) == in.most {
		return invalid("frame", "too_many", fmt.Sprintf("This capture has %d frames at most.", in.most))
	}
	frame, err := readPart(part, "frame", handoff.MaxFrameBytes)
	if err != nil {
		return err
	}
	in.frames = append(in.frames, frame)
	if in.upload.ahead {
		in.footage.Add(frame)
	}
	in.renew()
	return nil
}

// whole notes that everything came.
func (in *incoming) whole() {
	in.upload.ended = true
	if in.upload.ahead {
		return
	}
	for _, frame := range in.frames {
		in.footage.Add(frame)
	}
}

func readPart(part io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, formError(err)
	}
	if int64(len(data)) > limit {
		return nil, refuse(problem.TooLarge, fmt.Sprintf("A part %s may have %d bytes at most.", name, limit))
	}
	return data, nil
}

func formError(err error) error {
	var large *http.MaxBytesError
	var own *refusal
	if errors.As(err, &large) || errors.As(err, &own) {
		return err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return uploadLate()
	}
	return invalid("body", "syntax", "The form ended early or is not well formed.")
}
