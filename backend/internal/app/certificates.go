package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"realname.example/backend/internal/config"
)

// certificates hands out the server's certificate and reads it again once its
// files have changed, so that a renewed one needs no restart. One that cannot be
// read, such as a certificate whose key is not there yet, leaves the one before
// in force.
type certificates struct {
	certPath, keyPath string
	logger            *slog.Logger

	mu      sync.Mutex
	cert    *tls.Certificate
	hash    string // of its key, as api.Server.KeyHash
	loaded  stamp  // of the files that cert was read from
	refused stamp  // of those that could not be read, said once
}

// stamp tells two states of the certificate's files apart.
type stamp struct {
	cert, key         time.Time
	certSize, keySize int64
}

func stampOf(certPath, keyPath string) (stamp, error) {
	cert, err := os.Stat(certPath)
	if err != nil {
		return stamp{}, err
	}
	key, err := os.Stat(keyPath)
	if err != nil {
		return stamp{}, err
	}
	return stamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}

// openCertificates reads the configured certificate, or the self-signed one of
// the data folder.
func openCertificates(cfg config.Config, now time.Time, logger *slog.Logger) (c *certificates, selfSigned bool, err error) {
	first, selfSigned, err := certificate(cfg, now)
	if err != nil {
		return nil, selfSigned, err
	}
	c = &certificates{
		certPath: cmp.Or(cfg.TLSCert, filepath.Join(cfg.Data, certificateFile)),
		keyPath:  cmp.Or(cfg.TLSKey, filepath.Join(cfg.Data, certificateKeyFile)),
		logger:   logger,
	}
	if err := c.take(&first); err != nil {
		return nil, selfSigned, err
	}
	c.loaded, _ = stampOf(c.certPath, c.keyPath) // where it fails, the next handshake reads again
	return c, selfSigned, nil
}

func (c *certificates) take(cert *tls.Certificate) error {
	sum, err := keyHash(*cert)
	if err != nil {
		return err
	}
	c.cert, c.hash = cert, keyHashText(sum)
	return nil
}

// get is tls.Config.GetCertificate.
func (c *certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := stampOf(c.certPath, c.keyPath)
	if err != nil || now == c.loaded || now == c.refused {
		return c.cert, nil // being replaced, or as it was
	}
	if err := c.read(now); err != nil {
		c.refused = now
		c.logger.WarnContext(hello.Context(), "the new certificate cannot be used; the one before stays in force", "err", err)
		return c.cert, nil
	}
	c.logger.InfoContext(hello.Context(), "the certificate was read again", "key_hash", c.hash)
	return c.cert, nil
}

func (c *certificates) read(now stamp) error {
	next, err := tls.LoadX509KeyPair(c.certPath, c.keyPath)
	if err != nil {
		return err
	}
	if err := c.take(&next); err != nil {
		return err
	}
	c.loaded, c.refused = now, stamp{}
	return nil
}

// reload reads the files now, whatever they were.
func (c *certificates) reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := stampOf(c.certPath, c.keyPath)
	if err == nil {
		err = c.read(now)
	}
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	return nil
}

// keyHash returns that of the key in force.
func (c *certificates) keyHash() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hash
}

// Reload reads again what an operator replaces while the server runs: the
// certificate and its key. Where they cannot be read, those before stay in force.
func (a *App) Reload(ctx context.Context) {
	if a.certificates == nil {
		return
	}
	if err := a.certificates.reload(); err != nil {
		a.logger.WarnContext(ctx, "the new certificate cannot be used; the one before stays in force", "err", err)
		return
	}
	a.logger.InfoContext(ctx, "the certificate was read again", "key_hash", a.certificates.keyHash())
}

// KeyHash is that of the TLS key in force; empty for plain HTTP.
func (a *App) KeyHash() string {
	if a.certificates == nil {
		return ""
	}
	return a.certificates.keyHash()
}
