package webhook_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/service"
	"realname.example/backend/internal/webhook"
)

var event = service.Event{Number: 1, ID: "msg_1", Type: service.EventVerified, Subject: "s", At: time.Now()}

func to(address string) service.Service {
	return service.Service{Webhook: address, WebhookSecrets: []service.WebhookSecret{{Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}}
}

func TestAWebhookReachesNoAddressOfTheOperatorsOwn(t *testing.T) {
	served := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	defer inside.Close()
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	sender := webhook.NewSender(time.Now, webhook.Network{})
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "localhost", // a name that leads inside is refused at its address
		"10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[fe80::1]", "[fd00::1]", "[::]", "224.0.0.1",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]",
	} {
		err := sender.Send(t.Context(), to("http://"+host+":"+port+"/"), event)
		var down *webhook.DownError
		if !errors.As(err, &down) {
			t.Errorf("%s: got %v", host, err)
		}
		if err != nil && strings.Contains(err.Error(), port) {
			t.Errorf("%s: the error has the address: %v", host, err)
		}
	}
	if served != 0 {
		t.Errorf("%d requests arrived", served)
	}
}

func TestAWebhookFollowsNoRedirectAndReadsLittle(t *testing.T) {
	followed := false
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/followed", http.StatusTemporaryRedirect)
		case "/followed":
			followed = true
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		}
	}))
	defer hook.Close()
	sender := webhook.NewSender(time.Now, webhook.Network{Loopback: true})
	if err := sender.Send(t.Context(), to(hook.URL+"/redirect"), event); err == nil || followed {
		t.Errorf("a redirect: %v, followed %t", err, followed)
	}
	began := time.Now()
	if err := sender.Send(t.Context(), to(hook.URL+"/endless"), event); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("an answer without end: %v after %v", err, time.Since(began))
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	answer := 0
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) }))
	defer hook.Close()
	sender := webhook.NewSender(time.Now, webhook.Network{Loopback: true})
	for status, want := range map[int]string{
		200: "", 204: "", 201: "", 301: "event", 400: "event", 404: "event", 410: "event", 500: "event",
		429: "down", 502: "down", 503: "down", 504: "down",
	} {
		answer = status
		err := sender.Send(context.Background(), to(hook.URL), event)
		var down *webhook.DownError
		got := ""
		if errors.As(err, &down) {
			got = "down"
		} else if err != nil {
			got = "event"
		}
		if got != want {
			t.Errorf("%d: %q (%v), want %q", status, got, err, want)
		}
	}
}
