package providertest

import (
	"sync"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

// person states an identity; region code 110100 is never issued.
func person(name, number, mobile string) verify.Identity {
	return verify.Identity{
		CertificateType: identity.CNID, Name: identity.NewPII(name),
		Number: identity.NewPII(number), Mobile: identity.NewPII(mobile),
	}
}

// The people that every carrier under test is asked about, as they state
// themselves. They are those of the sandbox.
var (
	Agreeing    = person("张伟", "110100199003070111", "13800000001")
	OtherHolder = person("王芳", "110100198512240225", "13800000002")
	OtherName   = person("李娜", "11010019930615024X", "13800000003")
	Rare        = person("杨䮌", "110100197902180139", "13800000005")
	Interpunct  = person("买买提·艾力", "110100198207300156", "13800000006")
	Silent      = person("何丽", "110100199611030287", "13800000012")
	NewSIM      = person("林峰", "110100199202140370", "13800000013")
	Nobody      = person("查无此人", "11010019700101001X", "13800000099")
)

// RegisteredName is what the carrier has where OtherName states hers.
const RegisteredName = "李哪"

// Finding is what a register says of a stated identity.
type Finding int

// The findings.
const (
	NoRecord Finding = iota
	AllAgree
	IDDiffers
	NameDiffers
	NeitherAgrees
)

// holder is whom a mobile number is registered to.
type holder struct{ name, number string }

// register is whom the carriers and the registry of persons know, behind a
// provider's protocol.
type register struct {
	mu      sync.Mutex
	holders map[string]holder // by mobile number
	names   map[string]string // by ID number
}

// newRegister knows the people above.
func newRegister() *register {
	r := &register{holders: map[string]holder{}, names: map[string]string{}}
	for _, p := range []verify.Identity{Agreeing, OtherHolder, OtherName, Rare, Interpunct, Silent, NewSIM} {
		r.names[p.Number.Reveal()] = p.Name.Reveal()
		r.holders[p.Mobile.Reveal()] = holder{p.Name.Reveal(), p.Number.Reveal()}
	}
	delete(r.holders, NewSIM.Mobile.Reveal())
	r.holders[OtherHolder.Mobile.Reveal()] = holder{"刘洋", "110100197705050036"}
	r.holders[OtherName.Mobile.Reveal()] = holder{RegisteredName, OtherName.Number.Reveal()}
	return r
}

// Holder compares an identity with the holder of its mobile number. silent is
// true where no answer may come.
func (r *register) Holder(name, number, mobile string) (f Finding, silent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, known := r.holders[mobile]
	switch {
	case mobile == Silent.Mobile.Reveal():
		return NoRecord, true
	case !known:
		return NoRecord, false
	case h.name == name && h.number == number:
		return AllAgree, false
	case h.name == name:
		return IDDiffers, false
	case h.number == number:
		return NameDiffers, false
	}
	return NeitherAgrees, false
}

// Person compares name and ID number.
func (r *register) Person(name, number string) Finding {
	r.mu.Lock()
	defer r.mu.Unlock()
	registered, known := r.names[number]
	switch {
	case !known:
		return NoRecord
	case registered != name:
		return NameDiffers
	}
	return AllAgree
}
