package convert_test

import (
	"errors"
	"testing"

	"realname.example/backend/internal/face/convert"
)

func TestWhatIsNoTFLiteModelIsRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":       nil,
		"another file":  []byte("GIF89a..........."),
		"only a header": []byte("\x18\x00\x00\x00TFL3"),
	} {
		for as, to := range map[string]func([]byte) ([]byte, error){"mesh": convert.Mesh, "identity": convert.Identity} {
			if _, err := to(data); err == nil {
				t.Errorf("%s was converted to %s", name, as)
			}
		}
	}
}

func TestDescriptorRefusesAManifestThatDoesNotFit(t *testing.T) {
	const row = `{"name":"fc","shape":[256,128],"dtype":"float32","quantization":{"dtype":"uint8","scale":1,"min":0}}`
	for name, c := range map[string]struct{ manifest, data string }{
		"no JSON":         {"{", ""},
		"no group":        {"[]", ""},
		"too few numbers": {`[{"weights":[` + row + `]}]`, "abc"},
		"left over":       {`[{"weights":[]}]`, "abc"},
		"no layers":       {`[{"weights":[]}]`, ""},
	} {
		if _, err := convert.Descriptor([]byte(c.manifest), []byte(c.data)); err == nil {
			t.Errorf("%s: a model came out", name)
		}
	}
}

func FuzzMesh(f *testing.F) {
	f.Add([]byte("\x18\x00\x00\x00TFL3\x10\x00\x1c\x00\x04\x00\x08\x00"))
	f.Add(append([]byte("\x08\x00\x00\x00TFL3"), make([]byte, 64)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if out, err := convert.Mesh(data); err == nil && len(out) == 0 {
			t.Fatal(errors.New("neither a model nor an error"))
		}
	})
}
