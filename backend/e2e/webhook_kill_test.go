package e2e_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/service"
)

// mostWebhookKills bounds how often the sender is killed: each time it sends some
// hundred events.
const mostWebhookKills = 20

// TestAKilledServerLosesNoWebhook kills the server again and again while events
// flow: each arrives, and none of a person's before an earlier one.
func TestAKilledServerLosesNoWebhook(t *testing.T) {
	kills := min(faults(t), mostWebhookKills)
	onBoth(t, func(t *testing.T, cfg config.Config) { killOverWebhooks(t, cfg, kills) })
}

func killOverWebhooks(t *testing.T, cfg config.Config, kills int) {
	const perLife = 300
	events := perLife * (kills + 1)
	hook := newCounter(t, events)
	start(t, cfg).stop() // makes the database
	a, err := app.OpenDomain(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := service.Manager{Catalog: a.Store, Now: time.Now, Loopback: true}.Add(t.Context(), service.Draft{
		Name: "商城", Redirects: []string{serviceRedirect}, Webhook: hook.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	queueEvents(t, cfg, made.ID, events)
	if _, err := a.Store.ResendEvents(t.Context(), made.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}

	var mu sync.Mutex
	var process *os.Process
	fuse := 0 // how many have to have come until the server is killed
	hook.mu.Lock()
	hook.each = func(came int) {
		mu.Lock()
		defer mu.Unlock()
		if process != nil && came >= fuse {
			_ = process.Kill()
			process = nil
		}
	}
	hook.mu.Unlock()
	env := []string{
		"REALNAME_LISTEN=127.0.0.1:0", "REALNAME_DATA=" + cfg.Data, "REALNAME_DATABASE_URL=" + cfg.DatabaseURL, "REALNAME_MODELS=" + t.TempDir(),
		"REALNAME_SANDBOX_PASSWORD=" + password, hastyEnv + "=" + strconv.FormatInt(time.Now().Unix(), 10),
	}
	for range kills {
		came, _ := hook.result()
		_, cmd, _ := spawn(t, env...)
		mu.Lock()
		process, fuse = cmd.Process, came+1+rand.IntN(perLife)
		mu.Unlock()
		_ = cmd.Wait() // it is killed
	}
	_, _, stop := spawn(t, env...)
	defer stop()
	select {
	case <-hook.whole:
	case <-t.Context().Done():
	case <-time.After(5 * time.Minute):
	}
	if came, disorder := hook.result(); came != events || disorder > 0 {
		t.Errorf("%d of %d events came, %d before an earlier one of the same person", came, events, disorder)
	}
}
