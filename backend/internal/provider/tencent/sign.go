package tencent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// algorithm is version 3 of the provider's signatures.
const algorithm = "TC3-HMAC-SHA256"

// sign puts the time and the signature on a request to the path /.
func (c *Client) sign(r *http.Request, service string, body []byte) {
	now := c.cfg.Now().UTC()
	stamp, day := strconv.FormatInt(now.Unix(), 10), now.Format(time.DateOnly)
	const names = "content-type;host;x-tc-action"
	headers := "content-type:" + r.Header.Get("Content-Type") + "\nhost:" + r.URL.Host +
		"\nx-tc-action:" + strings.ToLower(r.Header.Get("X-TC-Action")) + "\n"
	canonical := strings.Join([]string{r.Method, "/", "", headers, names, hash(body)}, "\n")
	scope := day + "/" + service + "/tc3_request"
	text := strings.Join([]string{algorithm, stamp, scope, hash([]byte(canonical))}, "\n")
	key := mac(mac(mac([]byte("TC3"+c.cfg.KeySecret.Reveal()), day), service), "tc3_request")
	r.Header.Set("X-TC-Timestamp", stamp)
	r.Header.Set("Authorization", algorithm+" Credential="+c.cfg.KeyID+"/"+scope+
		", SignedHeaders="+names+", Signature="+hex.EncodeToString(mac(key, text)))
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
