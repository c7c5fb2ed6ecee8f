package sandbox

import (
	"context"

	"realname.example/backend/internal/verify"
)

// Site is an affiliate of the sandbox: a provider of its own, which app makes.
type Site struct {
	// ID is its path below /sandbox/.
	ID     string
	ZH, EN string
}

// Sites are the two at which Affiliated is verified.
var Sites = []Site{{ID: "mall", ZH: "商城", EN: "Mall"}, {ID: "finance", ZH: "金融", EN: "Finance"}}

// Affiliated is the account that the sites have verified, and affiliatedNumber
// whose it is.
const (
	Affiliated       = "zhoujie"
	affiliatedNumber = "110100199505200318"
)

// Person is whom the sites know by Affiliated.
func (s *Sandbox) Person(ctx context.Context) (verify.Identity, error) {
	person, err := s.Store.ByNumber(ctx, affiliatedNumber)
	return person.Identity, err
}
