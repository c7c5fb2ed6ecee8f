package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
)

func TestAnAdminKeepsServices(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		admin := s.operator(operator.Admin)
		status, answer := admin.do("POST", api.PathAdminServices, `{"name":"新店","redirects":["https://shop.example/back"],"claims":["name"],"webhook":"http://127.0.0.1:9/hook"}`)
		if status != http.StatusCreated || !strings.Contains(answer, `"client_secret"`) || !strings.Contains(answer, "whsec_") {
			t.Fatalf("added: %d %s", status, answer)
		}
		found := ask[[]api.AdminService](t, admin, "GET", api.PathAdminServices+"?name="+url.QueryEscape("新"), "")
		if len(found) != 1 || found[0].Name != "新店" || found[0].OffAt != nil {
			t.Fatalf("found %+v", found)
		}
		id := found[0].ID
		for bad, field := range map[string]string{
			`{"name":"x","redirects":["http://shop.example/"]}`:                   "redirects",
			`{"name":"x","redirects":["shop.example"]}`:                           "redirects",
			`{"name":"x","redirects":[]}`:                                         "redirects",
			`{"name":"x\ny","redirects":["https://a.example/"]}`:                  "name",
			`{"name":"x","redirects":["https://a.example/"],"claims":["mobile"]}`: "claims",
			`{"name":"x","redirects":["https://a.example/"],"keys":"{}"}`:         "keys",
		} {
			if status, answer := admin.do("POST", api.PathAdminServices, bad); status != http.StatusBadRequest || !strings.Contains(answer, `"field":"`+field+`"`) {
				t.Errorf("%s: %d %s", bad, status, answer)
			}
		}
		changed := ask[api.AdminServiceSecrets](t, admin, "POST", at(api.PathAdminServiceChange, id), `{"redirects":["https://new.example/"],"reason":"moved"}`)
		if !slices.Equal(changed.Redirects, []string{"https://new.example/"}) || changed.Webhook != "" || changed.WebhookSecret != "" {
			t.Errorf("changed: %+v", changed)
		}
		again := ask[api.AdminServiceSecrets](t, admin, "POST", at(api.PathAdminServiceChange, id), `{"redirects":["https://new.example/"],"webhook":"http://127.0.0.1:9/","reason":"told again"}`)
		if !strings.HasPrefix(again.WebhookSecret, "whsec_") || again.ClientSecret != "" {
			t.Errorf("a first webhook has no secret: %+v", again)
		}
		fresh := ask[api.AdminServiceSecrets](t, admin, "POST", at(api.PathAdminServiceRotate, id), `{"reason":"leaked"}`)
		if fresh.ClientSecret == "" || fresh.WebhookSecret == again.WebhookSecret || fresh.OldUntil == nil {
			t.Errorf("rotated: %+v", fresh)
		}
		if _, answer := admin.do("GET", at(api.PathAdminService, id), ""); strings.Contains(answer, fresh.ClientSecret) || strings.Contains(answer, fresh.WebhookSecret) {
			t.Errorf("a secret is shown again: %s", answer)
		}
		ask[any](t, admin, "POST", at(api.PathAdminServiceRemove, id), `{"reason":"closed"}`)
		if status, _ := admin.do("GET", at(api.PathAdminService, id), ""); status != http.StatusNotFound {
			t.Errorf("what was removed: %d", status)
		}
		var told []string
		for _, l := range ask[api.AuditPage](t, s.operator(operator.Auditor), "GET", api.PathAdminAudit+"?operator=tester-admin", "").Lines {
			told = append(told, l.Event+" "+l.Detail)
		}
		want := []string{"service_removed 新店: closed", "service_rotated 新店: leaked", "service_changed 新店: told again -> https://new.example/ http://127.0.0.1:9/", "service_changed 新店: moved -> https://new.example/", "service_added 新店: status, name"}
		if !slices.Equal(told, want) {
			t.Errorf("the trail has %q", told)
		}
	})
}

func TestNothingOfAServiceWorksWhileItIsOff(t *testing.T) {
	s := start(t, sandboxConfig(t))
	admin, shop := s.operator(operator.Admin), s.shop()
	sub := shop.exchange(s.agreed(shop, "zhaolei")).id.Subject
	token := shop.statusToken()
	status := func() int {
		var answer map[string]any
		return s.get(token, "/v1/service/people/"+sub, &answer)
	}
	grant := url.Values{"grant_type": {"client_credentials"}, "scope": {"status"}}
	ask[any](t, admin, "POST", at(api.PathAdminServiceOff, shop.id), `{"reason":"under attack"}`)
	if have := status(); have != http.StatusUnauthorized {
		t.Errorf("its token opens: %d", have)
	}
	if have, body := shop.call(shop.config.Endpoint.TokenURL, grant, true); have != http.StatusUnauthorized {
		t.Errorf("it has a new token: %d %v", have, body)
	}
	v := newVisitor(t, s.app.URL())
	v.open(shop.address())
	if v.left != nil || v.code == http.StatusOK {
		t.Errorf("people sign in there: %d %v %s", v.code, v.left, v.text())
	}
	ask[any](t, admin, "POST", at(api.PathAdminServiceOn, shop.id), `{"reason":"over"}`)
	if have := status(); have != http.StatusOK {
		t.Errorf("its token opens nothing once it is on: %d", have)
	}
}

func TestServicesAndIssuersInTheConsole(t *testing.T) {
	for lang := range languages {
		t.Run(lang, func(t *testing.T) {
			s := start(t, sandboxConfig(t))
			for i := range 51 {
				status, answer := s.operator().do("POST", api.PathAdminServices, fmt.Sprintf(`{"name":"Shop %02d","redirects":["https://shop.example/"]}`, i))
				if status != http.StatusCreated {
					t.Fatalf("%d %s", status, answer)
				}
			}
			c := openConsole(t, s, lang)
			c.enrol("wang", operator.Admin)
			c.open("/services")
			c.look("services")
			c.click("a.next")
			c.says("Shop 50")
			c.fill("#find", "shop 07")
			c.click(".find button")
			c.says("Shop 07")
			c.value(`document.querySelectorAll("details").forEach((d) => d.open = true); "open"`)
			c.fill("#name", "新店")
			c.fill("#redirects", "http://nowhere.example/")
			c.look("service-add")
			c.click("form[method=post] button:not(.quiet)")
			c.console = nil // the refusal is one for the browser too
			c.look("service-refused")
			c.console = nil
			c.open("/services")
			c.fill("#name", "新店")
			c.fill("#redirects", "https://shop.example/back\nhttps://shop.example/other")
			c.fill("#webhook", "http://127.0.0.1:9/hook")
			c.click("main form[method=post] button")
			c.says("client_secret", "whsec_")
			c.look("secrets")
			c.click("main p a")
			c.says("新店", "https://shop.example/other")
			c.value(`document.querySelectorAll("details").forEach((d) => d.open = true); "open"`)
			c.look("service")
			c.fill("#reason-rotate", "leaked")
			c.click("form[action$=rotate] button")
			c.says("client_secret")
			c.click("main p a")
			c.fill("#reason-off", "under attack")
			c.click("form[action$=turn-off] button")
			c.look("service-off")
			c.fill("#reason-remove", "closed")
			c.click("form[action$=remove] button")
			c.look("service-removed")
		})
	}
}
