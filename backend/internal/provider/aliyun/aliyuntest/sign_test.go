package aliyuntest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The worked example of the provider's public description of version 3.
const (
	exampleSecret    = "YourAccessKeySecret"
	exampleQuery     = "RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
	exampleSignature = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
)

func example() *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://ecs.cn-shanghai.aliyuncs.com/?"+exampleQuery, nil)
	r.Header.Set("x-acs-action", "RunInstances")
	r.Header.Set("x-acs-version", "2014-05-26")
	r.Header.Set("x-acs-date", "2023-10-26T10:22:32Z")
	r.Header.Set("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d")
	r.Header.Set("x-acs-content-sha256", digest(nil))
	return r
}

func TestVerifyAgreesWithThePublicExample(t *testing.T) {
	signed := strings.Split("host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version", ";")
	if err := verify(example(), nil, exampleSecret, signed, exampleSignature); err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*http.Request)) *http.Request {
		r := example()
		change(r)
		return r
	}
	for name, r := range map[string]*http.Request{
		"query":    changed(func(r *http.Request) { r.URL.RawQuery += "1" }),
		"host":     changed(func(r *http.Request) { r.Host = "ecs.example.org" }),
		"action":   changed(func(r *http.Request) { r.Header.Set("x-acs-action", "StopInstances") }),
		"nonce":    changed(func(r *http.Request) { r.Header.Set("x-acs-signature-nonce", "1") }),
		"hash":     changed(func(r *http.Request) { r.Header.Set("x-acs-content-sha256", digest([]byte("x"))) }),
		"unsigned": changed(func(r *http.Request) { r.Header.Set("x-acs-security-token", "x") }),
		"content":  changed(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }),
	} {
		if verify(r, nil, exampleSecret, signed, exampleSignature) == nil {
			t.Errorf("a changed %s was accepted", name)
		}
	}
	if verify(example(), []byte("x"), exampleSecret, signed, exampleSignature) == nil {
		t.Error("another body was accepted")
	}
	if verify(example(), nil, "other", signed, exampleSignature) == nil {
		t.Error("another secret was accepted")
	}
	if verify(example(), nil, exampleSecret, signed[1:], exampleSignature) == nil {
		t.Error("an unsigned host was accepted")
	}
}
