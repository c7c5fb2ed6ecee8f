package handoff

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Limits of the evidence: what lies beyond them is refused before anything is
// decoded. They stand here alone: the phone records within them, the backend's
// door and its face engine both hold captures to them.
const (
	MinFrames     = 24
	ActionFrames  = 72                         // at most, of the actions
	MaxFrames     = ActionFrames + LightFrames // and of the light challenge
	MaxFrameBytes = 2 << 20                    // of one frame (docs/threats.md, 14); a phone sends at most 150 KB
	MaxManifest   = 64 << 10
	// MaxEvidence bounds a whole upload: frames as phones send them, the
	// manifest, and slack for the form around them. A proxy before the backend
	// has to let that much through.
	MaxEvidence = MaxFrames*(150<<10) + MaxManifest + 512<<10

	// MinCapture is what a person needs for the actions, MaxCapture more than
	// anybody does; both from the first frame to the last.
	MinCapture = 2 * time.Second
	MaxCapture = time.Minute
	// MaxFrameGap may lie between two frames. The figures of docs/face.md are of
	// captures without longer gaps, in which a face could be changed for another.
	MaxFrameGap = 2 * time.Second
)

// Manifest lists the frames of a capture in the order in which they were
// taken.
type Manifest struct {
	Challenge string          `json:"challenge"`
	Nonce     string          `json:"nonce"`
	Frames    []ManifestFrame `json:"frames"`
}

// ManifestFrame names one frame by its hash.
type ManifestFrame struct {
	// SHA256 of the JPEG's bytes, standard base64.
	SHA256 string `json:"sha256"`
	// Millis since the first frame, 0 for the first.
	Millis int64 `json:"ms"`
	// Light is the colour that the screen showed to light the face, of the frames
	// after the actions; empty for none.
	Light Colour `json:"light,omitempty"`
}

// HashFrame returns what ManifestFrame.SHA256 holds for a JPEG.
func HashFrame(jpeg []byte) string {
	sum := sha256.Sum256(jpeg)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// signedManifest is the wire form: the manifest's bytes and their signature.
type signedManifest struct {
	Manifest  []byte `json:"manifest"`
	Signature []byte `json:"signature"`
}

// context is signed before the manifest, so that a signature serves for
// nothing else.
const context = "realname evidence v1\n"

// Sign returns the manifest part of the evidence.
func Sign(key ed25519.PrivateKey, m Manifest) ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	signature := ed25519.Sign(key, append([]byte(context), body...))
	return json.Marshal(signedManifest{Manifest: body, Signature: signature})
}

// Errors of Open.
var (
	ErrManifest  = errors.New("manifest is not well formed")
	ErrSignature = errors.New("manifest is not signed by this device")
)

// Open checks the signature of a manifest part and returns the manifest. It
// checks form alone: whether the frames fit is for the caller.
func Open(key ed25519.PublicKey, part []byte) (Manifest, error) {
	var signed signedManifest
	if len(part) > MaxManifest || strict(part, &signed) != nil {
		return Manifest{}, ErrManifest
	}
	if len(key) != ed25519.PublicKeySize ||
		!ed25519.Verify(key, append([]byte(context), signed.Manifest...), signed.Signature) {
		return Manifest{}, ErrSignature
	}
	var m Manifest
	if strict(signed.Manifest, &m) != nil {
		return Manifest{}, ErrManifest
	}
	return m, nil
}

// strict decodes one JSON value with known fields and nothing behind it.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrManifest
	}
	return nil
}
