// Package operator keeps who runs a server: operators with their roles, the
// passkeys by which they sign in at the console, the keys by which their
// programs call /v1/admin, and the trail of what each of them did. It knows
// nothing of verifications; package httpapi asks it who calls and what they may.
package operator

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Role is what an operator is there for.
type Role string

// The roles.
const (
	Support  Role = "support"
	Reviewer Role = "reviewer"
	Admin    Role = "admin"
	Auditor  Role = "auditor"
)

// Right is one thing that an operator may do.
type Right string

// The rights. Each call of /v1/admin and each page of the console names one.
const (
	// Any is what every operator may: see who they are, and the state of the
	// server, which is nobody's data.
	Any Right = "any"
	// Review is to see what was handed in, and to decide with a reason.
	Review Right = "review"
	// Find is to find an account or a person by exact username, ID number or
	// mobile number, masked, with status and history.
	Find Right = "find"
	// Help is to end sessions, unlock caps and help to a new password.
	Help Right = "help"
	// People is to reveal, erase, and release an ID together with another.
	People Right = "people"
	// Services is to add, change, turn off and remove those who rely on the server.
	Services Right = "services"
	// Settings is to see which settings are in force.
	Settings Right = "settings"
	// Audit is to read, verify and export the trail.
	Audit Right = "audit"
)

// rights is the one table of who may what.
var rights = map[Role][]Right{
	Support:  {Find, Help},
	Reviewer: {Review},
	Admin:    {Find, People, Services, Settings},
	Auditor:  {Audit},
}

// Roles lists every role once, in the order of the documents.
func Roles() []Role { return []Role{Support, Reviewer, Admin, Auditor} }

// ParseRoles reads roles that stand with commas between them.
func ParseRoles(text string) ([]Role, error) {
	var roles []Role
	for part := range strings.SplitSeq(text, ",") {
		r := Role(strings.TrimSpace(part))
		if rights[r] == nil {
			return nil, &InputError{Sentence: "\"" + string(r) + "\" is no role; the roles are " + joined(Roles())}
		}
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	return roles, nil
}

// Operator is a person who runs the server.
type Operator struct {
	// Name is unique for good, so that the trail names one person: 2 to 32 of
	// a-z, 0-9, dot, hyphen and underscore.
	Name  string
	Roles []Role
	// Account is the username of the operator's own account here, empty where it
	// is not known: they decide nothing about it, nor about one of their name.
	Account string
	MadeAt  time.Time
	// RemovedAt is zero for who may still act.
	RemovedAt time.Time
	// Handle is how an authenticator knows the operator: 32 random bytes.
	Handle []byte
}

// Caller is an operator who calls, by key or by session.
type Caller struct {
	Name    string
	Roles   []Role
	Account string
}

// Owns reports whether an account is the caller's own.
func (c Caller) Owns(username string) bool {
	return strings.EqualFold(username, c.Name) || c.Account != "" && strings.EqualFold(username, c.Account)
}

// May reports whether one of the caller's roles has the right.
func (c Caller) May(r Right) bool {
	return r == Any || slices.ContainsFunc(c.Roles, func(role Role) bool { return slices.Contains(rights[role], r) })
}

// Rights lists what the caller may, in alphabetical order.
func (c Caller) Rights() []Right {
	var all []Right
	for _, r := range c.Roles {
		all = append(all, rights[r]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Key is a bearer token of an operator's program, stored as its SHA-256. Roles
// are some of its owner's.
type Key struct {
	Hash      string
	Name      string
	Roles     []Role
	MadeAt    time.Time
	ExpiresAt time.Time
}

// Session is an operator who is signed in at the console.
type Session struct {
	Hash   string
	Name   string
	MadeAt time.Time
	SeenAt time.Time
}

// Enrolment lets one operator make one passkey, once.
type Enrolment struct {
	Hash      string
	Name      string
	ExpiresAt time.Time
}

// Lives.
const (
	// EnrolmentLife is how long an enrolment address works.
	EnrolmentLife = 24 * time.Hour
	// IdleLife ends a session that nobody uses; SessionLife ends any.
	IdleLife    = 30 * time.Minute
	SessionLife = 12 * time.Hour
	// KeyLife is that of a key where nothing else is said; LongestKeyLife the
	// most.
	KeyLife        = 90 * 24 * time.Hour
	LongestKeyLife = 366 * 24 * time.Hour
)

// Errors of the package.
var (
	ErrNotFound = errors.New("no such operator, key or session")
	ErrNameUsed = errors.New("the name is, or was, an operator's; choose another, since the audit trail names people by it")
	// ErrEnrolment is an enrolment address that was used or is too old.
	ErrEnrolment = errors.New("the enrolment address was used already, or is older than a day; ask for another")
	// ErrOwn is an operator who decides about their own account.
	ErrOwn = errors.New("this is your own account; another operator decides about it")
	// ErrPasskey is an authenticator's answer that proves nothing.
	ErrPasskey = errors.New("the passkey was not accepted")
)

// InputError is a value that an operator typed and that cannot be taken.
type InputError struct {
	Sentence string
	// Field names the value as the API does; empty where no call has it.
	Field string
}

// Error implements error.
func (e *InputError) Error() string { return e.Sentence }

// Limits of names in characters.
const minName, maxName = 2, 32

func checkName(name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789.-_"
	if len(name) < minName || len(name) > maxName || strings.Trim(name, letters) != "" {
		return &InputError{Sentence: "\"" + name + "\" is no name for an operator; take 2 to 32 of a-z, 0-9, dot, hyphen and underscore"}
	}
	return nil
}
