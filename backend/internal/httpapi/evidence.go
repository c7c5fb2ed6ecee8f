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
	"reflect"

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
		summary: "Upload the signed capture: its frames in the order taken, the manifest last; first is taken too",
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
		if err := s.awaitsEvidence(ctx, c); err != nil {
			return err
		}
		up, err := s.uploads.enter(c.caller.scope())
		if err != nil {
			return err
		}
		defer up.leave()
		manifest, frames, err := readEvidence(c, up)
		if err != nil {
			return err
		}
		sum := sha256.New()
		for _, part := range append([][]byte{manifest}, frames...) {
			partSum := sha256.Sum256(part)
			sum.Write(partSum[:])
		}
		return s.once(ctx, r, c, sum.Sum(nil), func() (any, error) {
			return s.phoneView(s.Verify.Evidence(ctx, c.caller.token, manifest, frames))
		})
	})
}

// awaitsEvidence refuses an upload before its body is read where the status does
// not want one. A repetition has to be read, since its kept answer goes by the
// body: an upload that begins is noted by its key, and only such a one is a
// repetition.
func (s *Server) awaitsEvidence(ctx context.Context, c *call) error {
	wanted := s.Verify.AwaitsEvidence(ctx, c.caller.token)
	header := c.gin.GetHeader(api.IdempotencyHeader)
	var conflict *verify.ConflictError
	if header == "" || wanted != nil && !errors.As(wanted, &conflict) {
		return wanted
	}
	begun, _, err := answerKey(c.caller.scope(), c.gin.Request.URL.Path, header, []byte("begun"))
	if err != nil {
		return err
	}
	noted, mine, err := s.Answers.Reserve(ctx, begun)
	switch {
	case err != nil:
		return fmt.Errorf("note upload: %w", err)
	case wanted == nil && mine:
		return s.Answers.Keep(ctx, begun, []byte("begun"))
	case wanted == nil || noted != nil:
		return nil
	case mine:
		return errors.Join(wanted, s.Answers.Release(ctx, begun))
	}
	return wanted
}

// readEvidence streams the form into memory, never to disk: the frames and, as
// the last part or the first, the manifest, each within its limit.
func readEvidence(c *call, up *upload) (manifest []byte, frames [][]byte, err error) {
	kind, params, err := mime.ParseMediaType(c.gin.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, nil, invalid("body", "type", "Send multipart/form-data: the frames, then one manifest.")
	}
	if c.gin.Request.ContentLength > handoff.MaxEvidence {
		return nil, nil, &http.MaxBytesError{Limit: handoff.MaxEvidence}
	}
	body := up.of(http.MaxBytesReader(c.gin.Writer, c.gin.Request.Body, handoff.MaxEvidence))
	form := multipart.NewReader(body, params["boundary"])
	for ended := false; ; {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, formError(err)
		}
		switch name := part.FormName(); {
		case name == "manifest" && manifest == nil:
			if manifest, err = readPart(part, handoff.MaxManifest); err != nil {
				return nil, nil, err
			}
			ended = len(frames) > 0
		case name == "frame" && !ended:
			if len(frames) == handoff.MaxFrames {
				return nil, nil, invalid("frame", "too_many", "A capture has 72 frames at most.")
			}
			frame, err := readPart(part, handoff.MaxFrameBytes)
			if err != nil {
				return nil, nil, err
			}
			frames = append(frames, frame)
		default:
			return nil, nil, invalid("body", "unknown", "Send the frames, then one manifest, and nothing else.")
		}
	}
	// Only once a body has been read to its end is it noticed that the phone hangs up.
	if _, err := io.Copy(io.Discard, body); err != nil {
		return nil, nil, formError(err)
	}
	if len(manifest) == 0 {
		return nil, nil, invalid("manifest", "missing", "The manifest is missing.")
	}
	return manifest, frames, nil
}

func readPart(part io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, formError(err)
	}
	if int64(len(data)) > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	return data, nil
}

func formError(err error) error {
	var large *http.MaxBytesError
	var own *refusal
	if errors.As(err, &large) || errors.As(err, &own) {
		return err
	}
	return invalid("body", "syntax", "The form ended early or is not well formed.")
}
