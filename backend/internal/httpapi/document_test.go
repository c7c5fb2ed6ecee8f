package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"testing"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/httpapi"
	"realname.example/shared/identity"
)

func newServer(t *testing.T, metrics *prometheus.Registry) *httpapi.Server {
	t.Helper()
	server, err := httpapi.New(httpapi.Config{Name: "Realname", Version: "1.0.0"}, httpapi.Deps{Metrics: metrics, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func document(t *testing.T) *openapi3.T {
	t.Helper()
	spec, err := newServer(t, prometheus.NewRegistry()).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	d, err := openapi3.NewLoader().LoadFromData(spec)
	if err == nil {
		err = d.Validate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Each call says who may make it, nobody in particular too, and each problem
// that passes by itself when to try again.
func TestEachCallSaysWhoAndWhen(t *testing.T) {
	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security == nil {
				t.Errorf("%s %s does not say who may call it", method, path)
			}
			for status, response := range op.Responses.Map() {
				headers := response.Value.Headers
				if (status == "429" || status == "503") && headers["Retry-After"] == nil {
					t.Errorf("%s %s, %s: no Retry-After", method, path, status)
				}
				if status >= "400" && headers["Realname-Request"] == nil {
					t.Errorf("%s %s, %s: no Realname-Request", method, path, status)
				}
			}
		}
	}
}

// What is no text by itself is told by one pattern, of characters alone, which every
// reader of the document understands alike.
func TestBlanksAreWhateverDigitsAreReadWithout(t *testing.T) {
	patterns := map[string]int{}
	for _, schema := range document(t).Components.Schemas {
		for _, property := range schema.Value.Properties {
			if property.Value != nil && property.Value.Pattern != "" {
				patterns[property.Value.Pattern]++
			}
		}
	}
	if len(patterns) != 1 {
		t.Fatalf("patterns %v, want the one for blanks", patterns)
	}
	for pattern := range patterns {
		more := regexp.MustCompile(pattern)
		for r := rune(0); r < 0x10000; r++ {
			if dropped := identity.Narrow(string(r)) == ""; more.MatchString(string(r)) && dropped {
				t.Errorf("%U is more than a blank", r)
			}
			if !more.MatchString(string(r)) && unicode.IsGraphic(r) && !unicode.Is(unicode.Z, r) && !unicode.Is(unicode.Mn, r) {
				t.Errorf("%U is a blank", r)
			}
		}
		for _, text := range []string{"张", "　张", "𠮷", "0", "。", "\u00a0x", "ⅷ"} {
			if !more.MatchString(text) {
				t.Errorf("%q is refused", text)
			}
		}
	}
}

// The closed lists are whole: each constant of its type stands in the document.
func TestClosedListsAreWhole(t *testing.T) {
	schemas := document(t).Components.Schemas
	for _, test := range []struct{ file, kind, schema string }{
		{"../verify/case.go", "Event", "VerificationEvent"},
		{"../verify/case.go", "Event", "AuditEvent"},
		{"../operator/act.go", "Act", "AuditEvent"},
		{"../service/store.go", "EventType", "ServiceEventType"},
		{"../../../shared/verification/status.go", "Reason", "Reason"},
		{"../../../shared/verification/status.go", "Status", "Status"},
		{"../../../shared/problem/problem.go", "Code", "Code"},
		{"events.go", "EndReason", "EndReason"},
	} {
		text, err := os.ReadFile(test.file)
		if err != nil {
			t.Fatal(err)
		}
		constants := regexp.MustCompile(`(?m)^\t\w+\s+`+test.kind+`\s+= "(\w[\w.]*)"`).FindAllStringSubmatch(string(text), -1)
		if len(constants) < 3 {
			t.Fatalf("%s has %d of %s", test.file, len(constants), test.kind)
		}
		for _, c := range constants {
			if !slices.Contains(schemas[test.schema].Value.Enum, any(c[1])) {
				t.Errorf("%s lacks %s", test.schema, c[1])
			}
		}
	}
	for _, word := range []string{"Account", "Server", "Event"} {
		if schemas[word] != nil {
			t.Errorf("a schema is called %s, which generators or their languages have for something of their own", word)
		}
	}
}

// An example that its own schema refuses would mislead whoever starts with it.
func TestExamplesAreWhatTheySay(t *testing.T) {
	var text struct {
		Components struct {
			Schemas map[string]struct{ Examples []any }
		}
	}
	d := document(t)
	data, err := d.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(data, &text)
	}
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for name, schema := range text.Components.Schemas {
		for _, example := range schema.Examples {
			examples++
			if err := d.Components.Schemas[name].Value.VisitJSON(example); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if examples < 5 {
		t.Errorf("%d examples", examples)
	}
}
