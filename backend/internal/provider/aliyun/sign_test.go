package aliyun

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/url"
	"testing"
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

func TestSignatureOfThePublicExample(t *testing.T) {
	nonce, err := hex.DecodeString("3156853299f313e23d1673dc12e1703d")
	if err != nil {
		t.Fatal(err)
	}
	c := New(Config{
		KeyID: "YourAccessKeyId", KeySecret: identity.NewPII("YourAccessKeySecret"), Endpoint: "https://ecs.cn-shanghai.aliyuncs.com",
		Now:    func() time.Time { return time.Date(2023, 10, 26, 10, 22, 32, 0, time.UTC) },
		Random: bytes.NewReader(nonce),
	})
	r, err := c.request(t.Context(), question{api: api{version: "2014-05-26"}, action: "RunInstances", query: url.Values{
		"RegionId": {"cn-shanghai"}, "ImageId": {"win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	const want = "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;" +
		"x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got := r.Header.Get("Authorization"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNoRandomnessIsNoCall(t *testing.T) {
	c := New(Config{Endpoint: "http://127.0.0.1:1", Now: time.Now, Random: bytes.NewReader(nil)})
	if _, err := c.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); !errors.Is(err, cloud.ErrRequest) {
		t.Errorf("a request without a nonce: %v", err)
	}
}
