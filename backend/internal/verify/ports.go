package verify

import (
	"context"
	"time"

	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// Change changes a case and says what is written beside it. It may be called again
// after a lost race, always with a fresh case.
type Change func(*Case) (Effects, error)

// Store keeps cases, bound identities, traces and the audit trail. Every
// method that writes does so in one transaction.
type Store interface {
	// Create inserts a new case and its effects and sets Version to 1. It
	// returns *ConflictError with the open case of the account where there is
	// one, ErrAlreadyVerified where the account has an identity,
	// ErrIdentityBound and *LimitError as Update does.
	Create(ctx context.Context, c *Case, e Effects) error
	// Update loads the case, calls change, and writes the case and its effects
	// where the version is still the one that was read. change may be called
	// again after a lost race, always with a fresh case. An error of change is
	// returned as it is and nothing is written; a change that leaves the case
	// as it was and has no effects writes nothing. It returns the case as
	// committed, ErrNotFound, ErrIdentityBound or *LimitError.
	Update(ctx context.Context, id verification.ID, change Change) (*Case, error)
	// Case returns ErrNotFound where there is none.
	Case(ctx context.Context, id verification.ID) (*Case, error)
	// OpenCase returns the account's case that is not final, or ErrNotFound.
	OpenCase(ctx context.Context, accountID string) (*Case, error)
	// Cases returns the account's cases, newest first.
	Cases(ctx context.Context, accountID string) ([]*Case, error)
	// CaseByKey returns the id of the case with this key, void or expired keys
	// included, or ErrNotFound.
	CaseByKey(ctx context.Context, kind KeyKind, hash string) (verification.ID, error)
	// Overdue returns up to limit cases whose EndsAt is not after now.
	Overdue(ctx context.Context, now time.Time, limit int) ([]verification.ID, error)
	// InStatus returns the cases in a status that began after the named one, by
	// their begin: all for an empty id, and at most limit, where that is not 0.
	InStatus(ctx context.Context, s verification.Status, after verification.ID, limit int) ([]*Case, error)
	// Bound returns the identity of a verified account, or ErrNotFound.
	Bound(ctx context.Context, accountID string) (*Bound, error)
	// NumberBound returns the account that a number verifies, itself or joined to the one
	// that does, by Identity.Key, or ErrNotFound.
	NumberBound(ctx context.Context, key string) (accountID string, err error)
	// MobileBound returns the accounts that were verified with a mobile number, 20
	// at most.
	MobileBound(ctx context.Context, mobile string) (accountIDs []string, err error)
	// Unbind deletes the binding of an account and writes the entry, in one
	// transaction; what its cases hold stays. The numbers that were joined to it are
	// forgotten, or go to the heir, an account that is about to be bound. It returns
	// ErrNotFound where there is no binding.
	Unbind(ctx context.Context, accountID, heir string, e Entry) error
	// Join keeps a further number of the person who verifies an account, and writes the
	// entry. It returns ErrNotFound where the account is not verified, and
	// ErrIdentityBound where the number verifies an account, itself or joined.
	Join(ctx context.Context, accountID string, who Identity, e Entry) error
	// Joined lists the numbers that were joined to an account, oldest first.
	Joined(ctx context.Context, accountID string) ([]Joined, error)
	// MoveFrom returns the case by which an account's ID is about to move, or
	// ErrNotFound; DueMoves those whose time has come, limit at most.
	MoveFrom(ctx context.Context, accountID string) (verification.ID, error)
	DueMoves(ctx context.Context, now time.Time, limit int) ([]verification.ID, error)
	// Forget deletes the traces of a subject in a bucket.
	Forget(ctx context.Context, b Bucket, subject string) error
	// Count returns how many different items (or traces without item) a
	// subject has in a bucket since a moment.
	Count(ctx context.Context, b Bucket, subject string, since time.Time) (int, error)
	// Counts is Count of each, in the order asked.
	Counts(ctx context.Context, asked ...Counted) ([]int, error)
	// Trace records one trace outside any case, with its limits, or returns
	// *LimitError.
	Trace(ctx context.Context, t Trace) error
	// Allows returns *LimitError of the first trace that would exceed its limits now;
	// it writes nothing.
	Allows(ctx context.Context, traces ...Trace) error
	// Waiting returns the actions that were drawn since a moment and not judged,
	// of the ID number, else of the account; nil where there are none. Fresh
	// ones of Effects.Drawn are refused with ErrDrawn where others wait.
	Waiting(ctx context.Context, accountID, number string, since time.Time) ([]verification.Action, error)
	// FramesSeen reports whether any of the frames is remembered. To remember
	// one twice is refused with ErrFrameSeen.
	FramesSeen(ctx context.Context, frames []string) (bool, error)
	// Prints returns what is remembered of frames of the account or of the ID
	// number.
	Prints(ctx context.Context, accountID, number string) ([]Print, error)
	// Frames says how many frames of an account are remembered.
	Frames(ctx context.Context, accountID string) (Remembered, error)
	// Entries returns the audit entries of an account's cases, oldest first.
	Entries(ctx context.Context, accountID string) ([]AccountEntry, error)
	// Erase ends the account's open case by end, deletes its bound identity and
	// the personal data of all its cases for good, forgets its frames, and writes
	// the entry, all in one transaction that no beginning of the account runs
	// beside. It returns the case that it ended, or nil. Final cases stay,
	// without personal data, as the audit trail needs them.
	Erase(ctx context.Context, accountID string, e Entry, end Change) (*Case, error)
	// Picture returns what is kept of a picture of a case's review, or ErrNotFound.
	Picture(ctx context.Context, id verification.ID, p verification.Picture) ([]byte, error)
	// PicturesOf lists the pictures that are kept of an account, oldest first.
	PicturesOf(ctx context.Context, accountID string) ([]PictureRecord, error)
	// NoteEntry adds an entry to the account's newest case. An account without cases
	// has no trail.
	NoteEntry(ctx context.Context, accountID string, e Entry) error
	// KeepReceipt notes a message about which somebody is to be asked from a moment on.
	KeepReceipt(ctx context.Context, r PendingReceipt, from time.Time) error
	// TakeReceipts returns those about which somebody is to be asked by now, limit at
	// most, each to one caller alone: nobody gets one anew before it is twice as old,
	// and not within again.
	TakeReceipts(ctx context.Context, now time.Time, again time.Duration, limit int) ([]PendingReceipt, error)
	// DropReceipt forgets a message.
	DropReceipt(ctx context.Context, r Receipt) error
	// Prune deletes the personal data of cases that ended longer than lives.Cases
	// ago and verify nobody, the pictures of reviews that ended longer than
	// lives.Pictures ago, accounts that never verified and that nobody has signed in
	// to for lives.Accounts, entries of the trail that are older than lives.Audit and
	// of no case that verifies an account, and all else that is past its own life:
	// traces by Bucket.Life, frames, waiting actions, dead keys and sessions.
	Prune(ctx context.Context, now time.Time, lives Lives) error
}

// Lives is how long data is kept after its case has ended, or without use. Accounts
// and entries of the trail are kept for good where theirs is zero.
type Lives struct{ Cases, Pictures, Accounts, Audit time.Duration }

// KeptPicture is a picture as it is kept: a JPEG of pixels alone.
type KeptPicture struct {
	Picture verification.Picture
	JPEG    []byte
	At      time.Time
}

// PictureRecord says that a picture is kept, without it.
type PictureRecord struct {
	CaseID  verification.ID
	Picture verification.Picture
	At      time.Time
}

// AccountEntry is an Entry with the case it belongs to.
type AccountEntry struct {
	CaseID verification.ID
	Seq    int64 // within the case, from 1
	Entry
}

// Joined is a further number of a person, joined by operators: certificate type and
// number alone.
type Joined struct {
	Identity Identity
	At       time.Time
}

// Carrier says whether name, number and mobile belong together. It returns
// ErrProviderUnavailable where no answer is to be had, *InputError where it
// does not take what was stated, and *LimitError of BucketFailsID where it was
// asked about this person too often.
type Carrier interface {
	Check(ctx context.Context, who Identity) (CarrierAnswer, error)
}

// CarrierAnswer is a carrier's verdict.
type CarrierAnswer struct {
	// Mismatch is empty where all agree, otherwise mobile_mismatch,
	// name_mismatch, identity_not_found or not_yet_known.
	Mismatch verification.Reason
	// HolderChanged is true where the number changed hands lately.
	HolderChanged bool
}

// SMS sends a code to a mobile number. It returns ErrProviderUnavailable,
// *InputError where the number takes no messages, or *LimitError of
// BucketSMSNumber where the sender's own cap for the number is reached.
type SMS interface {
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Mail sends a code for a new password to an address. It returns
// ErrProviderUnavailable.
type Mail interface {
	SendReset(ctx context.Context, address, code string) error
}

// Receipt names a message that a provider has taken on; it is empty where nobody
// can say later what became of it.
type Receipt struct {
	// Provider is who took it, ID what it is there. Neither says who it goes to.
	Provider, ID string
}

// Receipts says what became of messages that were taken on.
type Receipts interface {
	// Delivery returns ErrProviderUnavailable where no answer is to be had. Many
	// may ask about one message, and each gets the same answer.
	Delivery(ctx context.Context, m SentMessage) (Delivery, error)
}

// SentMessage is a message that a provider has taken on.
type SentMessage struct {
	Receipt Receipt
	Mobile  string
	At      time.Time
}

// Delivery is what became of a message. The zero value says that nobody knows yet.
type Delivery struct {
	Arrived bool
	// Failed is why it will not arrive.
	Failed verification.Undelivered
}

// Known reports whether there is no more to learn.
func (d Delivery) Known() bool { return d.Arrived || d.Failed != "" }

// PendingReceipt is a message of a case whose delivery is not known yet.
type PendingReceipt struct {
	CaseID  verification.ID
	Receipt Receipt
	// SentAt is that of the case's Code.
	SentAt time.Time
}

// Message is a code that goes to a mobile number of eleven digits.
type Message struct {
	Mobile, Code string
	// Reset is true where the code sets a new password. The text has to say so: by it
	// a person who is asked for the code knows what it would give away.
	Reset bool
}

// Portraits finds the registered portrait of a person.
type Portraits interface {
	// Portrait returns a JPEG or PNG. Mismatch is identity_not_found or
	// name_mismatch where the registry has no such person, portrait_missing
	// where it has no picture, else empty. The error is
	// ErrProviderUnavailable.
	Portrait(ctx context.Context, who Identity) (image []byte, mismatch verification.Reason, err error)
}

// Comparer compares a living face with the portrait that somebody outside has of a
// person, and does not hand out. It stands in for Portraits.
type Comparer interface {
	// Compare returns ErrProviderUnavailable where no answer is to be had,
	// *QualityError where it cannot use the picture, and *LimitError of BucketFailsID
	// where it was asked about the person too often. What may have been carried out
	// is not asked again: each comparison is paid for.
	Compare(ctx context.Context, q Question) (Comparison, error)
}

// Question is what a Comparer is asked.
type Question struct {
	Who Identity
	// JPEG is one frame, in which a living person looks ahead.
	JPEG []byte
	// Capture names the capture: 32 hexadecimal digits that say nothing of the person.
	Capture string
}

// Comparison is a Comparer's verdict.
type Comparison struct {
	// Mismatch is empty where it is the person; else face_mismatch, liveness_failed
	// (the picture is taken for one of a picture), identity_not_found, name_mismatch,
	// portrait_missing or portrait_poor.
	Mismatch verification.Reason
	// Detail is for the audit trail only.
	Detail string
}

// FaceJudge looks at faces.
type FaceJudge interface {
	// Footage begins a capture whose frames may still come; the last ones, as many as
	// lit says, are taken under the light challenge. The end of ctx ends what is looked
	// at before Judge. Trouble is called once at most, from another goroutine, once
	// nothing can come of the other frames any more, with an error of Inspect.
	Footage(ctx context.Context, lit int, trouble func(error)) Footage
}

// Footage is a capture that may be looked at while it comes. Its errors are
// ErrProviderUnavailable and *BusyError; Inspect also returns ErrFaceNotFound,
// *QualityError and *EvidenceError.
type Footage interface {
	// Add hands over the next frame, a JPEG, and does not wait.
	Add(jpeg []byte)
	// Inspect checks decoding, presence of one face and quality, quickly.
	Inspect(ctx context.Context) error
	// Judge decides liveness, and the match where there is a portrait.
	Judge(ctx context.Context, c Capture) (Judgement, error)
	// Close forgets it.
	Close()
}

// PictureJudge looks at the pictures that people hand in for a review. Its errors
// are *PictureError and *BusyError.
type PictureJudge interface {
	// Prepare returns a picture as it is kept: upright, of bearable size, without
	// anything but its pixels. Where there is no face engine it is not looked at.
	// With PictureCorners the picture is returned too: it may be kept all the same.
	Prepare(ctx context.Context, p verification.Picture, image []byte) (jpeg []byte, err error)
	// Likeness compares the largest faces of two prepared pictures: about 0 for
	// strangers and 1 for the same picture; 0 too where nobody can tell.
	Likeness(ctx context.Context, card, selfie []byte) (float64, error)
}

// Capture is what a FaceJudge decides about.
type Capture struct {
	// Portrait is empty where only liveness is asked.
	Portrait []byte
	Frames   []Frame // those that were added
	Actions  []verification.Action
	// DemandLight says that liveness has failed where lit frames show no lit face.
	DemandLight bool
}

// Frame is one JPEG, its time since the first, and the colour of the phone's screen that
// lit the face; "" for none.
type Frame struct {
	JPEG  []byte
	At    time.Duration
	Light handoff.Colour
}

// Judgement is a FaceJudge's verdict.
type Judgement struct {
	// Failed is empty where everything held, else liveness_failed, light_faint where it
	// cannot be told whether the demanded light was answered,
	// face_mismatch, or portrait_poor of a live person whose registered portrait
	// nobody can be compared with.
	Failed verification.Reason
	// Detail holds the finer reason and the numbers, for the audit trail only.
	Detail string
	// Prints are of the frames, to be remembered; none where no printer is.
	Prints []Print
	// Ahead is the frame that looks ahead best, a JPEG; none where something failed.
	// It is good until the Footage is closed.
	Ahead []byte
}

// Print is what is remembered of how a frame looks: bits that are alike for
// pictures that are alike. They are made with a secret key, and no face can be
// made of them.
type Print [32]byte

// FrameSearcher finds frames that come again. Its errors are those of
// Footage.Inspect.
type FrameSearcher interface {
	// Search returns for each frame the prints under which it would be found
	// again: as it is, and as a picture that it was cut from.
	Search(ctx context.Context, frames [][]byte) ([][]Print, error)
}

// Remembered says how many frames are remembered, and from when to when.
type Remembered struct {
	Frames      int
	First, Last time.Time
}

// Affiliates are sites that can hand over a verified identity.
type Affiliates interface {
	// Offers lists those at which the account is verified, and those that it could
	// be linked to. One that is away is not listed.
	Offers(ctx context.Context, who Caller) ([]Offer, error)
	// Claims returns the verified identity, or why it does not count. It returns
	// ErrAffiliateUnknown, ErrProviderUnavailable, *InputError for a name or number
	// that cannot be one, and ErrAnswerRefused.
	Claims(ctx context.Context, affiliate string, who Caller) (Vouched, error)
	// Forget unlinks the account everywhere.
	Forget(ctx context.Context, accountID string) error
}

// Offer is one affiliate that could vouch for the account.
type Offer struct {
	ID string
	// Name is what people read, NameZH in Chinese.
	Name, NameZH string
	Claims       []string
	Purpose      string
	// Linked is false where the account has to be linked there first; RedirectPort
	// is the one on which whoever does so has to listen, 0 for any.
	Linked       bool
	RedirectPort int
	// Device is true where it can be linked by a code that another device scans.
	Device bool
}

// Vouched is an affiliate's word about a person.
type Vouched struct {
	Identity Identity
	// Refused is why the word does not count; empty where it does.
	Refused verification.Reason
	// Suspect are the risk rules that the way of the word meets.
	Suspect []RiskRule
	// Detail says under which rules the affiliate verified the person, and when,
	// for the audit trail.
	Detail string
}

// Publisher tells those who watch a case that it has a new version. It is
// called after the commit and must not block.
type Publisher interface {
	Publish(id verification.ID, version int64)
}
