package verify

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"realname.example/shared/verification"
)

// Deps are what a Service hangs on. All are required but Logger, Frames, Receipts,
// Comparer and Mail.
type Deps struct {
	Store   Store
	Carrier Carrier
	SMS     SMS
	// Receipts says what became of the messages of SMS; without it nobody is asked.
	Receipts  Receipts
	Portraits Portraits
	// Mail sends codes for a new password; without it there are none by e-mail.
	Mail Mail
	// Comparer has the portraits where it is set, and Portraits is not asked.
	Comparer Comparer
	Face     FaceJudge
	Pictures PictureJudge
	// Frames tells frames that come again compressed or cropped anew; without
	// it only those that come again as they were are told.
	Frames     FrameSearcher
	Affiliates Affiliates
	Publisher  Publisher
	// Consent returns the version of the text that a purpose is asked consent for
	// now.
	Consent func(Purpose) (version string)
	// Now is the clock.
	Now func() time.Time
	// Random is a source of secret bytes.
	Random io.Reader
	// MAC returns a keyed hash of a value under a label, so that short secrets
	// such as SMS codes cannot be searched in a dump.
	MAC    func(label, value string) []byte
	Logger *slog.Logger
}

// Service carries out the calls of the API. Its methods are safe for
// concurrent use; several Services over one Store work together.
type Service struct {
	deps Deps
	cfg  Config
	// running counts judgements in the background, for Drain.
	running sync.WaitGroup
	// pruned is when old data was last deleted, in Unix seconds.
	pruned atomic.Int64
}

// New returns a Service.
func New(cfg Config, deps Deps) *Service {
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	clock := deps.Now
	// Stores keep microseconds; a time must equal itself after a round trip.
	deps.Now = func() time.Time { return clock().UTC().Truncate(time.Microsecond) }
	return &Service{deps: deps, cfg: cfg}
}

// Drain waits until no judgement runs in the background, or until ctx ends.
func (s *Service) Drain(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Caller is a signed-in person at a PC.
type Caller struct {
	AccountID string
	Username  string
	Origin
	// Address is what caps count the client as; Trusted ones have caps of their
	// own, since many people share them.
	Address string
	Trusted bool
}

// Request begins a case. Identity is as typed; Affiliate is set for that
// method alone.
type Request struct {
	Method          verification.Method
	CertificateType string
	Name            string
	Number          string
	Mobile          string
	Affiliate       string
	// Consent is what the person agreed to before the carrier is asked; nil from
	// clients that do not say.
	Consent *Consent
}

// Purpose is what a consent is for.
type Purpose string

// The purposes.
const (
	// PurposeFace is the face scan on the phone.
	PurposeFace Purpose = "face"
	// PurposeReview is to hand in pictures of a card and of oneself for a review.
	PurposeReview Purpose = "review"
	// PurposeMobile is the check of name, number and mobile number at a carrier.
	PurposeMobile Purpose = "mobile"
)

// Consent is a text that a person read and agreed to.
type Consent struct {
	Version string
	// Language is the one in which it was shown, "" where the client does not
	// say.
	Language string
}

// String is how audit entries keep it: face-2, or face-2 zh.
func (c Consent) String() string { return strings.TrimSpace(c.Version + " " + c.Language) }

// Handoff is a fresh ticket and typed code, in clear, for the PC alone.
type Handoff struct {
	Ticket             string
	ExpiresAt          time.Time
	TypedCode          string
	TypedCodeExpiresAt time.Time
}

// ClaimRequest is a phone that takes a hand-off by ticket or typed code.
type ClaimRequest struct {
	Ticket    string
	TypedCode string
	Device    string
	PublicKey []byte // Ed25519
	Origin    Origin
	Address   string
	Trusted   bool // as Caller.Trusted
	// AccountID is that of the bearer which the phone sent along; empty
	// without one.
	AccountID string
}

// Claimed is the phone's token, in clear, and who asks.
type Claimed struct {
	Token string
	Ask   Ask
}

// Ask is what a phone shows before the person agrees; names are masked.
type Ask struct {
	Account string
	PC      string
	Network string
	Name    string
}

// PhoneView is what the phone sees of a case: never the number.
type PhoneView struct {
	verification.View
	Ask       Ask
	Confirmed bool
	Consented bool
}

// ReviewItem is a case in review as an operator sees it: in full.
type ReviewItem struct {
	View      verification.View
	AccountID string
	// Account is the masked username.
	Account  string
	Identity Identity
	Asked    verification.Reason
	Since    time.Time
	// Pictures are those that were handed in and not deleted yet; Declined is true
	// where the person chose to send none.
	Pictures []PictureRecord
	Declined bool
	// Likeness is Review.Likeness.
	Likeness float64
}

// Ledger is what is stored of an account and what happened with it.
type Ledger struct {
	Bound   *Bound
	Joined  []Joined
	Cases   []*Case
	Entries []AccountEntry
	Frames  Remembered
	// Pictures are those that reviews may still show.
	Pictures []PictureRecord
}
