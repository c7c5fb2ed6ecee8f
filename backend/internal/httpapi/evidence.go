package httpapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
)

// maxEvidence bounds the whole upload: a phone sends up to 72 frames of 150 KB
// (face.md); ten times that is nobody's capture.
const maxEvidence = 64 << 20

func (s *Server) declareEvidence() {
	r := route{
		method: http.MethodPost, path: api.PathEvidence, who: whoPhone, status: http.StatusAccepted, tag: "phone",
		summary: "Upload the signed capture: one manifest, then its frames",
		codes: []problem.Code{
			problem.RequestInvalid, problem.TooLarge, problem.EvidenceInvalid, problem.FaceNotFound, problem.FaceQuality,
			problem.ConsentRequired, problem.Conflict, problem.TooManyAttempts, problem.Busy, problem.ProviderUnavailable,
		},
	}
	schemas := s.api.OpenAPI().Components.Schemas
	op := s.operation(r, nil, schemas.Schema(reflect.TypeFor[api.PhoneView](), true, ""))
	file := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"manifest", "frame"},
			Properties: map[string]*huma.Schema{
				"manifest": file,
				"frame":    {Type: huma.TypeArray, Items: file},
			},
		}},
	}}
	s.mount(r, op, func(ctx context.Context, c *call) error {
		manifest, frames, err := readEvidence(c)
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

// readEvidence streams the form into memory, never to disk: the manifest part
// first, then the frames, each within its limit.
func readEvidence(c *call) (manifest []byte, frames [][]byte, err error) {
	kind, params, err := mime.ParseMediaType(c.gin.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, nil, invalid("body", "type", "Send multipart/form-data: one manifest, then the frames.")
	}
	body := http.MaxBytesReader(c.gin.Writer, c.gin.Request.Body, maxEvidence)
	form := multipart.NewReader(body, params["boundary"])
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, formError(err)
		}
		switch name := part.FormName(); {
		case name == "manifest" && manifest == nil && len(frames) == 0:
			if manifest, err = readPart(part, handoff.MaxManifest); err != nil {
				return nil, nil, err
			}
		case name == "frame" && manifest != nil:
			if len(frames) == handoff.MaxFrames {
				return nil, nil, invalid("frame", "too_many", "A capture has 72 frames at most.")
			}
			frame, err := readPart(part, handoff.MaxFrameBytes)
			if err != nil {
				return nil, nil, err
			}
			frames = append(frames, frame)
		default:
			return nil, nil, invalid("body", "unknown", "Send one manifest first, then frames, and nothing else.")
		}
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
	if errors.As(err, &large) {
		return err
	}
	return invalid("body", "syntax", "The form ended early or is not well formed.")
}
