package sandbox_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/provider/people"
	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/provider/sandbox"
	"realname.example/backend/internal/store/storetest"
)

func TestConforms(t *testing.T) {
	s := storetest.NewSQLite(t)
	var tick atomic.Int64 // the inbox is ordered by time
	now := func() time.Time { return storetest.Start.Add(time.Duration(tick.Add(1)) * time.Millisecond) }
	accounts, err := account.New(account.Config{}, account.Deps{Store: s, Now: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	box := &sandbox.Sandbox{
		Store: s, Accounts: accounts, Password: "of-this-test", Recordings: fstest.MapFS{}, Now: now,
		Logger: slog.New(slog.DiscardHandler),
		AccountID: func(ctx context.Context, username string) (string, error) {
			found, err := s.AccountByUsername(ctx, username)
			return found.ID, err
		},
	}
	if err := box.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	providertest.RunCarrier(t, providertest.Carrier{Carrier: people.Provider{Registry: s}})
	providertest.RunSMS(t, providertest.SMS{SMS: box, Inbox: func(mobile string) []string {
		messages, err := box.Messages(context.Background(), mobile)
		if err != nil {
			t.Error(err)
		}
		var codes []string
		for _, m := range slices.Backward(messages) { // the inbox has the newest first
			codes = append(codes, m.Code)
		}
		return codes
	}})
}
