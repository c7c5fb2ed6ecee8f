// Package vault keeps the account's token between two starts: in the system's
// keyring, or where there is none in a file that only this user can read. It
// knows nothing of what a token is for.
package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"

	"realname.example/shared/client"
)

// service names this app in the keyring.
const service = "realname"

// Vault keeps one token per server.
type Vault struct {
	file string // "": the system's keyring
}

// Open returns a vault in the system's keyring, or else in a folder's file.
func Open(folder string) *Vault {
	if _, err := keyring.Get(service, "probe"); err == nil || errors.Is(err, keyring.ErrNotFound) {
		return &Vault{}
	}
	return InFile(folder)
}

// InFile returns a vault in a folder's file, whatever the system has.
func InFile(folder string) *Vault { return &Vault{file: filepath.Join(folder, "tokens.json")} }

// Keyring reports whether the system keeps the tokens. Else the person is told
// so.
func (v *Vault) Keyring() bool { return v.file == "" }

// Load returns the token of a server, "" where there is none.
func (v *Vault) Load(server string) client.AccountToken {
	if v.Keyring() {
		token, err := keyring.Get(service, server)
		if err != nil {
			return ""
		}
		return client.AccountToken(token)
	}
	tokens, err := v.read()
	if err != nil {
		return ""
	}
	return client.AccountToken(tokens[server])
}

// Save keeps the token of a server. Where it cannot, the person has to sign in
// again at the next start.
func (v *Vault) Save(server string, token client.AccountToken) {
	if v.Keyring() {
		_ = keyring.Set(service, server, string(token))
		return
	}
	_ = v.change(func(tokens map[string]string) { tokens[server] = string(token) })
}

// Delete forgets the token of a server.
func (v *Vault) Delete(server string) {
	if v.Keyring() {
		_ = keyring.Delete(service, server)
		return
	}
	_ = v.change(func(tokens map[string]string) { delete(tokens, server) })
}

func (v *Vault) read() (map[string]string, error) {
	data, err := os.ReadFile(v.file)
	if errors.Is(err, os.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	tokens := map[string]string{}
	if err := json.Unmarshal(data, &tokens); err != nil {
		return nil, fmt.Errorf("decode tokens: %w", err)
	}
	return tokens, nil
}

// change writes the file anew and puts it in the old one's place.
func (v *Vault) change(edit func(map[string]string)) error {
	tokens, err := v.read()
	if err != nil {
		tokens = map[string]string{}
	}
	edit(tokens)
	data, err := json.Marshal(tokens)
	if err != nil {
		return fmt.Errorf("encode tokens: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(v.file), 0o700); err != nil {
		return fmt.Errorf("make folder of tokens: %w", err)
	}
	if err := os.WriteFile(v.file+".new", data, 0o600); err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	return os.Rename(v.file+".new", v.file)
}
