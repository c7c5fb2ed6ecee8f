package providertest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/jpeg"
	"net/http"
	"sync"
	"testing"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Picture reports whether a parameter is a picture as the clouds take them.
func Picture(parameter string) bool {
	data, err := base64.StdEncoding.DecodeString(parameter)
	if err != nil {
		return false
	}
	_, err = jpeg.Decode(bytes.NewReader(data))
	return err == nil
}

// Asked is a comparison about Agreeing, with a picture of nobody.
func Asked(t testing.TB) verify.Question {
	t.Helper()
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	return verify.Question{Who: Agreeing, JPEG: picture.Bytes(), Capture: "00112233445566778899aabbccddeeff"}
}

// RunComparer runs the suite for who compares faces with portraits of their own.
func RunComparer(t *testing.T, c verify.Comparer) {
	for name, test := range map[string]struct {
		who  verify.Identity
		want verification.Reason
	}{
		"the person": {Agreeing, ""}, "rare character": {Rare, ""}, "nobody": {Nobody, verification.IdentityNotFound},
		"another name": {person("张三", Agreeing.Number.Reveal(), ""), verification.NameMismatch},
	} {
		q := Asked(t)
		q.Who = test.who
		if got, err := c.Compare(t.Context(), q); err != nil || got.Mismatch != test.want {
			t.Errorf("%s: got %+v, %v, want %q", name, got, err, test.want)
		}
	}
	bad := Asked(t)
	bad.JPEG = []byte("no picture")
	got, err := c.Compare(t.Context(), bad)
	if quality := new(verify.QualityError); !errors.As(err, &quality) || got != (verify.Comparison{}) || !verify.Refused(err) {
		t.Errorf("a picture that is none: %+v, %v", got, err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := c.Compare(t.Context(), Asked(t)); err != nil || got.Mismatch != "" {
				t.Errorf("at once: %+v, %v", got, err)
			}
		})
	}
	all.Wait()
}

// Compared is what one answer about a face must come to: a verdict, or an error.
type Compared struct {
	Body     string
	Mismatch verification.Reason
	Err      error
}

// Retake and NotNow are what a Comparer says without a verdict, beside
// verify.ErrProviderUnavailable.
var (
	Retake error = &verify.QualityError{Hint: verify.HintFaceCamera}
	NotNow error = &verify.LimitError{Bucket: verify.BucketFailsID}
)

// RunCompared lets a cloud give each answer, and checks what a comparer makes of it.
func RunCompared(t *testing.T, c *Cloud, action string, comparer verify.Comparer, outcomes []Compared) {
	t.Helper()
	for _, o := range outcomes {
		c.Say(action, http.StatusOK, o.Body)
		before := c.Asked(action)
		got, err := comparer.Compare(t.Context(), Asked(t))
		if got.Mismatch != o.Mismatch || err != nil && got != (verify.Comparison{}) {
			t.Errorf("%s: got %+v, want %q", o.Body, got, o.Mismatch)
		}
		if !sameKind(err, o.Err) {
			t.Errorf("%s: got %v, want %v", o.Body, err, o.Err)
		}
		if n := c.Asked(action) - before; n != 1 {
			t.Errorf("%s: asked %d times, and each is paid for", o.Body, n)
		}
		MustHide(t, err, Agreeing)
	}
}

// sameKind compares errors but for their time.
func sameKind(got, want error) bool {
	limit, quality := new(verify.LimitError), new(verify.QualityError)
	switch {
	case want == nil:
		return got == nil
	case errors.As(want, &limit):
		return errors.As(got, &limit) && limit.Bucket == verify.BucketFailsID && !limit.RetryAt.IsZero()
	case errors.As(want, &quality):
		return errors.As(got, &quality)
	}
	return errors.Is(got, want)
}
