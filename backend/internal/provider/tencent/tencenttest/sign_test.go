package tencenttest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The worked example of the provider's public description of method 3, whose
// key is printed there as 32 stars.
const (
	exampleSecret    = "********************************"
	exampleBody      = `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	exampleSignature = "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
)

func example() *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://cvm.tencentcloudapi.com/", nil)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("X-TC-Action", "DescribeInstances")
	return r
}

func TestVerifyAgreesWithThePublicExample(t *testing.T) {
	at := time.Unix(1551113065, 0).UTC()
	signed := strings.Split("content-type;host;x-tc-action", ";")
	check := func(r *http.Request, body, secret string, at time.Time, signed []string) error {
		return verifyAt(r, []byte(body), secret, at, "cvm", signed, exampleSignature)
	}
	if err := check(example(), exampleBody, exampleSecret, at, signed); err != nil {
		t.Fatal(err)
	}
	other := example()
	other.Header.Set("X-TC-Action", "RunInstances")
	elsewhere := example()
	elsewhere.Host = "cvm.example.org"
	for name, err := range map[string]error{
		"body":    check(example(), exampleBody+" ", exampleSecret, at, signed),
		"secret":  check(example(), exampleBody, exampleSecret+"x", at, signed),
		"time":    check(example(), exampleBody, exampleSecret, at.Add(time.Second), signed),
		"action":  check(other, exampleBody, exampleSecret, at, signed),
		"host":    check(elsewhere, exampleBody, exampleSecret, at, signed),
		"headers": check(example(), exampleBody, exampleSecret, at, signed[:2]),
		"no host": check(example(), exampleBody, exampleSecret, at, signed[:1]),
	} {
		if err == nil {
			t.Errorf("a changed %s was accepted", name)
		}
	}
}
