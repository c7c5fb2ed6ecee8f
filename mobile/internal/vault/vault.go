// Package vault keeps what the phone remembers: its key, the claim under way
// and the servers that the person confirmed. That is one file that only its
// owner can read; in a browser it is the tab's own storage, which a reload
// outlives and the end of the tab does not. It makes no calls.
package vault

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"sync"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/client"
)

// Vault implements flow.Memory.
type Vault struct {
	folder string
	// Failed is told of a write that failed; the app goes on without it.
	failed func(error)
	mu     sync.Mutex
	kept   kept
}

type kept struct {
	Seed    []byte                `json:"seed"`
	Session *flow.Session         `json:"session,omitempty"`
	Servers map[string]client.Pin `json:"servers"`
	Unlit   bool                  `json:"unlit,omitempty"`
}

// Open reads the vault of a folder and makes what is missing; folder "" keeps
// nothing beyond this run, except in a browser, which has no folders.
func Open(folder string, failed func(error)) (*Vault, error) {
	v := &Vault{folder: folder, failed: failed}
	data, err := load(folder)
	if err != nil {
		return nil, fmt.Errorf("read vault: %w", err)
	}
	if data != nil {
		if err := json.Unmarshal(data, &v.kept); err != nil {
			return nil, fmt.Errorf("read vault: %w", err)
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

// Unlit says that the person has turned the coloured light off.
func (v *Vault) Unlit() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.kept.Unlit
}

// SetUnlit keeps that.
func (v *Vault) SetUnlit(off bool) { v.change(func() { v.kept.Unlit = off }) }

func (v *Vault) change(do func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do()
	if err := v.write(); err != nil {
		v.failed(err)
	}
}

func (v *Vault) write() error {
	data, err := json.Marshal(v.kept)
	if err != nil {
		return fmt.Errorf("encode vault: %w", err)
	}
	if err := keep(v.folder, data); err != nil {
		return fmt.Errorf("write vault: %w", err)
	}
	return nil
}
