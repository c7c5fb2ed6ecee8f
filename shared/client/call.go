package client

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// maxAnswer bounds what is read of an answer; the largest, an export with the
// pictures of several reviews, stays below.
const maxAnswer = 16 << 20

// retryPause is how long a call whose connection failed waits for its second
// try.
const retryPause = 400 * time.Millisecond

// call is one request before it is sent. A body may be sent twice, one that still
// grows only once.
type call struct {
	method      string
	path        string
	token       string
	contentType string
	body        []byte
	grows       io.Reader // in the place of body
	timeout     time.Duration
	sent        func(done, total int64)
}

// send makes a call with a JSON body and decodes the JSON answer into Out.
func send[Out any](ctx context.Context, c *Client, method, path, token string, in any) (Out, error) {
	var out Out
	call := call{method: method, path: path, token: token, timeout: c.timeout}
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return out, fmt.Errorf("encode request: %w", err)
		}
		call.body, call.contentType = body, "application/json"
	}
	err := c.do(ctx, call, &out)
	return out, err
}

// do makes a call, once more with the same idempotency key where the
// connection failed and a second arrival does no harm.
func (c *Client) do(ctx context.Context, call call, out any) error {
	key := ""
	if call.method == http.MethodPost && call.token != "" {
		var err error
		if key, err = c.key(); err != nil {
			return err
		}
	}
	err := c.try(ctx, call, key, out)
	again := key != "" || call.method == http.MethodGet || call.method == http.MethodPut
	if !again || !retryable(err) || ctx.Err() != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return err
	case <-c.clock.After(retryPause):
	}
	return c.try(ctx, call, key, out)
}

// key draws an idempotency key.
func (c *Client) key() (string, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(c.random, raw); err != nil {
		return "", fmt.Errorf("draw idempotency key: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

func (c *Client) try(ctx context.Context, call call, key string, out any) error {
	ctx, cancel := context.WithTimeout(ctx, call.timeout)
	defer cancel()
	request, err := c.request(ctx, call)
	if err != nil {
		return err
	}
	if key != "" {
		request.Header.Set(api.IdempotencyHeader, key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return transportError(err)
	}
	defer response.Body.Close()
	if err := refusal(response, c.clock.Now()); err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return &UnreachableError{Err: fmt.Errorf("read answer: %w", err)}
	}
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return foreign(response.StatusCode)
	}
	return nil
}

func (c *Client) request(ctx context.Context, call call) (*http.Request, error) {
	body := call.grows
	if call.body != nil {
		body = bytes.NewReader(call.body)
		if call.sent != nil {
			body = &counter{from: body, total: int64(len(call.body)), sent: call.sent}
		}
	}
	request, err := http.NewRequestWithContext(ctx, call.method, c.server+call.path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if call.contentType != "" {
		request.Header.Set("Content-Type", call.contentType)
	}
	if call.body != nil {
		request.ContentLength = int64(len(call.body))
	}
	if call.sent != nil || call.grows != nil {
		// A proxy that takes no such size says so before the upload, not by
		// cutting it off. A browser leaves this header out.
		request.Header.Set("Expect", "100-continue")
	}
	if call.token != "" {
		request.Header.Set("Authorization", "Bearer "+call.token)
	}
	if c.device != "" {
		request.Header.Set(api.DeviceHeader, api.EncodeDevice(c.device))
	}
	if c.language != nil {
		request.Header.Set("Accept-Language", c.language())
	}
	request.Header.Set("Accept", "application/json, "+problem.ContentType)
	return request, nil
}

// refusal returns nil for a success, the problem of a problem document, and
// an UnreachableError for an answer that is not the backend's.
func refusal(response *http.Response, now time.Time) error {
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != problem.ContentType {
		return foreign(response.StatusCode)
	}
	var p problem.Problem
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&p); err != nil || p.Code == "" {
		return foreign(response.StatusCode)
	}
	p.Status = response.StatusCode
	p.RetryAfter = retryAfter(response.Header, now)
	return &p
}

// retryAfter reads the header's two forms: seconds, or a date. A date is counted
// from the answer's own, where it has one: the clock here may differ.
func retryAfter(h http.Header, now time.Time) time.Duration {
	header := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		if said, err := http.ParseTime(h.Get("Date")); err == nil {
			now = said
		}
		return max(at.Sub(now), 0)
	}
	return 0
}

// pathOf fills the {id} of a path.
func pathOf(path string, id verification.ID) string {
	return strings.Replace(path, "{id}", url.PathEscape(string(id)), 1)
}

// counter tells how much of a body the transport has taken.
type counter struct {
	from        io.Reader
	done, total int64
	sent        func(done, total int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.done += int64(n)
	c.sent(c.done, c.total)
	return n, err
}
