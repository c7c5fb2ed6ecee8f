package service

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"realname.example/shared/identity"
)

// Facts are what is known of a verified person.
type Facts struct {
	// Framework is the trust framework of verified_claims.
	Framework string
	At        time.Time
	// Method is that of the verification.
	Method string
	// Process is the id of the case.
	Process string
	Name    identity.PII
	Number  identity.PII
}

// Asked is the claims parameter of a request (OpenID Connect Core 5.5), as far as
// it is about verified_claims. Both are the elements as the service sent them.
type Asked struct {
	Userinfo json.RawMessage `json:"Userinfo,omitempty"`
	IDToken  json.RawMessage `json:"IDToken,omitempty"`
}

// ParseAsked reads a claims parameter. Only what is no JSON object is an error:
// what nobody has, or what is not meant for us, is left out of the answer instead.
func ParseAsked(parameter string) (Asked, error) {
	var sides struct {
		Userinfo map[string]json.RawMessage `json:"userinfo"`
		IDToken  map[string]json.RawMessage `json:"id_token"`
	}
	if parameter == "" {
		return Asked{}, nil
	}
	if err := json.Unmarshal([]byte(parameter), &sides); err != nil {
		return Asked{}, err
	}
	return Asked{Userinfo: sides.Userinfo[verifiedClaims], IDToken: sides.IDToken[verifiedClaims]}, nil
}

const verifiedClaims = "verified_claims"

// Wants returns what a person has to agree to, of what the service may ask.
func (a Asked) Wants(s Service) Wants {
	var w Wants
	for _, side := range []json.RawMessage{a.Userinfo, a.IDToken} {
		for _, request := range requests(side) {
			w.Status = true
			claims, _ := request["claims"].(map[string]any)
			if _, named := claims[ClaimName]; named && s.Allows(ClaimName) {
				w.Claims = append(w.Claims, ClaimName)
			}
			if s.Allows(ClaimNumber) && mentions(request["verification"], documentNumber) {
				w.Claims = append(w.Claims, ClaimNumber)
			}
		}
	}
	w.Claims = slices.DeleteFunc(Claims(), func(c string) bool { return !slices.Contains(w.Claims, c) })
	return w
}

// mentions reports whether a key stands anywhere in a value.
func mentions(v any, key string) bool {
	switch v := v.(type) {
	case map[string]any:
		if _, here := v[key]; here {
			return true
		}
		for _, inner := range v {
			if mentions(inner, key) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return mentions(inner, key) })
	}
	return false
}

// requests returns the verified_claims that are asked for: one, or an array of
// them. What is neither asks for nothing.
func requests(raw json.RawMessage) []map[string]any {
	var one map[string]any
	if json.Unmarshal(raw, &one) == nil && one != nil {
		return []map[string]any{one}
	}
	var many []any
	_ = json.Unmarshal(raw, &many) // what is no array asks for nothing
	var out []map[string]any
	for _, v := range many {
		if r, ok := v.(map[string]any); ok {
			out = append(out, r)
		}
	}
	return out
}

// Disclose returns the verified_claims that answer a request, or nil for none:
// what was asked, is allowed for the service, and was agreed to by the person
// (OpenID Connect for Identity Assurance 1.0, 5.7). A constraint inside
// verification that is not met leaves out the whole; a claim that is not
// available, or is not what the constraint says, leaves out itself; what is
// then invalid takes its parent along. Nothing is an error.
func Disclose(asked json.RawMessage, f Facts, s Service, g Grant, now time.Time) any {
	if f.At.IsZero() {
		return nil
	}
	may := func(claim string) bool { return s.Allows(claim) && slices.Contains(g.Claims, claim) }
	have := f.tree(may(ClaimName), may(ClaimNumber))
	var out []any
	for _, request := range requests(asked) {
		if v := discloseOne(request, have, now); v != nil {
			out = append(out, v)
		}
	}
	switch {
	case len(out) == 0:
		return nil
	case len(asked) > 0 && asked[0] == '{':
		return out[0]
	}
	return out
}

// Names of the final text.
const (
	trustFramework = "trust_framework"
	documentNumber = "document_number"
)

