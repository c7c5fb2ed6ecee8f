package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// keepUnknown returns the new form of a row with those fields of the form before it
// that this process does not know. During an upgrade a newer one, which wrote them,
// runs beside this one: what it knows of a case must outlive our own writes.
func keepUnknown(before, after []byte) ([]byte, error) {
	known := json.NewDecoder(bytes.NewReader(before))
	known.DisallowUnknownFields()
	if known.Decode(&caseState{}) == nil {
		return after, nil
	}
	return merge(reflect.TypeFor[caseState](), before, after)
}

// merge takes over from before what has no field in kind, in it and in the objects
// that it holds.
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
	parts := fields(kind)
	for name, value := range old {
		part, known := parts[name]
		if !known {
			written[name] = value
			continue
		}
		if part.Kind() == reflect.Pointer && written[name] != nil {
			inner, err := merge(part.Elem(), value, written[name])
			if err != nil {
				return nil, err
			}
			written[name] = inner
		}
	}
	return json.Marshal(written)
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
