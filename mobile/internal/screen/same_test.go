package screen

import (
	"errors"
	"reflect"
	"testing"

	"realname.example/mobile/internal/flow"
)

// TestAChangeIsDrawn: whoever gives the state a field says here that it is live,
// or it is compared.
func TestAChangeIsDrawn(t *testing.T) {
	live := map[string]bool{"Turn": true, "Capture": true, "Sent": true, "Total": true, "View": true}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[flow.State]()) {
		var before, after flow.State
		value := reflect.ValueOf(&after).Elem().FieldByIndex(field.Index)
		switch value.Kind() {
		case reflect.String:
			value.SetString("x")
		case reflect.Bool:
			value.SetBool(true)
		case reflect.Int64:
			value.SetInt(1)
		case reflect.Struct:
			changed := false
			for i := range value.NumField() {
				if f := value.Field(i); f.Kind() == reflect.String {
					f.SetString("x")
					changed = true
				}
			}
			if !changed && !live[field.Name] {
				t.Errorf("%s has no text to change", field.Name)
			}
		case reflect.Interface:
			value.Set(reflect.ValueOf(errors.New("x")))
		default:
			t.Fatalf("%s is a %s", field.Name, value.Kind())
		}
		if same(before, after) != live[field.Name] {
			t.Errorf("a change of %s alone: same is %v", field.Name, !live[field.Name])
		}
	}
}
