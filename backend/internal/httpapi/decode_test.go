package httpapi

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/problem"
)

func FuzzDecodeTakesExactlyOneObjectOfTheSchema(f *testing.F) {
	schemas := newSchemas()
	schema := schemas.Schema(reflect.TypeFor[api.NewVerification](), true, "")
	for _, seed := range []string{
		`{"method":"mobile","identity":{"certificate_type":"cn_id","name":"张伟","number":"1","mobile":"2"}}`,
		`{"method":"affiliate","affiliate":"mall"}`, `{}`, `null`, `[]`, `{"method":7}`, `{"method":"mobile"}{}`,
		`{"METHOD":"mobile"}`, `{"method":"mobile","method":"face"}`, ``, `{"method":"mobile","identity":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got api.NewVerification
		err := decode(schemas, schema, body, &got)
		var refused *refusal
		if err != nil {
			if !errors.As(err, &refused) || refused.code != problem.RequestInvalid || len(refused.errors) == 0 {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var same api.NewVerification
		if err := decode(schemas, schema, again, &same); err != nil || !reflect.DeepEqual(got, same) {
			t.Fatalf("%q came back as %s: %v", body, again, err)
		}
	})
}
