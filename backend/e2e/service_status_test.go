package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"realname.example/backend/internal/service"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// statusToken is a service's own token.
func (r *relying) statusToken() string {
	r.t.Helper()
	status, body := r.call(r.config.Endpoint.TokenURL, url.Values{"grant_type": {"client_credentials"}, "scope": {"status"}}, true)
	token, _ := body["access_token"].(string)
	if status != http.StatusOK || token == "" {
		r.t.Fatalf("token: %d %v", status, body)
	}
	return token
}

// get asks the API as a service and decodes the answer.
func (s *server) get(token, path string, into any) int {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.app.URL()+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode
}

func TestAServiceAsksHowItStandsAndCatchesUp(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop, other := s.shop(), s.shop()
	sub := shop.exchange(s.agreed(shop, "zhaolei")).id.Subject
	token := shop.statusToken()
	var person api.ServicePerson
	if status := s.get(token, "/v1/service/people/"+sub, &person); status != http.StatusOK || !person.Verified || person.Method != "mobile" || person.VerifiedAt == nil {
		t.Errorf("got %d %+v", status, person)
	}
	var refused problem.Problem
	if status := s.get(other.statusToken(), "/v1/service/people/"+sub, &refused); status != http.StatusNotFound || !strings.Contains(refused.Detail, "lets this service know") {
		t.Errorf("another service asks about a subject that is not its own: %d %+v", status, refused)
	}
	if status := s.get("guessed", "/v1/service/people/"+sub, &refused); status != http.StatusUnauthorized {
		t.Errorf("nobody's token: %d", status)
	}
	pc := s.signIn("zhaolei")
	if err := pc.EraseIdentity(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.mobile(pc, s.person("王芳")); err != nil { // the carrier has the number under another ID
		t.Fatal(err)
	}
	if _, err := s.mobile(pc, s.person("赵磊")); err != nil {
		t.Fatal(err)
	}
	records, err := pc.Records(t.Context())
	if err != nil || len(records.Grants) != 1 || records.Grants[0].Name != "商城" || !records.Grants[0].Status {
		t.Fatalf("records %+v, %v", records.Grants, err)
	}
	if err := pc.Revoke(t.Context(), records.Grants[0].ID); err != nil {
		t.Fatal(err)
	}
	mustProblem(t, pc.Revoke(t.Context(), records.Grants[0].ID), problem.NotFound)
	var events api.ServiceEvents
	s.get(token, "/v1/service/events", &events)
	var types []string
	for _, e := range events.Events {
		types = append(types, e.Type)
		if e.Data.Sub != sub {
			t.Errorf("an event about %q", e.Data.Sub)
		}
	}
	if want := []string{"identity.erased", "verification.rejected", "verification.verified", "grant.revoked"}; !slices.Equal(types, want) {
		t.Errorf("events %q, want %q", types, want)
	}
	s.get(token, "/v1/service/events?after=3", &events)
	if len(events.Events) != 1 || events.Next != 4 || events.More {
		t.Errorf("after the third: %+v", events)
	}
	if status := s.get(token, "/v1/service/events?after=x", &refused); status != http.StatusBadRequest {
		t.Errorf("after that is no number: %d", status)
	}
	if status := s.get(token, "/v1/service/people/"+sub, &refused); status != http.StatusNotFound {
		t.Errorf("after it was revoked: %d", status)
	}
}

func TestARevokedServiceHasNothingAnyMore(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	shop.config.Scopes = append(shop.config.Scopes, "offline_access")
	token := shop.exchange(s.agreed(shop, "zhaolei")).token
	if err := s.signIn("zhaolei").Revoke(t.Context(), shop.id); err != nil {
		t.Fatal(err)
	}
	status, body := shop.call(shop.config.Endpoint.TokenURL, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.RefreshToken}}, true)
	expectRefusal(t, status, body, http.StatusBadRequest, "invalid_grant")
	records, err := s.signIn("zhaolei").Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range records.Events {
		if e.Party == shop.id {
			said = append(said, e.Event)
		}
	}
	if !slices.Equal(said, []string{"granted", "grant_revoked"}) {
		t.Errorf("the trail says %v of the service", said)
	}
}

