// Package vault keeps what the phone remembers: its key, the claim under way
// and the servers that the person confirmed, in one file that only its owner
// can read; or in memory alone, as in a browser. It makes no calls.
package vault

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/client"
)

// Vault implements flow.Memory.
type Vault struct {
	path string // "": memory only
	// Failed is told of a write that failed; the app goes on without it.
	failed func(error)
	mu     sync.Mutex
	kept   kept
}

type kept struct {
	Seed    []byte                `json:"seed"`
	Session *flow.Session         `json:"session,omitempty"`
	Servers map[string]client.Pin `json:"servers"`
}

// Open reads the vault of a folder and makes what is missing; folder "" keeps
// nothing beyond this run.
func Open(folder string, failed func(error)) (*Vault, error) {
	v := &Vault{failed: failed}
	if folder != "" {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("make vault's folder: %w", err)
		}
		v.path = filepath.Join(folder, "vault.json")
		data, err := os.ReadFile(v.path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read vault: %w", err)
		}
		if err == nil {
			if err := json.Unmarshal(data, &v.kept); err != nil {
				return nil, fmt.Errorf("read vault: %w", err)
			}
		}
	}
	if v.kept.Servers == nil {
		v.kept.Servers = map[string]client.Pin{}
	}
	if len(v.kept.Seed) != ed25519.SeedSize {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, fmt.Errorf("make key: %w", err)
		}
		v.kept.Seed = key.Seed()
		if err := v.write(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// Key returns the phone's key.
func (v *Vault) Key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(v.kept.Seed) }

// Session returns the claim under way.
func (v *Vault) Session() (flow.Session, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.kept.Session == nil {
		return flow.Session{}, false
	}
	return *v.kept.Session, true
}

// Adopt takes over a claim that was made before this run, and the seed of the
// key that it was made with. It reports whether they are usable.
func (v *Vault) Adopt(seed []byte, s flow.Session) bool {
	if len(seed) != ed25519.SeedSize || s.Token == "" {
		return false
	}
	v.change(func() { v.kept.Seed, v.kept.Session = seed, &s })
	return true
}

// SetSession keeps a claim; nil forgets it.
func (v *Vault) SetSession(s *flow.Session) { v.change(func() { v.kept.Session = s }) }

// Known returns the key under which a server was confirmed.
func (v *Vault) Known(server string) (client.Pin, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	pin, ok := v.kept.Servers[server]
	return pin, ok
}

// Trust keeps a server's key.
func (v *Vault) Trust(server string, pin client.Pin) {
	v.change(func() { v.kept.Servers[server] = pin })
}

func (v *Vault) change(do func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do()
	if err := v.write(); err != nil {
		v.failed(err)
	}
}

// write replaces the file in one step.
func (v *Vault) write() error {
	if v.path == "" {
		return nil
	}
	data, err := json.Marshal(v.kept)
	if err != nil {
		return fmt.Errorf("encode vault: %w", err)
	}
	if err := os.WriteFile(v.path+".new", data, 0o600); err != nil {
		return fmt.Errorf("write vault: %w", err)
	}
	if err := os.Rename(v.path+".new", v.path); err != nil {
		return fmt.Errorf("replace vault: %w", err)
	}
	return nil
}
