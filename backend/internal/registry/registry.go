// Package registry is the people that an operator knows, or that the sandbox
// makes up: who has which ID number, mobile number and portrait. The sandbox
// provider and an operator's own provider answer from it; the store keeps it
// encrypted. It reads CSV files and decides nothing about a verification.
package registry

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Person is one row of the registry.
type Person struct {
	Identity verify.Identity
	// Portrait is a JPEG or PNG; empty where there is none.
	Portrait []byte
	// KeepsMobile is true of all rows of a file without a column of mobile numbers: what
	// the registry has stays.
	KeepsMobile bool
	// Carrier is what the carrier says of name, number and mobile; empty: they
	// agree.
	Carrier verification.Reason
	// HolderChanged is true where the mobile number changed hands lately.
	HolderChanged bool
	// Silent is true where the carrier does not answer.
	Silent bool
	// Outcome names the sentence that says what the row is for; sandbox only.
	Outcome string
	// Account is the sandbox account that goes with the person.
	Account string
	// Own is true for a person whom the user of the sandbox added.
	Own bool
}

// Errors of a Store.
var (
	ErrNotFound = errors.New("no such person")
	ErrTaken    = errors.New("the ID number is in the registry already")
	// ErrOvertaken is an import whose rows do not count any more, or whose registry did
	// not stand still; nothing of it is in force.
	ErrOvertaken = errors.New("the registry or its keys changed while the file was imported; nothing was imported, so import it again")
	// ErrRowsMissing is an import in force of which the database has not every row any
	// more. What it would change further is refused.
	ErrRowsMissing = errors.New("the database lost rows of the last import before they had moved; nobody was removed for it. " +
		"Stop every server, and restore the backup of before that import")
)

// UnconfirmedError says how many people a Replace would remove.
type UnconfirmedError struct{ Count int64 }

// Error implements error.
func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("people who are not in the file and would be removed: %d", e.Count)
}

// NoMobileError says how many people of a file without mobile numbers have none in the
// registry, and are of a type that is checked by one. Options.WithMobile finds them
// by line; this is for those who lost theirs since.
type NoMobileError struct{ Count int }

// Error implements error.
func (e *NoMobileError) Error() string {
	return fmt.Sprintf("people without a mobile number in the file, and with none in the registry any more: %d", e.Count)
}

// Store keeps people. Numbers are unique.
type Store interface {
	// Import adds people, or replaces those with the same number, all or none;
	// nobody else waits for it. A portrait that is there stays where the new row
	// has none, and a mobile number where it says so. It returns *NoMobileError where
	// there is none to stay, the error that people yields, if any, ErrTaken where two
	// of them have one number, and ErrOvertaken.
	Import(ctx context.Context, people iter.Seq2[Person, error]) error
	// Add adds one person, or returns ErrTaken.
	Add(ctx context.Context, p Person) error
	// ByNumber finds by verify.Identity.Key; it returns ErrNotFound where there is
	// none.
	ByNumber(ctx context.Context, key string) (Person, error)
	// People returns everybody in the order of import, without portraits but
	// with HasPortrait.
	People(ctx context.Context) ([]Listed, error)
	// All yields everybody in no order that means anything, without portraits but
	// with HasPortrait; however many they are, few are in memory at a time.
	All(ctx context.Context) iter.Seq2[Listed, error]
	// Find returns who a search finds, 20 at most.
	Find(ctx context.Context, by Search) ([]Listed, error)
	// Clear deletes everybody.
	Clear(ctx context.Context) error
}

// Each yields people that are in memory.
func Each(people ...Person) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		for _, p := range people {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// Listed is a Person in a list.
type Listed struct {
	Person
	// ID names the row for other calls, without its number; it changes with the
	// index key.
	ID          string
	HasPortrait bool
}

// Search is one of: a row's ID, a Key of verify.Identity, a mobile number.
type Search struct{ ID, Key, Mobile string }
