package verify_test

import (
	"context"
	"slices"
	"testing"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// comparer is who has the portraits, and answers as a test says.
type comparer struct {
	got   verify.Comparison
	err   error
	asked []verify.Question
}

func (c *comparer) Compare(_ context.Context, q verify.Question) (verify.Comparison, error) {
	c.asked = append(c.asked, q)
	return c.got, c.err
}

// compared is a world whose portraits are outside.
func compared(t *testing.T) (*world, *comparer) {
	w, c := newWorld(t), &comparer{}
	w.Deps().Comparer, w.Deps().Portraits = c, nil // the registry is not asked
	w.judged.Ahead = []byte("the frame that looks ahead")
	return w, c
}

func TestAFaceIsComparedOnceLivenessHasPassed(t *testing.T) {
	for name, test := range map[string]struct {
		live verification.Reason
		got  verify.Comparison
		err  error
		to   verification.Status
		why  verification.Reason
		left int
		ask  int
	}{
		"the person":          {"", verify.Comparison{Detail: "similarity=92"}, nil, verification.Verified, "", 5, 1},
		"another":             {"", verify.Comparison{Mismatch: verification.FaceMismatch}, nil, verification.FaceRequired, verification.FaceMismatch, 4, 1},
		"taken for a picture": {"", verify.Comparison{Mismatch: verification.LivenessFailed}, nil, verification.FaceRequired, verification.LivenessFailed, 4, 1},
		"not alive":           {verification.LivenessFailed, verify.Comparison{}, nil, verification.FaceRequired, verification.LivenessFailed, 4, 0},
		"nobody":              {"", verify.Comparison{Mismatch: verification.IdentityNotFound}, nil, verification.Rejected, verification.IdentityNotFound, 5, 1},
		"another name":        {"", verify.Comparison{Mismatch: verification.NameMismatch}, nil, verification.Rejected, verification.NameMismatch, 5, 1},
		"no portrait":         {"", verify.Comparison{Mismatch: verification.PortraitMissing}, nil, verification.InReview, verification.PortraitMissing, 5, 1},
		"a poor portrait":     {"", verify.Comparison{Mismatch: verification.PortraitPoor}, nil, verification.InReview, verification.PortraitPoor, 5, 1},
		"too often today":     {"", verify.Comparison{}, &verify.LimitError{Bucket: verify.BucketFailsID}, verification.InReview, verification.PortraitPoor, 5, 1},
		"away":                {"", verify.Comparison{}, verify.ErrProviderUnavailable, verification.Capturing, "", 5, 1},
		"a frame of no use":   {"", verify.Comparison{}, &verify.QualityError{Hint: verify.HintFaceCamera}, verification.Capturing, "", 5, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, c := compared(t)
			id, token := w.capturing()
			w.judged.Failed, c.got, c.err = test.live, test.got, test.err
			w.judge(token)
			v := w.look("demo", id)
			w.want(v, test.to, test.why)
			if v.AttemptsLeft != test.left || len(c.asked) != test.ask {
				t.Errorf("%d attempts left, asked %d times", v.AttemptsLeft, len(c.asked))
			}
			if told := slices.ContainsFunc(w.trail("demo"), func(e verify.AccountEntry) bool { return e.Event == verify.EventPortraitAsked }); told != (test.ask > 0) {
				t.Errorf("the trail says that a picture went out: %v", told)
			}
		})
	}
}

func (w *world) trail(account string) []verify.AccountEntry {
	w.Helper()
	entries, err := w.store.Entries(w.Context(), account)
	if err != nil {
		w.Fatal(err)
	}
	return entries
}

// Each capture is asked about under a name of its own, by which a question that comes
// again is told and nobody is.
func TestEachCaptureHasANameOfItsOwn(t *testing.T) {
	w, c := compared(t)
	_, token := w.capturing()
	c.err = verify.ErrProviderUnavailable
	w.judge(token)
	c.err = nil
	w.judge(token)
	if len(c.asked) != 2 || c.asked[0].Capture == c.asked[1].Capture {
		t.Fatalf("asked %d times, as %+v", len(c.asked), c.asked)
	}
	for _, q := range c.asked {
		if len(q.Capture) != 32 || string(q.JPEG) != "the frame that looks ahead" || q.Who.Number.Reveal() != zhang.Number {
			t.Errorf("asked %+v", q)
		}
	}
}

func TestWhatNobodyOutsideKnowsIsNotSentThere(t *testing.T) {
	w, c := compared(t)
	r := byFace(zhang)
	r.CertificateType, r.Name, r.Number = string(identity.Passport), "ZHANG WEI", "E12345678"
	v := w.begin("demo", r)
	w.judge(w.consented(v.ID))
	w.want(w.look("demo", v.ID), verification.InReview, verification.PortraitMissing)
	if len(c.asked) != 0 {
		t.Errorf("asked %d times", len(c.asked))
	}
}