// receiver is a service's webhook, which checks each signature.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	secrets []string
	answer  int
	got     []string
	ids     map[string]int
	arrived chan struct{}
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{answer: http.StatusNoContent, ids: map[string]int{}, arrived: make(chan struct{}, 1000)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(request.Body)
	good := 0
	for _, secret := range r.secrets {
		hook, newErr := standard.NewWebhook(secret)
		if err == nil && newErr == nil && hook.Verify(body, request.Header) == nil {
			good++
		}
	}
	var event api.ServiceEvent
	switch {
	case good != len(r.secrets) || json.Unmarshal(body, &event) != nil:
		r.got = append(r.got, "a bad signature")
	case r.answer/100 == 2:
		r.got = append(r.got, event.Type)
		r.ids[request.Header.Get("webhook-id")]++
	}
	w.WriteHeader(r.answer)
	r.arrived <- struct{}{}
}

func (r *receiver) set(answer int, secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer, r.secrets = answer, secrets
}

func (r *receiver) types() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// next waits for a delivery, whatever becomes of it.
func (r *receiver) next(t *testing.T) {
	t.Helper()
	select {
	case <-r.arrived:
	case <-time.After(30 * time.Second):
		t.Fatalf("nothing arrived; so far: %q", r.types())
	}
}

func TestWebhooksArriveSignedAndInOrder(t *testing.T) {
	hook := newReceiver(t)
	s := start(t, sandboxConfig(t))
	made, secrets := s.addService(service.Draft{Name: "商城", Redirects: []string{serviceRedirect}, Webhook: hook.URL})
	hook.set(http.StatusNoContent, secrets.Webhook)
	shop := s.relying(made, secrets.Client, serviceRedirect)
	shop.exchange(s.agreed(shop, "zhaolei"))
	pc := s.signIn("zhaolei")
	if err := pc.EraseIdentity(t.Context()); err != nil {
		t.Fatal(err)
	}
	hook.next(t)
	_, renewed, err := service.Manager{Catalog: s.app.Store, Now: s.clock.Now}.Rotate(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	hook.set(http.StatusServiceUnavailable, secrets.Webhook, renewed.Webhook) // signed with both
	if _, err := s.mobile(pc, s.person("赵磊")); err != nil {
		t.Fatal(err)
	}
	hook.next(t) // and is refused
	hook.set(http.StatusNoContent, secrets.Webhook, renewed.Webhook)
	if err := pc.Revoke(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	hook.next(t)
	hook.next(t)
	if got, want := hook.types(), []string{"identity.erased", "verification.verified", "grant.revoked"}; !slices.Equal(got, want) {
		t.Errorf("arrived %q, want %q", got, want)
	}
	if strings.Contains(s.log.String(), secrets.Webhook) {
		t.Error("the log has a secret")
	}
}

func TestADeadReceiverHoldsUpNobodyElse(t *testing.T) {
	s := start(t, sandboxConfig(t))
	over := make(chan struct{})
	dead := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}))
	defer dead.Close()
	defer close(over)
	live := newReceiver(t)
	for _, hook := range []string{dead.URL, live.URL} {
		made, secrets := s.addService(service.Draft{Name: "商城", Redirects: []string{serviceRedirect}, Webhook: hook})
		live.set(http.StatusNoContent, secrets.Webhook)
		shop := s.relying(made, secrets.Client, serviceRedirect)
		shop.exchange(s.agreed(shop, "zhaolei"))
	}
	if err := s.signIn("zhaolei").EraseIdentity(t.Context()); err != nil {
		t.Fatal(err)
	}
	live.next(t)
	if got := live.types(); !slices.Equal(got, []string{"identity.erased"}) {
		t.Errorf("arrived %q", got)
	}
}
