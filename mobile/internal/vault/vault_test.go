package vault_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"realname.example/mobile/internal/flow"
	"realname.example/mobile/internal/vault"
)

func open(t *testing.T, folder string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(folder, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestKeyClaimAndServersOutliveARestart(t *testing.T) {
	folder := t.TempDir()
	v := open(t, folder)
	v.Trust("https://a", "PIN")
	v.SetSession(&flow.Session{Server: "https://a", Token: "t"})
	if v.Unlit() {
		t.Error("the light is off at first")
	}
	v.SetUnlit(true)
	again := open(t, folder)
	if !again.Unlit() {
		t.Error("the light is on again")
	}
	if !again.Key().Equal(v.Key()) {
		t.Error("another key")
	}
	if pin, ok := again.Known("https://a"); !ok || pin != "PIN" {
		t.Errorf("pin %q", pin)
	}
	if s, ok := again.Session(); !ok || s.Token != "t" {
		t.Errorf("session %+v", s)
	}
	again.SetSession(nil)
	if _, ok := open(t, folder).Session(); ok {
		t.Error("an ended claim is still there")
	}
	info, err := os.Stat(filepath.Join(folder, "vault.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestWithoutAFolderEachRunHasAFreshKey(t *testing.T) {
	if open(t, "").Key().Equal(open(t, "").Key()) {
		t.Error("the same key twice")
	}
}

func TestADamagedVaultIsAnError(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "vault.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(folder, nil); err == nil {
		t.Error("opened")
	}
}

// The page behind the QR code writes the vault of a browser before the app runs.
func TestAClaimOfThePageBeforeIsTakenOverWithItsKey(t *testing.T) {
	before := open(t, "").Key()
	folder := t.TempDir()
	written := fmt.Sprintf(`{"seed":%q,"session":{"server":"https://a","pin":"","token":"t"}}`, base64.StdEncoding.EncodeToString(before.Seed()))
	if err := os.WriteFile(filepath.Join(folder, "vault.json"), []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	v := open(t, folder)
	if !v.Key().Equal(before) {
		t.Error("another key than the claim was made with")
	}
	if s, ok := v.Session(); !ok || s.Token != "t" || s.Server != "https://a" {
		t.Errorf("session %+v", s)
	}
}
