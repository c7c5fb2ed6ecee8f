package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"realname.example/desktop/internal/vault"
)

func keeps(t *testing.T, v *vault.Vault) {
	t.Helper()
	v.Save("https://a", "one")
	v.Save("https://b", "two")
	v.Delete("https://b")
	if got := v.Load("https://a"); got != "one" {
		t.Errorf("token of a is %q", got)
	}
	if got := v.Load("https://b"); got != "" {
		t.Errorf("token of b is %q", got)
	}
}

func TestAFileKeepsTokensForThisUserAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	v := vault.InFile(folder)
	keeps(t, v)
	info, err := os.Stat(filepath.Join(folder, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if got := vault.InFile(folder).Load("https://a"); got != "one" {
		t.Errorf("after a restart: %q", got)
	}
}

func TestADamagedFileMeansSigningInAgain(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "tokens.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := vault.InFile(folder)
	if got := v.Load("https://a"); got != "" {
		t.Errorf("token is %q", got)
	}
	keeps(t, v)
}

func TestTheSystemsKeyringIsPreferred(t *testing.T) {
	keyring.MockInit()
	folder := t.TempDir()
	v := vault.Open(folder)
	keeps(t, v)
	if v.Place() != vault.Keyring {
		t.Error("not in the keyring")
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("a file was left: %v", files)
	}
}

func TestWithoutAKeyringThereIsAFile(t *testing.T) {
	keyring.MockInitWithError(keyring.ErrUnsupportedPlatform)
	v := vault.Open(t.TempDir())
	keeps(t, v)
	if v.Place() != vault.File {
		t.Error("in a keyring that does not work")
	}
}

// What go-keyring says where the person closes the system's question.
func TestAKeyringThatThePersonLeavesLockedMeansMemory(t *testing.T) {
	keyring.MockInitWithError(errors.New("failed to unlock correct collection '/org/freedesktop/secrets/aliases/default'"))
	folder := t.TempDir()
	v := vault.Open(folder)
	keeps(t, v)
	if v.Place() != vault.Memory {
		t.Errorf("kept in %d", v.Place())
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("a file was left: %v", files)
	}
	if got := vault.Open(folder).Load("https://a"); got != "" {
		t.Errorf("after a restart: %q", got)
	}
}

// A keyring that never answers: nobody is at the PC to type its password.
func TestAKeyringThatDoesNotAnswerIsGivenUp(t *testing.T) {
	asked := make(chan struct{})
	end := make(chan struct{})
	defer close(end)
	v := vault.Open(t.TempDir())
	v.Wait(time.Millisecond, func(string, string) (string, error) {
		close(asked) // a second time would panic
		<-end
		return "late", nil
	})
	if v.Place() != vault.Keyring {
		t.Error("the keyring was asked before anybody needed it")
	}
	keeps(t, v)
	<-asked
	if v.Place() != vault.Memory {
		t.Errorf("kept in %d", v.Place())
	}
}
