package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"realname.example/backend/internal/service"
)

// The life of a signing key: it is published keyAhead before it signs, so that
// services that keep the set for a day meet no key that they do not know; it
// signs for keySigns, and stays published as long after as a token that it
// signed can be looked at.
const (
	keyAhead  = 7 * 24 * time.Hour
	keySigns  = 90 * 24 * time.Hour
	keyStays  = 7 * 24 * time.Hour
	keysFresh = time.Minute // how long the keys are not read again
)

type signingKey struct {
	id        string
	private   *ecdsa.PrivateKey
	signsFrom time.Time
	endsAt    time.Time
}

var errNoKey = errors.New("there is no key to sign with")

// ring returns the keys that are published, and makes the next one in time.
func (p *Provider) ring(ctx context.Context) ([]signingKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.keys != nil && now.Sub(p.keysAt).Abs() < keysFresh {
		return p.keys, nil
	}
	kept, err := p.Store.SigningKeys(ctx, p.cfg.Realm)
	if err != nil {
		return nil, err
	}
	if from, newest, due := nextKey(kept, now); due {
		k, err := newKey(from)
		if err != nil {
			return nil, err
		}
		if err := p.Store.AddSigningKey(ctx, p.cfg.Realm, newest, k, now); err != nil {
			return nil, err
		}
		if kept, err = p.Store.SigningKeys(ctx, p.cfg.Realm); err != nil {
			return nil, err
		}
	}
	p.keys, err = openKeys(kept, now)
	p.keysAt = now
	return p.keys, err
}

// nextKey says from when the next key signs, which is the newest before it, and
// whether it is due to be made.
func nextKey(kept []service.SigningKey, now time.Time) (from time.Time, newest string, due bool) {
	if len(kept) == 0 {
		return now, "", true
	}
	last := kept[len(kept)-1]
	from = last.SignsFrom.Add(keySigns)
	if from.Before(now) { // nobody was here to make it in time
		from = now
	}
	return from, last.ID, !now.Before(last.SignsFrom.Add(keySigns - keyAhead))
}

func newKey(from time.Time) (service.SigningKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return service.SigningKey{}, fmt.Errorf("make signing key: %w", err)
	}
	document, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return service.SigningKey{}, fmt.Errorf("encode signing key: %w", err)
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // crypto/rand.Read never fails (Go 1.24)
	return service.SigningKey{
		ID: hex.EncodeToString(id), Private: document, SignsFrom: from, EndsAt: from.Add(keySigns + keyStays),
	}, nil
}

func openKeys(kept []service.SigningKey, now time.Time) ([]signingKey, error) {
	var ring []signingKey
	for _, k := range kept {
		if !now.Before(k.EndsAt) {
			continue
		}
		private, err := x509.ParsePKCS8PrivateKey(k.Private)
		if err != nil {
			return nil, fmt.Errorf("read signing key: %w", err)
		}
		ec, ok := private.(*ecdsa.PrivateKey)
		if !ok {
			return nil, errNoKey
		}
		ring = append(ring, signingKey{id: k.ID, private: ec, signsFrom: k.SignsFrom, endsAt: k.EndsAt})
	}
	return ring, nil
}

// sign returns the claims as a token in compact form.
func (p *Provider) sign(ctx context.Context, claims map[string]any) (string, error) {
	ring, err := p.ring(ctx)
	if err != nil {
		return "", err
	}
	key, err := signer(ring, p.now())
	if err != nil {
		return "", err
	}
	return jwt.Signed(key).Claims(claims).Serialize()
}

// signer is of the newest key that signs already.
func signer(ring []signingKey, now time.Time) (jose.Signer, error) {
	for i := len(ring) - 1; i >= 0; i-- {
		if k := ring[i]; !now.Before(k.signsFrom) {
			return jose.NewSigner(
				jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}},
				(&jose.SignerOptions{}).WithType("JWT"))
		}
	}
	return nil, errNoKey
}

// jwks publishes the public keys, those that do not sign yet among them.
func (p *Provider) jwks(w http.ResponseWriter, r *http.Request) {
	ring, err := p.ring(r.Context())
	if err != nil {
		p.broken(w, r, err)
		return
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range ring {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: &k.private.PublicKey, KeyID: k.id, Algorithm: string(jose.ES256), Use: "sig"})
	}
	writeJSON(w, set)
}

// broken answers for a fault of ours, which is logged and not told.
func (p *Provider) broken(w http.ResponseWriter, r *http.Request, err error) {
	p.Logger.ErrorContext(r.Context(), "provider failed", "realm", p.cfg.Realm, "err", err)
	w.Header().Set("Retry-After", "5")
	writeError(w, http.StatusServiceUnavailable, map[string]string{"error": "server_error"})
}
