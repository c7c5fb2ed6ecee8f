package aliyun

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// algorithm is version 3 of the provider's signatures.
const algorithm = "ACS3-HMAC-SHA256"

// sign puts the headers that say what is asked, and their signature, on a
// request to the path /.
func (c *Client) sign(r *http.Request, action, version, body string) error {
	nonce := make([]byte, 16)
	if _, err := io.ReadFull(c.cfg.Random, nonce); err != nil {
		return err
	}
	signed := map[string]string{
		"host":                  r.URL.Host,
		"x-acs-action":          action,
		"x-acs-version":         version,
		"x-acs-date":            c.cfg.Now().UTC().Format(time.RFC3339),
		"x-acs-signature-nonce": hex.EncodeToString(nonce),
		"x-acs-content-sha256":  hash(body),
	}
	if kind := r.Header.Get("Content-Type"); kind != "" {
		signed["content-type"] = kind
	}
	names := slices.Sorted(maps.Keys(signed))
	var headers strings.Builder
	for _, name := range names {
		headers.WriteString(name + ":" + signed[name] + "\n")
		if name != "host" {
			r.Header.Set(name, signed[name])
		}
	}
	list := strings.Join(names, ";")
	canonical := strings.Join([]string{r.Method, "/", r.URL.RawQuery, headers.String(), list, hash(body)}, "\n")
	mac := hmac.New(sha256.New, []byte(c.cfg.KeySecret.Reveal()))
	mac.Write([]byte(algorithm + "\n" + hash(canonical)))
	r.Header.Set("Authorization",
		algorithm+" Credential="+c.cfg.KeyID+",SignedHeaders="+list+",Signature="+hex.EncodeToString(mac.Sum(nil)))
	return nil
}

// escape is the query in the canonical form: sorted, and blanks as %20.
func escape(query url.Values) string { return strings.ReplaceAll(query.Encode(), "+", "%20") }

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
