package tencent

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"realname.example/shared/identity"
)

func TestSignatureOfThePublicExample(t *testing.T) {
	stars := strings.Repeat("*", 32) // the key is printed so
	c := New(Config{
		KeyID: "AKID" + stars, KeySecret: identity.NewPII(stars), Region: "ap-guangzhou", Endpoint: "https://cvm.tencentcloudapi.com",
		Now: func() time.Time { return time.Unix(1551113065, 0) },
	})
	body := `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	r, err := c.request(t.Context(), api{service: "cvm", version: "2017-03-12"}, "DescribeInstances", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	want := "TC3-HMAC-SHA256 Credential=AKID" + stars + "/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, " +
		"Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
	if got := r.Header.Get("Authorization"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if r.Method != http.MethodPost || r.Header.Get("X-TC-Timestamp") != "1551113065" || r.Header.Get("X-TC-Version") != "2017-03-12" {
		t.Errorf("headers are %v", r.Header)
	}
}
