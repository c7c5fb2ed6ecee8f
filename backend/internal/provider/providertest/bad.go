package providertest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Call is one call of a provider under test, about Agreeing.
type Call struct {
	// Action is what the call asks for.
	Action string
	// Good is the body of an answer that means success, and Code the code in it
	// that says so.
	Good, Code string
	// Do makes the call and returns its error alone.
	Do func(ctx context.Context) error
}

// RunBadAnswers proves that whatever comes instead of an answer leaves a
// provider unavailable and is never taken for a verdict.
func RunBadAnswers(t *testing.T, c *Cloud, call Call) {
	instead := func(code string) string {
		return strings.Replace(call.Good, `"`+call.Code+`"`, `"`+code+`"`, 1)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("a redirect was followed")
		_, _ = io.WriteString(w, call.Good)
	}))
	defer elsewhere.Close()
	text := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const page = "<!DOCTYPE html><html><body>Bad gateway</body></html>"
	const json = "application/json"
	for name, bad := range map[string]http.HandlerFunc{
		"500 with a good body":  text(500, json, call.Good),
		"503 with a good body":  text(503, json, call.Good),
		"404 with a good body":  text(404, json, call.Good),
		"403 without a code":    text(403, json, `{}`),
		"502 page":              text(502, "text/html", page),
		"200 page":              text(200, "text/html", page),
		"page said to be JSON":  text(200, json, page),
		"empty":                 text(200, json, ""),
		"nothing at all":        text(204, json, ""),
		"half an answer":        text(200, json, call.Good[:len(call.Good)/2]),
		"more than an answer":   text(200, json, call.Good+call.Good),
		"too long":              text(200, json, call.Good+strings.Repeat(" ", 1<<20)),
		"null":                  text(200, json, "null"),
		"list":                  text(200, json, "["+call.Good+"]"),
		"text":                  text(200, json, `"OK"`),
		"empty object":          text(200, json, "{}"),
		"empty response":        text(200, json, `{"Response":{},"Code":"200"}`),
		"response of null":      text(200, json, `{"Response":null,"Code":"200","ResultObject":null}`),
		"number for a code":     text(200, json, `{"Response":{"Result":0,"SendStatusSet":0},"Code":200}`),
		"list for an object":    text(200, json, `{"Response":[],"Code":"200","ResultObject":[]}`),
		"binary":                text(200, "application/octet-stream", "\x00\xff\xfe\x01"),
		"events":                text(200, "text/event-stream", "data: "+call.Good+"\n\n"),
		"unknown way of coding": coded("br", call.Good),
		"coding that is none":   coded("gzip", call.Good),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, call.Good)
		},
		"hung up":               func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"ID number as the code": text(200, json, instead(Agreeing.Number.Reveal())),
		"mobile as the code":    text(200, json, instead(Agreeing.Mobile.Reveal())),
		"name as the code":      text(200, json, instead(Agreeing.Name.Reveal())),
	} {
		t.Run(name, func(t *testing.T) {
			c.Script(call.Action, bad)
			before := c.Asked(call.Action)
			mustBeAway(t, call.Do(t.Context()), Agreeing)
			if n := c.Asked(call.Action) - before; n != 1 {
				t.Errorf("asked %d times; what may have been carried out must not be sent again", n)
			}
		})
	}
	t.Run("silence", func(t *testing.T) {
		c.Script(call.Action, Hang)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err := call.Do(ctx)
		mustBeAway(t, err, Agreeing)
		if !strings.Contains(err.Error(), "no answer in time") {
			t.Errorf("the log would say %q", err)
		}
	})
	t.Run("good again", func(t *testing.T) {
		c.Say(call.Action, http.StatusOK, call.Good)
		if err := call.Do(t.Context()); err != nil {
			t.Errorf("got %v", err)
		}
		c.Script(call.Action, nil)
	})
}

// coded is a good body under a wrong Content-Encoding.
func coded(how, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", how)
		_, _ = io.WriteString(w, body)
	}
}
