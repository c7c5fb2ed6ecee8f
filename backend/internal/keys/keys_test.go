package keys_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"realname.example/backend/internal/keys"
)

func TestFirstStartMakesAFileThatOnlyItsOwnerReads(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	made, err := keys.LoadOrCreate(folder, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, keys.FileName)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	again, err := keys.LoadOrCreate(folder, rand.Reader)
	if err != nil || !reflect.DeepEqual(made, again) {
		t.Fatalf("second start has other keys, %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.LoadOrCreate(folder, rand.Reader); !errors.Is(err, keys.ErrReadable) {
		t.Errorf("a file that others read: %v", err)
	}
}

func TestParseRefusesIncompleteDocuments(t *testing.T) {
	for name, document := range map[string]string{
		"empty": "", "no keys": "{}", "short": `{"masters":[{"version":1,"key":"AAAA"}],"index":"AAAA","mac":"AAAA","audit":"AAAA"}`,
	} {
		if _, err := keys.Parse([]byte(document)); !errors.Is(err, keys.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMastersGrowAndOldOnesStay(t *testing.T) {
	k, err := keys.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	first := k.Current()
	if err := k.AddMaster(rand.Reader); err != nil {
		t.Fatal(err)
	}
	old, err := k.Master(first.Version)
	if err != nil || !bytes.Equal(old, first.Key) || k.Current().Version != 2 {
		t.Errorf("version %d, %v", k.Current().Version, err)
	}
	if _, err := k.Master(9); !errors.Is(err, keys.ErrMissing) {
		t.Errorf("got %v", err)
	}
}
