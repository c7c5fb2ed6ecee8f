package operator

import (
	"bufio"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// An export of the trail is JSON Lines whose last line signs all that stands before
// it. Whoever has the public part of the key can check it, and can make none; the
// chains in the database take the secret part.

// ExportSeal is the last line of an export.
type ExportSeal struct {
	MadeAt time.Time `json:"made_at"`
	Lines  int64     `json:"lines"`
	// SHA256 is that of all bytes before this line, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Key is the public part, Signature that of the fields above; both base64.
	Key       string `json:"key"`
	Signature string `json:"signature"`
}

// sealedLine is the form of the last line.
type sealedLine struct {
	Seal *ExportSeal `json:"seal"`
}

// message is what the signature covers.
func (s ExportSeal) message() []byte {
	return fmt.Appendf(nil, "realname audit export 1\n%s\n%d\n%s\n", s.MadeAt.UTC().Format(time.RFC3339Nano), s.Lines, s.SHA256)
}

// ExportWriter writes an export.
type ExportWriter struct {
	to    *bufio.Writer
	sum   hash.Hash
	lines int64
}

// NewExportWriter returns a writer of an export.
func NewExportWriter(to io.Writer) *ExportWriter {
	w := &ExportWriter{sum: sha256.New()}
	w.to = bufio.NewWriter(io.MultiWriter(to, w.sum))
	return w
}

// Line writes one line.
func (w *ExportWriter) Line(line any) error {
	w.lines++
	return json.NewEncoder(w.to).Encode(line)
}

// Flush sends what was written.
func (w *ExportWriter) Flush() error { return w.to.Flush() }

// Close signs what was written. An export that ends without has been cut.
func (w *ExportWriter) Close(key ed25519.PrivateKey, now time.Time) error {
	if err := w.Flush(); err != nil {
		return err
	}
	public, _ := key.Public().(ed25519.PublicKey)
	seal := ExportSeal{
		MadeAt: now.UTC(), Lines: w.lines, SHA256: hex.EncodeToString(w.sum.Sum(nil)), Key: base64.StdEncoding.EncodeToString(public),
	}
	seal.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, seal.message()))
	if err := json.NewEncoder(w.to).Encode(sealedLine{&seal}); err != nil {
		return err
	}
	return w.Flush()
}

// What is wrong with an export.
var (
	ErrExportCut     = errors.New("the file ends without the line that signs it: it was cut, or is no export of the trail")
	ErrExportChanged = errors.New("the file is not as it was exported: a line was changed, added, moved or removed")
	ErrExportKey     = errors.New("the file is not signed by this key")
)

// maxExportLine is how long a line may be.
const maxExportLine = 1 << 20

// CheckExport reads an export and checks it against the public part of the key. It
// returns ErrExportCut, ErrExportChanged or ErrExportKey.
func CheckExport(from io.Reader, public ed25519.PublicKey) (ExportSeal, error) {
	var before []byte // the line that was read last, which is the seal or not
	sum, lines := sha256.New(), int64(-1)
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, maxExportLine)
	for scanner.Scan() {
		if lines++; lines > 0 {
			_, _ = sum.Write(append(before, '\n')) // a hash never fails
		}
		before = append(before[:0], scanner.Bytes()...)
	}
	if err := scanner.Err(); err != nil {
		return ExportSeal{}, fmt.Errorf("read the export: %w", err)
	}
	var last sealedLine
	if json.Unmarshal(before, &last) != nil || last.Seal == nil {
		return ExportSeal{}, ErrExportCut
	}
	seal := *last.Seal
	signature, err := base64.StdEncoding.DecodeString(seal.Signature)
	switch {
	case err != nil || !ed25519.Verify(public, seal.message(), signature):
		return seal, ErrExportKey
	case seal.Lines != lines || seal.SHA256 != hex.EncodeToString(sum.Sum(nil)):
		return seal, ErrExportChanged
	}
	return seal, nil
}