// tree is everything that may be told, in the form in which it is told.
func (f Facts) tree(name, number bool) map[string]any {
	details := map[string]any{"type": "idcard", "issuer": map[string]any{"country_code": "CHN"}}
	if number {
		details[documentNumber] = f.Number.Reveal()
	}
	document := map[string]any{"type": "document", "document_details": details}
	evidence := []any{document}
	if f.Method == "mobile" {
		evidence = []any{map[string]any{"type": "electronic_record", "record": map[string]any{"type": "mobile_carrier"}}, document}
	}
	claims := map[string]any{}
	if name && !f.Name.Empty() {
		claims[ClaimName] = f.Name.Reveal()
	}
	return map[string]any{
		"verification": map[string]any{
			trustFramework: f.Framework, "time": f.At.UTC().Format(time.RFC3339),
			"verification_process": f.Process, "evidence": evidence,
		},
		"claims": claims,
	}
}

func discloseOne(request, have map[string]any, now time.Time) any {
	asked, ok := request["verification"].(map[string]any)
	if !ok {
		return nil
	}
	known, _ := have["verification"].(map[string]any)
	verification, met := pick(asked, known, now)
	if !met {
		return nil
	}
	verification[trustFramework] = known[trustFramework] // without it an answer is invalid
	wanted, _ := request["claims"].(map[string]any)
	held, _ := have["claims"].(map[string]any)
	claims := map[string]any{}
	for name, asked := range wanted {
		if v, met := choose(asked, held[name], now); met && v != nil {
			claims[name] = v
		}
	}
	if len(claims) == 0 { // an answer without claims is invalid
		return nil
	}
	return map[string]any{"verification": verification, "claims": claims}
}

// pick returns the members of an object that are asked for. It reports false
// where a constraint is not met.
func pick(asked, have map[string]any, now time.Time) (map[string]any, bool) {
	out := map[string]any{}
	for name, want := range asked {
		v, met := choose(want, have[name], now)
		if !met {
			return nil, false
		}
		if v != nil {
			out[name] = v
		}
	}
	return out, true
}

// choose returns what answers one asked element, nil for nothing, and whether
// its constraints are met.
func choose(want, have any, now time.Time) (any, bool) {
	switch want := want.(type) {
	case nil:
		return unasked(have), true
	case []any:
		return chooseEvidence(want, have, now)
	case map[string]any:
		if inner, ok := have.(map[string]any); ok {
			out, met := pick(want, inner, now)
			if !met || len(out) == 0 {
				return nil, met
			}
			return out, true
		}
		return unasked(have), within(want, have, now)
	}
	return nil, true
}

// unasked is what a bare null brings: all of an element but the number, which
// has to be asked for by its name.
func unasked(have any) any {
	switch have := have.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, v := range have {
			if name != documentNumber {
				out[name] = unasked(v)
			}
		}
		return out
	case []any:
		out := make([]any, len(have))
		for i, v := range have {
			out[i] = unasked(v)
		}
		return out
	}
	return have
}

// chooseEvidence answers an array of evidence: each entry that is asked for
// takes the first piece that meets it and was not taken. None at all is a
// constraint that is not met.
func chooseEvidence(want []any, have any, now time.Time) (any, bool) {
	pieces, _ := have.([]any)
	taken := map[int]bool{}
	var out []any
	for _, entry := range want {
		asked, ok := entry.(map[string]any)
		if !ok {
			continue
		}
		for i, piece := range pieces {
			p, _ := piece.(map[string]any)
			picked, met := pick(asked, p, now)
			if !met || taken[i] || !fits(asked, p) {
				continue
			}
			taken[i], picked["type"] = true, p["type"] // evidence without a type is invalid
			out = append(out, picked)
			break
		}
	}
	if len(out) == 0 {
		return nil, false
	}
	return out, true
}

// fits reports whether a piece of evidence has any of the members beside type
// that are asked for: one that has none is of another kind.
func fits(asked, piece map[string]any) bool {
	others := 0
	for name := range asked {
		if name == "type" {
			continue
		}
		others++
		if _, has := piece[name]; has {
			return true
		}
	}
	return others == 0
}

// within reports whether a value meets the constraints value, values and max_age.
func within(constraint map[string]any, have any, now time.Time) bool {
	if v, ok := constraint["value"]; ok && !reflect.DeepEqual(v, have) {
		return false
	}
	if v, ok := constraint["values"]; ok {
		list, _ := v.([]any)
		if !slices.ContainsFunc(list, func(one any) bool { return reflect.DeepEqual(one, have) }) {
			return false
		}
	}
	if v, ok := constraint["max_age"]; ok {
		seconds, isNumber := v.(float64)
		text, _ := have.(string)
		at, err := time.Parse(time.RFC3339, text)
		return isNumber && err == nil && now.Sub(at).Seconds() <= seconds
	}
	return true
}
