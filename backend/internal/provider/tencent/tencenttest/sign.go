package tencenttest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// skew is how far the clocks may be apart.
const skew = 5 * time.Minute

// products are the service and version of each action here.
var products = map[string][2]string{
	"PhoneVerification":              {"faceid", "2018-03-01"},
	"IdCardVerification":             {"faceid", "2018-03-01"},
	"SendSms":                        {"sms", "2021-01-11"},
	"PullSmsSendStatusByPhoneNumber": {"sms", "2021-01-11"},
	"ImageRecognitionV2":             {"faceid", "2018-03-01"},
}

// authorization is the form of the header that carries the signature.
var authorization = regexp.MustCompile(
	`^TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/([a-z]+)/tc3_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

// Verify implements providertest.Protocol: signature method 3 of the provider,
// from its public description.
func (protocol) Verify(r *http.Request, body []byte, now time.Time) error {
	action := r.Header.Get("X-TC-Action")
	product, known := products[action]
	form := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/" || r.URL.RawQuery != "":
		return fmt.Errorf("%s %s is not how it is asked", r.Method, r.URL.Path)
	case form == nil:
		return errors.New("no signature in the right form")
	case form[1] != KeyID:
		return errors.New("another key")
	case !known || form[3] != product[0] || r.Header.Get("X-TC-Version") != product[1]:
		return fmt.Errorf("%s is not of %s %s", action, form[3], r.Header.Get("X-TC-Version"))
	}
	seconds, err := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
	at := time.Unix(seconds, 0).UTC()
	if err != nil || at.Format(time.DateOnly) != form[2] || now.Sub(at).Abs() > skew {
		return errors.New("not signed now")
	}
	return verifyAt(r, body, KeySecret, at, form[3], strings.Split(form[4], ";"), form[5])
}

// verifyAt compares the signature of a request with the one it should have.
func verifyAt(r *http.Request, body []byte, secret string, at time.Time, service string, signed []string, signature string) error {
	if !slices.Contains(signed, "host") || !slices.Contains(signed, "content-type") || !slices.IsSorted(signed) {
		return errors.New("host and content-type must be signed, in their order")
	}
	request := r.Method + "\n/\n\n"
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		request += name + ":" + strings.ToLower(strings.TrimSpace(value)) + "\n"
	}
	request += "\n" + strings.Join(signed, ";") + "\n" + digest(body)
	day := at.Format(time.DateOnly)
	text := fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s/%s/tc3_request\n%s", at.Unix(), day, service, digest([]byte(request)))
	key := []byte("TC3" + secret)
	for _, part := range []string{day, service, "tc3_request", text} {
		key = mac(key, part)
	}
	if hex.EncodeToString(key) != signature {
		return errors.New("the signature does not fit")
	}
	return nil
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
