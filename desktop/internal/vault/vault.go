// Package vault keeps the account's token between two starts: in the system's
// keyring, or where there is none in a file that only this user can read. Where
// the keyring stays locked it keeps it until the app ends. It knows nothing of
// what a token is for.
package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zalando/go-keyring"

	"realname.example/shared/client"
	"realname.example/shared/private"
)

// service names this app in the keyring.
const service = "realname"

// patience is how long a locked keyring may wait for the person's answer: long
// enough to type a password, and the app does not stand still for good.
const patience = 30 * time.Second

// Place is where tokens are kept.
type Place int32

// The places.
const (
	Keyring Place = iota // the system's
	File                 // where the system has no keyring
	Memory               // where the keyring stays locked: until the app ends
)

// Vault keeps one token per server. It is safe for concurrent use.
type Vault struct {
	file     string // for File
	patience time.Duration
	get      func(service, user string) (string, error)

	place atomic.Int32 // a Place; readable while the keyring is waited for

	mu     sync.Mutex // held while the keyring is waited for
	asked  bool       // whether the keyring has answered or was given up
	memory map[string]client.AccountToken
}

// Open returns a vault in the system's keyring, or else in a folder's file. It
// asks for nothing yet: a locked keyring lets the system ask the person, and the
// window comes first.
func Open(folder string) *Vault {
	return &Vault{
		file: filepath.Join(folder, "tokens.json"), patience: patience, get: keyring.Get,
		memory: map[string]client.AccountToken{},
	}
}

// InFile returns a vault in a folder's file, whatever the system has.
func InFile(folder string) *Vault {
	v := Open(folder)
	v.place.Store(int32(File))
	v.asked = true
	return v
}

// Place returns where tokens are kept, as far as that is known: a keyring that
// was not asked yet is taken to be there.
func (v *Vault) Place() Place { return Place(v.place.Load()) }

// ask asks the keyring once for something, and settles the place by its answer.
func (v *Vault) ask(server string) (client.AccountToken, Place) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if place := v.Place(); v.asked && place != Keyring {
		return v.memory[server], place
	}
	token, err := v.within(server)
	switch {
	case err == nil || errors.Is(err, keyring.ErrNotFound):
	case errors.Is(err, errLocked) || v.asked:
		v.place.Store(int32(Memory))
	default:
		v.place.Store(int32(File)) // there is none, or none that works
	}
	v.asked = true
	return client.AccountToken(token), v.Place()
}

// errLocked is a keyring that the person did not unlock.
var errLocked = errors.New("the keyring stays locked")

// within asks the keyring and waits with patience. A call that is given up ends
// with the system's question.
func (v *Vault) within(server string) (string, error) {
	type answer struct {
		token string
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		token, err := v.get(service, server)
		answers <- answer{token, err}
	}()
	late := time.NewTimer(v.patience)
	defer late.Stop()
	select {
	case a := <-answers:
		if a.err != nil && strings.Contains(a.err.Error(), "unlock") {
			return "", errLocked // the person said no
		}
		return a.token, a.err
	case <-late.C:
		return "", errLocked
	}
}

// Load returns the token of a server, "" where there is none. It may wait for
// the person to unlock the keyring, so that no window may wait for it.
func (v *Vault) Load(server string) client.AccountToken {
	token, place := v.ask(server)
	if place != File {
		return token
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
	switch _, place := v.ask(server); place {
	case Keyring:
		_ = keyring.Set(service, server, string(token))
	case File:
		_ = v.change(func(tokens map[string]string) { tokens[server] = string(token) })
	case Memory:
		v.mu.Lock()
		defer v.mu.Unlock()
		v.memory[server] = token
	}
}

// Delete forgets the token of a server.
func (v *Vault) Delete(server string) {
	switch _, place := v.ask(server); place {
	case Keyring:
		_ = keyring.Delete(service, server)
	case File:
		_ = v.change(func(tokens map[string]string) { delete(tokens, server) })
	case Memory:
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.memory, server)
	}
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
	if err := private.WriteFile(v.file, data); err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	return nil
}
