package issuer

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-openapi/jsonpointer"
)

// Fault says why verified claims are not taken.
type Fault string

// The faults.
const (
	FaultMissing   Fault = "missing"   // there are none, or neither name nor number
	FaultFramework Fault = "framework" // they are of a trust framework that is not trusted here
	FaultAge       Fault = "age"       // they were verified too long ago, or nobody says when
	FaultRevoked   Fault = "revoked"   // the link was ended at the issuer
)

// ClaimsError is an answer without verified claims that count.
type ClaimsError struct{ Fault Fault }

// Error implements error.
func (e *ClaimsError) Error() string { return "verified claims: " + string(e.Fault) }

// Claims are what an issuer has verified of a person, as it wrote them.
type Claims struct {
	Name, Number string
	// Framework is the trust framework, Time when they were verified; zero where
	// nobody says.
	Framework string
	Time      time.Time
	// ByDevice is true where the link was made on another device than the PC that
	// asked for it.
	ByDevice bool
	// Email is the address that the issuer has verified; empty where it gave none.
	Email string
}

// verified is one element of verified_claims (OpenID Connect for Identity
// Assurance 1.0, 5).
type verified struct {
	Verification struct {
		TrustFramework string `json:"trust_framework"`
		Time           string `json:"time"`
	} `json:"verification"`
	Claims map[string]json.RawMessage `json:"claims"`
}

// request is the claims parameter that asks for verified claims at userinfo, nil
// where none are to be had. It names what is taken and nothing more. It puts no
// constraint on framework or age: one that is not met omits the claims, and nobody
// could tell the person which it was.
func (p *provider) request(link bool) (json.RawMessage, error) {
	if !link || !p.For(UseAffiliate) {
		return nil, nil
	}
	wanted := map[string]any{
		"verification": map[string]any{"trust_framework": nil, "time": nil},
		"claims":       map[string]any{"name": nil},
	}
	pointer, err := jsonpointer.New(p.Number)
	if err != nil {
		return nil, err
	}
	place(wanted, pointer.DecodedTokens())
	return json.Marshal(map[string]any{"userinfo": map[string]any{"verified_claims": wanted}})
}

// evidenceTypes name the type of an evidence by the member that holds it, which a
// request for evidence has to say (Identity Assurance, 6.3).
var evidenceTypes = map[string]string{
	"document_details": "document", "record": "electronic_record", "attestation": "vouch", "signature_type": "electronic_signature",
}

// place asks for the value that a pointer leads to.
func place(in map[string]any, path []string) {
	if len(path) == 0 {
		return
	}
	name, rest := path[0], path[1:]
	switch {
	case len(rest) == 0:
		in[name] = nil
	case isIndex(rest[0]):
		inner := map[string]any{}
		if name == "evidence" && len(rest) > 1 && evidenceTypes[rest[1]] != "" {
			inner["type"] = map[string]any{"value": evidenceTypes[rest[1]]}
		}
		place(inner, rest[1:])
		in[name] = []any{inner}
	default:
		inner, _ := in[name].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
			in[name] = inner
		}
		place(inner, rest)
	}
}

func isIndex(token string) bool {
	_, err := strconv.ParseUint(token, 10, 16)
	return err == nil
}

// read picks what counts of a verified_claims member: one object, or an array of
// them. Where several count, it is the one that was verified last. It returns
// *ClaimsError.
func (p *provider) read(member json.RawMessage, now time.Time) (Claims, error) {
	best, fault := Claims{}, FaultMissing
	found := false
	for _, element := range elements(member) {
		c, err := p.readOne(element, now)
		var refused *ClaimsError
		switch {
		case errors.As(err, &refused):
			fault = worse(fault, refused.Fault)
		case !found || c.Time.After(best.Time):
			best, found = c, true
		}
	}
	if !found {
		return Claims{}, &ClaimsError{fault}
	}
	return best, nil
}

// elements are the objects of a verified_claims member; what is no object is none.
func elements(member json.RawMessage) []json.RawMessage {
	var many []json.RawMessage
	if json.Unmarshal(member, &many) == nil {
		return many
	}
	return []json.RawMessage{member}
}

// worse is the fault that says more: of claims that are there, how they fail says
// more than that others are missing.
func worse(a, b Fault) Fault {
	rank := map[Fault]int{FaultMissing: 0, FaultFramework: 1, FaultAge: 2}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

func (p *provider) readOne(element json.RawMessage, now time.Time) (Claims, error) {
	var v verified
	if json.Unmarshal(element, &v) != nil || v.Verification.TrustFramework == "" {
		return Claims{}, &ClaimsError{FaultMissing}
	}
	if !p.trusts(v.Verification.TrustFramework) {
		return Claims{}, &ClaimsError{FaultFramework}
	}
	at, err := time.Parse(time.RFC3339, v.Verification.Time)
	if err != nil {
		at = time.Time{}
	}
	if old := p.age() > 0 && now.Sub(at) > p.age()+leeway; old || at.After(now.Add(leeway)) {
		return Claims{}, &ClaimsError{FaultAge}
	}
	out := Claims{Framework: v.Verification.TrustFramework, Time: at, Name: nameOf(v.Claims), Number: p.numberOf(element)}
	if out.Name == "" || out.Number == "" {
		return Claims{}, &ClaimsError{FaultMissing}
	}
	return out, nil
}

func (p *provider) trusts(framework string) bool {
	for _, f := range p.TrustFrameworks {
		if f == framework {
			return true
		}
	}
	return false
}

// nameOf is the whole name; a family name and a given name stand without a blank
// between them, as Chinese names do.
func nameOf(claims map[string]json.RawMessage) string {
	if name := textOf(claims["name"]); name != "" {
		return name
	}
	family, given := textOf(claims["family_name"]), textOf(claims["given_name"])
	if family == "" || given == "" {
		return ""
	}
	return family + given
}

func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

// numberOf is what the entry's pointer leads to, or "". Only text counts: a number
// in JSON has lost digits somewhere on its way.
func (p *provider) numberOf(element json.RawMessage) string {
	pointer, err := jsonpointer.New(p.Number)
	if err != nil {
		return ""
	}
	var document any
	if json.Unmarshal(element, &document) != nil {
		return ""
	}
	value, _, err := pointer.Get(document)
	if err != nil {
		return ""
	}
	text, _ := value.(string)
	return strings.TrimSpace(text)
}
