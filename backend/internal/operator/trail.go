package operator

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ActsChain names the operators' chain where a case's id stands else.
const ActsChain = "operators"

// Line is one line of the whole trail: an entry of a case's chain, or an act of
// an operator.
type Line struct {
	At time.Time
	// Chain is the id of a case, or ActsChain; Seq counts within it.
	Chain string
	Seq   int64
	// Actor is pc, phone, server or operator; Event what happened; Status and
	// Reason those that the case had then.
	Actor, Event, Status, Reason string
	// Party is who was asked or told, or which operator did it.
	Party   string
	Subject string
	Detail  string
}

// Compare orders lines by time, and those of one moment by their chain.
func (l Line) Compare(other Line) int {
	return cmp.Or(l.At.Compare(other.At), cmp.Compare(l.Chain, other.Chain), cmp.Compare(l.Seq, other.Seq))
}

// Cursor names a line for the page that begins behind it.
type Cursor struct {
	At    time.Time
	Chain string
	Seq   int64
}

// String returns the cursor as addresses have it.
func (c Cursor) String() string {
	return strconv.FormatInt(c.At.UnixMicro(), 10) + "_" + c.Chain + "_" + strconv.FormatInt(c.Seq, 10)
}

// ParseCursor reads what String returned; empty is the beginning.
func ParseCursor(text string) (c Cursor, err error) {
	if text == "" {
		return c, nil
	}
	at, rest, _ := strings.Cut(text, "_")
	i := strings.LastIndex(rest, "_")
	if i < 0 {
		return c, errCursor
	}
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return c, errCursor
	}
	if c.Seq, err = strconv.ParseInt(rest[i+1:], 10, 64); err != nil {
		return c, errCursor
	}
	c.At, c.Chain = time.UnixMicro(micros).UTC(), rest[:i]
	return c, nil
}

var errCursor = &InputError{Field: "behind", Sentence: "a page begins behind a line that the page before named"}

// TrailQuery asks for a page of the trail, newest first.
type TrailQuery struct {
	// Case or Operator is empty for everything.
	Case     string
	Operator string
	Behind   Cursor
	Limit    int
	Oldest   bool // oldest first
}

// Kind is what takes two operators.
type Kind string

// The kinds.
const (
	KindRelease Kind = "release"
	KindErase   Kind = "erase"
	KindJoin    Kind = "join"
	KindExport  Kind = "export" // of the registry
)

// RequestLife is how long one operator's request waits for another's.
const RequestLife = 24 * time.Hour

// Request is what one operator asked for, and another has to agree to.
type Request struct {
	Kind    Kind
	Subject string // the account; of an export, the registry
	// Item is the number that both have to name as well, or empty. A Store keeps a hash of
	// it, also in the trail, and does not return it.
	Item     string
	Operator string
	Reason   string
	At       time.Time
}

// ErrAsked is an operator who would agree with themselves.
var ErrAsked = errors.New("you asked for this already; another admin has to agree within 24 hours")

// Agree notes that an operator wants something which takes two: the request's kind,
// subject, item and reason. first is what the other one asked before, or nil where this
// one is the first. It returns ErrAsked for the same operator, ErrNotFound for who is
// removed meanwhile.
func (s *Service) Agree(ctx context.Context, c Caller, r Request) (first *Request, err error) {
	r.Operator, r.At = c.Name, s.now()
	return s.deps.Store.Countersign(ctx, r, s.entry(c.Name, ActAsked, r.Subject, string(r.Kind)+": "+r.Reason))
}

// Requests lists what waits for another operator about an account.
func (s *Service) Requests(ctx context.Context, subject string) ([]Request, error) {
	return s.deps.Store.Requests(ctx, subject, s.now().Add(-RequestLife))
}

// Trail returns a page of the trail.
func (s *Service) Trail(ctx context.Context, q TrailQuery) ([]Line, error) {
	return s.deps.Store.Trail(ctx, q)
}

// Verdict is what a verification of the trail found.
type Verdict struct {
	Entries int
	Seals   int64
	Head    string
	// Fault names the first row that is not as written; empty where all holds.
	Fault string
}

// Check is a verification of the trail, under way or over.
type Check struct {
	Running   bool
	By        string
	BegunAt   time.Time
	EndedAt   time.Time
	Done, All int64 // chains
	Verdict   Verdict
	// Failed is true where it could not be carried out.
	Failed bool
}

// Checker verifies the trail in the background, one at a time: it reads every
// entry, which takes longer than anybody waits for a page.
type Checker struct {
	// Verify reads the trail and tells how far it is.
	Verify func(ctx context.Context, progress func(done, all int64)) (Verdict, error)
	Now    func() time.Time

	mu   sync.Mutex
	last Check
}

// Start begins a verification, unless one runs.
func (c *Checker) Start(ctx context.Context, by string) Check {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.last.Running {
		c.last = Check{Running: true, By: by, BegunAt: c.Now()}
		go c.run(context.WithoutCancel(ctx))
	}
	return c.last
}

func (c *Checker) run(ctx context.Context) {
	verdict, err := c.Verify(ctx, func(done, all int64) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.last.Done, c.last.All = done, all
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last.Running, c.last.EndedAt, c.last.Verdict, c.last.Failed = false, c.Now(), verdict, err != nil
}

// State returns the verification that runs, or the last one.
func (c *Checker) State() Check {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}
