package verify

import (
	"maps"
	"time"
)

// Trace records that a subject did something with an item, and limits how
// often. The store keeps keyed hashes of subject and item, never their text.
type Trace struct {
	Bucket  Bucket
	Subject string
	// Item is what is counted: traces of one item count once. Empty: each
	// trace counts.
	Item   string
	At     time.Time
	Limits []Limit
	// Of is the limit that the trace is counted towards where another step asks
	// whether it is reached: it stops nothing here, and tells how near it is.
	Of Limit
}

// Counted asks how many traces of a subject (or different items) a bucket has since a
// moment.
type Counted struct {
	Bucket  Bucket
	Subject string
	Since   time.Time
}

// Limit allows N traces (or different items) of a subject in a Window. A trace
// that would exceed it fails the whole change with *LimitError.
type Limit struct {
	N      int
	Window time.Duration
}

// Bucket names a kind of Trace.
type Bucket string

// The buckets.
const (
	BucketSMSNumber   Bucket = "sms_number"
	BucketSMSAccount  Bucket = "sms_account"
	BucketSMSAddress  Bucket = "sms_address"
	BucketSMSAll      Bucket = "sms_all"
	BucketResetNumber Bucket = "reset_number" // codes for a new password
	BucketResetMail   Bucket = "reset_mail"   // the same by e-mail

	// BucketExport is no trace: what is exported waits after a new password.
	BucketExport       Bucket = "export_after_reset"
	BucketIDsOfAccount Bucket = "ids_of_account"
	BucketAccountsOfID Bucket = "accounts_of_id"
	BucketIDsOfPhone   Bucket = "ids_of_phone"
	BucketFailsAccount Bucket = "fails_of_account"
	BucketFailsID      Bucket = "fails_of_id"
	BucketClaimAddress Bucket = "claim_address"
	BucketChallenge    Bucket = "challenge"
	BucketSignIn       Bucket = "sign_in"
	BucketFlag         Bucket = "flag" // an operator flagged the account

	// Tickets that were asked for in a case.
	BucketHandoff Bucket = "handoff"

	// Face attempts that were spent, by each who could have spent them.
	BucketFacesAccount Bucket = "faces_of_account"
	BucketFacesID      Bucket = "faces_of_id"
	BucketFacesPhone   Bucket = "faces_of_phone"
	// Captures that were taken for judgement.
	BucketCapturesID Bucket = "captures_of_id"
	// Pictures that were handed in for a review, taken or not.
	BucketPictures Bucket = "pictures"
	// Reviews that an operator refused, of an account and of what it stated.
	BucketReviewsAccount   Bucket = "reviews_of_account"
	BucketReviewsStatement Bucket = "reviews_of_statement"
)

// bucketLives is the longest window in which each bucket is counted. It is what
// a trace lives, whatever other data is kept for: a shorter life would empty a
// cap. Zero is for good.
var bucketLives = map[Bucket]time.Duration{
	BucketSMSNumber: day, BucketSMSAccount: day, BucketSMSAddress: day, BucketSMSAll: day, BucketResetNumber: day, BucketResetMail: day,
	BucketIDsOfAccount: month, BucketAccountsOfID: month, BucketIDsOfPhone: month,
	BucketFailsAccount: day, BucketFailsID: day, BucketClaimAddress: day, BucketChallenge: day,
	BucketSignIn: day, BucketHandoff: day, BucketFlag: 0,
	BucketFacesAccount: day, BucketFacesID: day, BucketFacesPhone: day, BucketCapturesID: day,
	BucketPictures: time.Hour, BucketReviewsAccount: month, BucketReviewsStatement: month,
}

// OverAll reports whether a bucket counts everybody together. Such traces have
// neither subject nor item, and are so many that a store counts them by minute:
// a whole minute is in the window as long as part of it is.
func (b Bucket) OverAll() bool { return b == BucketSMSAll }

// Buckets lists every bucket and what its traces live; zero is for good.
func Buckets() map[Bucket]time.Duration { return maps.Clone(bucketLives) }
