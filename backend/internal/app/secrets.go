package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"realname.example/backend/internal/config"
)

// Names of the files that a first start makes in the data folder. All can be
// read by their owner only.
const (
	sandboxPasswordFile = "sandbox-password"
	certificateFile     = "tls-cert.pem"
	certificateKeyFile  = "tls-key.pem"
)

// secretLine returns what is configured, else the line of a file, else a new
// secret that is written there.
func secretLine(configured, folder, name string, fresh func() (string, error)) (string, error) {
	if configured != "" {
		return configured, nil
	}
	path := filepath.Join(folder, name)
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the data folder
	if err == nil {
		if line := strings.TrimSpace(string(data)); line != "" {
			return line, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	line, err := fresh()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return line, nil
}

// freshPassword draws a password that is easy to type: two groups of letters,
// 50 bits.
func freshPassword() (string, error) {
	text := strings.ToLower(rand.Text())
	return text[:5] + "-" + text[5:10], nil
}

// certificate returns the configured certificate, or the self-signed one of
// the data folder, which a first start makes.
func certificate(cfg config.Config, now time.Time) (cert tls.Certificate, selfSigned bool, err error) {
	if cfg.TLSCert != "" {
		cert, err = tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
		if err != nil {
			return cert, false, fmt.Errorf("load REALNAME_TLS_CERT: %w", err)
		}
		return cert, false, nil
	}
	certPath, keyPath := filepath.Join(cfg.Data, certificateFile), filepath.Join(cfg.Data, certificateKeyFile)
	cert, err = tls.LoadX509KeyPair(certPath, keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeCertificate(certPath, keyPath, now); err == nil {
			cert, err = tls.LoadX509KeyPair(certPath, keyPath)
		}
	}
	if err != nil {
		return cert, true, fmt.Errorf("prepare certificate: %w", err)
	}
	return cert, true, nil
}

// makeCertificate writes a self-signed certificate for this machine's names
// and addresses, good for ten years: the apps pin its key, not its dates.
func makeCertificate(certPath, keyPath string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Realname"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"},
	}
	if name, err := os.Hostname(); err == nil {
		template.DNSNames = append(template.DNSNames, name)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok {
			template.IPAddresses = append(template.IPAddresses, network.IP)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
}

// keyHash returns the SHA-256 of a certificate's public key.
func keyHash(cert tls.Certificate) ([32]byte, error) {
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return [32]byte{}, fmt.Errorf("read certificate: %w", err)
	}
	return sha256.Sum256(leaf.RawSubjectPublicKeyInfo), nil
}

// keyHashText is the form of api.Server.KeyHash.
func keyHashText(sum [32]byte) string { return base64.RawURLEncoding.EncodeToString(sum[:]) }
