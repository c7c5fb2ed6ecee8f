package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"realname.example/shared/api"
)

// promises is the server's own document, ready to hold answers against.
func promises(t testing.TB, url string) routers.Router {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/openapi.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatalf("read the document: %v", err)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Fatalf("the document is not valid: %v", err)
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// keeps fails the test where an answer of a documented call is not as the
// document says: its status, its content type, its fields.
func keeps(t testing.TB, router routers.Router, request *http.Request, response *http.Response, answer []byte) {
	t.Helper()
	route, params, err := router.FindRoute(request)
	if err != nil || strings.HasSuffix(request.URL.Path, "/events") || strings.HasSuffix(request.URL.Path, "/export") || strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return // a probe, a wrong address or method; a stream, an export or a page has no schema
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route, Options: options},
		Status:                 response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(answer)), Options: options,
	})
	if err != nil {
		t.Errorf("%s %s answers %d %s, which the document does not say: %v", request.Method, request.URL.Path, response.StatusCode, answer, err)
	}
}

// What raw sends is held against the document; this is every call that nothing
// else sends that way.
func TestAnswersAreAsTheDocumentSays(t *testing.T) {
	s := start(t, sandboxConfig(t))
	nobody, p := raw{server: s}, s.person("林峰")
	_, session := nobody.do("POST", api.PathAccounts, `{"username":"newcomer","password":"password-1"}`)
	if !strings.Contains(session, `"verification":null`) {
		t.Errorf("a new account has %s", session)
	}
	me := raw{server: s, token: s.session("demo")}
	me.do("GET", api.PathAccount, "")
	me.do("GET", api.PathOptions, "")
	status, view := me.do("POST", api.PathVerifications,
		`{"method":"mobile","identity":{"certificate_type":"cn_id","name":"`+p.Name+`","number":"`+p.Number+`","mobile":"`+p.Mobile+`"}}`)
	if status != 201 {
		t.Fatalf("begin: %d %s", status, view)
	}
	_, id, _ := strings.Cut(view, `{"id":"`)
	path := api.PathVerifications + "/" + id[:strings.IndexByte(id, '"')]
	for _, call := range []struct{ method, path, body string }{
		{"POST", path + "/code", "{}"},
		{"POST", path + "/code", "{}"},
		{"POST", path + "/code/check", `{"code":"1"}`},
		{"GET", api.PathSandboxSMS + "?mobile=" + p.Mobile, ""},
		{"GET", api.PathSandboxPeople, ""},
		{"POST", path + "/handoff", "{}"},
		{"GET", api.PathAccount, ""},
		{"GET", path, ""},
		{"DELETE", path, ""},
		{"GET", api.PathRecords, ""},
		{"DELETE", api.PathIdentity, ""},
		{"DELETE", api.PathSession, ""},
		{"GET", api.PathAccount, ""},
	} {
		me.do(call.method, call.path, call.body)
	}
	if status, answer := (raw{server: s, token: "nonsense"}).do("POST", api.PathClaim,
		`{"ticket":"A","device":{"name":"x","public_key":"AAAA"}}`); status != 401 {
		t.Errorf("a claim with a token that is none: %d %s", status, answer)
	}
}
