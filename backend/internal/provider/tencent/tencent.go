// Package tencent asks Tencent Cloud: faceid (2018-03-01) whether name, ID
// number and mobile number belong together, sms (2021-01-11) to send codes.
// What a result code means stands in one place, codes.go; requests are signed
// by sign.go.
package tencent

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/shared/identity"
)

// Config is an account at Tencent Cloud.
type Config struct {
	// KeyID and KeySecret are the provider's SecretId and SecretKey.
	KeyID     string
	KeySecret identity.PII
	// Region is where SMS are sent from, such as ap-guangzhou.
	Region string
	// Endpoint takes the calls instead of the provider's own addresses, such as
	// https://gateway.example.org; empty for those.
	Endpoint string
	// SMSApp, SMSSign and SMSTemplate are an application and what was approved
	// for it. The template has one parameter: the code.
	SMSApp      string
	SMSSign     string
	SMSTemplate string
	// SMSResetTemplate is the one for a new password; empty for SMSTemplate.
	SMSResetTemplate string
	// Now is the clock.
	Now func() time.Time
}

// Client implements verify.Carrier, verify.SMS, verify.Receipts and verify.Comparer. It is safe for concurrent
// use.
type Client struct {
	cfg Config
	way *cloud.Client
}

// New returns a client. It connects to nothing yet.
func New(cfg Config) *Client { return &Client{cfg: cfg, way: cloud.NewClient()} }

// api names one of the provider's products.
type api struct{ service, endpoint, version string }

var (
	faceID = api{"faceid", "https://faceid.tencentcloudapi.com", "2018-03-01"}
	sms    = api{"sms", "https://sms.tencentcloudapi.com", "2021-01-11"}
)

// call puts one question and reads its answer. Its errors are
// verify.ErrProviderUnavailable.
func (c *Client) call(ctx context.Context, of api, action string, in map[string]any, into any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return cloud.Unavailable(action, cloud.ErrRequest)
	}
	request, err := c.request(ctx, of, action, body)
	if err != nil {
		return cloud.Unavailable(action, cloud.ErrRequest)
	}
	status, answer, err := c.way.Do(request)
	if err != nil {
		return cloud.Unavailable(action, err)
	}
	var refused struct {
		Response struct{ Error struct{ Code string } }
	}
	switch {
	case json.Unmarshal(answer, &refused) != nil:
		return cloud.Unavailable(action, cloud.ErrShape)
	case refused.Response.Error.Code != "" || status != http.StatusOK:
		return cloud.Unavailable(action, &refusal{refused.Response.Error.Code})
	case json.Unmarshal(answer, &struct{ Response any }{into}) != nil:
		return cloud.Unavailable(action, cloud.ErrShape)
	}
	return nil
}

// refusal is the code of a question that was refused as a whole.
type refusal struct{ code string }

// Error implements error.
func (r *refusal) Error() string { return cloud.Code(r.code).Error() }

// request builds and signs a question.
func (c *Client) request(ctx context.Context, of api, action string, body []byte) (*http.Request, error) {
	base := of.endpoint
	if c.cfg.Endpoint != "" {
		base = c.cfg.Endpoint
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("X-TC-Action", action)
	request.Header.Set("X-TC-Version", of.version)
	request.Header.Set("X-TC-Region", c.cfg.Region)
	c.sign(request, of.service, body)
	return request, nil
}
