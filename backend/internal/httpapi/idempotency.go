package httpapi

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// Answers keeps the first answer to an Idempotency-Key for ten minutes. Several
// processes share it.
type Answers interface {
	// Reserve claims a key. It returns (nil, true) to the one who may go on,
	// (answer, false) where an answer is kept, and (nil, false) where another
	// is at it right now.
	Reserve(ctx context.Context, key string) (answer []byte, mine bool, err error)
	// Keep stores the answer of a reserved key.
	Keep(ctx context.Context, key string, answer []byte) error
	// Release gives a reserved key up, so that a retry runs anew.
	Release(ctx context.Context, key string) error
}

// kept is an answer as it is stored, encrypted.
type kept struct {
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body,omitempty"`
	Refusal *keptRefusal    `json:"refusal,omitempty"`
}

// keptRefusal is a refusal as it is stored.
type keptRefusal struct {
	Code     problem.Code         `json:"code"`
	Detail   string               `json:"detail"`
	Instance string               `json:"instance"`
	Errors   []problem.FieldError `json:"errors"`
}

// maxIdempotencyKey bounds the header, in bytes.
const maxIdempotencyKey = 200

// once runs a call and writes its answer. With an Idempotency-Key on an
// authenticated POST the first answer is kept and given again; body is what
// tells two requests with one key apart.
func (s *Server) once(ctx context.Context, r route, c *call, body []byte, run func() (any, error)) error {
	header := c.gin.GetHeader(api.IdempotencyHeader)
	scope := c.caller.scope()
	if header == "" || scope == "" || r.method != http.MethodPost || r.fresh {
		return s.run(r, c, run)
	}
	if len(header) > maxIdempotencyKey {
		return invalid(api.IdempotencyHeader, "too_long", "An Idempotency-Key has 200 characters at most.")
	}
	key, seal, err := answerKey(scope, c.gin.Request.URL.Path, header, body)
	if err != nil {
		return err
	}
	stored, mine, err := s.Answers.Reserve(ctx, key)
	switch {
	case err != nil:
		return fmt.Errorf("reserve idempotency key: %w", err)
	case stored != nil:
		return s.replay(r, c, seal, key, stored)
	case !mine:
		busy := refuse(problem.Busy, "The same request is still running; ask again for its answer.")
		busy.retryAfter = time.Second
		return busy
	}
	return s.runKept(ctx, r, c, key, seal, run)
}

func (s *Server) run(r route, c *call, run func() (any, error)) error {
	result, err := run()
	c.looked()
	if err != nil {
		return err
	}
	body, err := encode(result)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	answer(c.gin, r.status, body)
	return nil
}

// runKept runs a call whose key is reserved. What a retry could change is not
// kept: the server's own trouble, and a cap that will pass.
func (s *Server) runKept(ctx context.Context, r route, c *call, key string, seal cipher.AEAD, run func() (any, error)) error {
	settled := false
	defer func() {
		if !settled {
			s.settle(ctx, key, nil)
		}
	}()
	result, err := run()
	k := kept{Status: r.status}
	if err != nil {
		refused := refusalOf(err, s.Now())
		if status := refused.code.Status(); status >= 500 || status == http.StatusTooManyRequests {
			return err
		}
		k = kept{Status: refused.code.Status(), Refusal: &keptRefusal{refused.code, refused.detail, refused.instance, refused.errors}}
	} else if k.Body, err = encode(result); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	sealed, sealErr := sealAnswer(seal, key, k)
	if sealErr != nil {
		s.Logger.WarnContext(ctx, "answer was not sealed", "err", sealErr)
	}
	s.settle(ctx, key, sealed)
	settled = true
	if k.Refusal != nil {
		return err
	}
	answer(c.gin, r.status, k.Body)
	return nil
}

// settleWait is how long an answer waits until its key is settled.
const settleWait = time.Second

// settle keeps the answer of a reserved key, or gives the key up where there is none or
// it cannot be kept. The caller may be gone; it is settled all the same. Where the
// database is in trouble that goes on behind the answer, and what it does not come to
// ends by itself (reserveLife of package store).
func (s *Server) settle(ctx context.Context, key string, sealed []byte) {
	ctx = context.WithoutCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if sealed != nil && s.settled(ctx, "answer was not kept", func(ctx context.Context) error { return s.Answers.Keep(ctx, key, sealed) }) {
			return
		}
		s.settled(ctx, "idempotency key was not released", func(ctx context.Context) error { return s.Answers.Release(ctx, key) })
	}()
	wait := time.NewTimer(settleWait)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
	}
}

// settled does something within the time for the database, or logs that it failed.
func (s *Server) settled(ctx context.Context, failed string, do func(context.Context) error) bool {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err := do(ctx)
	if err != nil {
		s.Logger.WarnContext(ctx, failed, "err", err)
	}
	return err == nil
}

func (s *Server) replay(r route, c *call, seal cipher.AEAD, key string, stored []byte) error {
	k, err := openAnswer(seal, key, stored)
	if err != nil {
		return err
	}
	c.gin.Header("Idempotent-Replayed", "true")
	if k.Refusal != nil {
		return &refusal{code: k.Refusal.Code, detail: k.Refusal.Detail, instance: k.Refusal.Instance, errors: k.Refusal.Errors}
	}
	answer(c.gin, k.Status, k.Body)
	return nil
}

// answerKey returns the name under which an answer is kept, and the cipher
// that seals it. The cipher's key comes from the header alone, which is not
// stored: a dump of the database opens no answer.
func answerKey(scope, path, header string, body []byte) (string, cipher.AEAD, error) {
	bodySum := sha256.Sum256(body)
	h := sha256.New()
	for _, part := range []string{scope, path, header, string(bodySum[:])} {
		partSum := sha256.Sum256([]byte(part))
		h.Write(partSum[:])
	}
	secret, err := hkdf.Key(sha256.New, []byte(header), []byte(scope), "realname idempotency answer", 32)
	if err != nil {
		return "", nil, fmt.Errorf("derive answer key: %w", err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return "", nil, fmt.Errorf("derive answer key: %w", err)
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	return hex.EncodeToString(h.Sum(nil)), seal, err
}

func sealAnswer(seal cipher.AEAD, key string, k kept) ([]byte, error) {
	plain, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	return seal.Seal(nil, nil, plain, []byte(key)), nil //nolint:gosec // the cipher draws a nonce itself
}

func openAnswer(seal cipher.AEAD, key string, stored []byte) (kept, error) {
	var k kept
	plain, err := seal.Open(nil, nil, stored, []byte(key))
	if err != nil {
		return k, fmt.Errorf("open kept answer: %w", err)
	}
	return k, json.Unmarshal(plain, &k)
}
