// Package aliyun asks Alibaba Cloud: cloudauth (2019-03-07) whether name, ID
// number and mobile number belong together, dysmsapi (2017-05-25) to send
// codes. What a result code means stands in one table, codes.go; requests are
// signed by sign.go.
package aliyun

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/shared/identity"
)

// Config is an account at Alibaba Cloud.
type Config struct {
	// KeyID and KeySecret are the provider's AccessKey.
	KeyID     string
	KeySecret identity.PII
	// Endpoint takes the calls instead of the provider's own addresses, such as
	// https://gateway.example.org; empty for those.
	Endpoint string
	// SMSSign and SMSTemplate are what was approved for the account. The
	// template has one parameter, named code.
	SMSSign     string
	SMSTemplate string
	// SMSResetTemplate is the one for a new password; empty for SMSTemplate.
	SMSResetTemplate string
	// FaceScene is the SceneId under which faces are compared.
	FaceScene string
	// Now is the clock; Random a source of nonces.
	Now    func() time.Time
	Random io.Reader
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
type api struct{ endpoint, version string }

var (
	cloudAuth = api{"https://cloudauth.aliyuncs.com", "2019-03-07"}
	sms       = api{"https://dysmsapi.aliyuncs.com", "2017-05-25"}
)

// question is one call. The provider says of each parameter whether it rides
// in the query or in the form.
type question struct {
	api
	action      string
	query, form url.Values
}

// call puts one question and reads its answer. Its errors are
// verify.ErrProviderUnavailable.
func (c *Client) call(ctx context.Context, q question, into any) error {
	request, err := c.request(ctx, q)
	if err != nil {
		return cloud.Unavailable(q.action, cloud.ErrRequest)
	}
	status, body, err := c.way.Do(request)
	if err != nil {
		return cloud.Unavailable(q.action, err)
	}
	if status != http.StatusOK {
		var refused struct{ Code string }
		_ = json.Unmarshal(body, &refused) // a refusal without a code is told as one
		return cloud.Unavailable(q.action, cloud.Code(refused.Code))
	}
	if json.Unmarshal(body, into) != nil {
		return cloud.Unavailable(q.action, cloud.ErrShape)
	}
	return nil
}

// request builds and signs a question.
func (c *Client) request(ctx context.Context, q question) (*http.Request, error) {
	base := q.endpoint
	if c.cfg.Endpoint != "" {
		base = c.cfg.Endpoint
	}
	body := q.form.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/?"+escape(q.query), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request, c.sign(request, q.action, q.version, body)
}
