package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// keepUnknown returns the new form of a row with those fields of the form before it
// that this process does not know. During an upgrade a newer one, which wrote them,
// runs beside this one: what it knows of a case must outlive our own writes. Elements of
// lists and the sealed part are written whole, without what is unknown in them.
func keepUnknown(before, after []byte) ([]byte, error) {
	known := json.NewDecoder(bytes.NewReader(before))
	known.DisallowUnknownFields()
	if known.Decode(&caseState{}) == nil {
		return after, nil
	}
	return merge(reflect.TypeFor[caseState](), before, after)
}

// identified is a part of which a case gets another in time. What is unknown of one
// says nothing of the next.
type identified interface {
	// which tells one from the next.
	which() string
}

func (c codeState) which() string      { return c.SentAt.String() }
func (c challengeState) which() string { return c.ID }
func (p phoneState) which() string     { return p.ClaimedAt.String() + string(p.PublicKey) }
func (m moveState) which() string      { return m.AskedAt.String() }
func (r reviewState) which() string    { return r.AskedAt.String() }

// merge takes over from before what has no field in kind, in it and in the objects
// that it holds and that are still the same; elements of lists are written anew.
func merge(kind reflect.Type, before, after []byte) ([]byte, error) {
	var old, written map[string]json.RawMessage
	if err := json.Unmarshal(before, &old); err != nil {
		return nil, fmt.Errorf("read the case as it was: %w", err)
	}
	if err := json.Unmarshal(after, &written); err != nil {
		return nil, fmt.Errorf("read the case as it is: %w", err)
	}
	if old == nil || written == nil { // null: what held the fields is gone, or new
		return after, nil
	}
	if same, err := same(kind, before, after); err != nil || !same {
		return after, err
	}
	parts := fields(kind)
	for name, value := range old {
		part, known := parts[name]
		if !known {
			written[name] = value
			continue
		}
		if object, ok := objectOf(part); ok && written[name] != nil {
			inner, err := merge(object, value, written[name])
			if err != nil {
				return nil, err
			}
			written[name] = inner
		}
	}
	return json.Marshal(written)
}

// same reports whether two forms are of one and the same.
func same(kind reflect.Type, before, after []byte) (bool, error) {
	var names [2]string
	for i, data := range [][]byte{before, after} {
		part := reflect.New(kind).Interface()
		if err := json.Unmarshal(data, part); err != nil {
			return false, fmt.Errorf("read a part of the case: %w", err)
		}
		if one, ok := part.(identified); ok {
			names[i] = one.which()
		}
	}
	return names[0] == names[1], nil
}

// objectOf is the type of the object that a field holds, if it holds one.
func objectOf(field reflect.Type) (reflect.Type, bool) {
	if field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	return field, field.Kind() == reflect.Struct && field != reflect.TypeFor[time.Time]()
}

// fields are the stored names of a form, and what each holds.
func fields(kind reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		all[name] = kind.Field(i).Type
	}
	return all
}
