package main

import (
	"context"
	"fmt"
	"path/filepath"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// tryRelease starts the backend of a folder, waits until it is ready, the face engine with it, and
// verifies a person of its sandbox by mobile number.
func tryRelease(ctx context.Context, build string) error {
	var all programs
	defer all.stop()
	listen, err := freePort(ctx)
	if err != nil {
		return err
	}
	_, server, err := all.backend(ctx, build, filepath.Join(build, "data"), listen, false)
	if err != nil {
		return err
	}
	c, err := client.New(client.Config{Server: server})
	if err != nil {
		return err
	}
	defer c.Close()
	session, err := c.CreateAccount(ctx, api.Credentials{Username: "release", Password: "a password for once"})
	if err != nil {
		return fmt.Errorf("create an account: %w", err)
	}
	view, err := verifyByMobile(ctx, c, c.Account(client.AccountToken(session.Token)), zhangWei)
	if err != nil {
		return err
	}
	if view.Status != verification.Verified {
		return fmt.Errorf("the server says %q %q, not verified", view.Status, view.Reason)
	}
	return nil
}

// verifyByMobile goes the whole way of the mobile method, as the desktop app does.
func verifyByMobile(ctx context.Context, c *client.Client, account *client.Account, p person) (verification.View, error) {
	view, err := account.Begin(ctx, api.NewVerification{
		Method:   verification.Mobile,
		Identity: &api.Identity{CertificateType: string(identity.CNID), Name: p.name, Number: p.number, Mobile: p.mobile},
	})
	if err != nil {
		return view, fmt.Errorf("begin: %w", err)
	}
	if _, err := account.SendCode(ctx, view.ID); err != nil {
		return view, fmt.Errorf("send the code: %w", err)
	}
	messages, err := c.SandboxSMS(ctx, p.mobile)
	if err != nil {
		return view, fmt.Errorf("read the sandbox's SMS inbox: %w", err)
	}
	if len(messages) == 0 {
		return view, fmt.Errorf("the sandbox's SMS inbox has nothing for %s", p.mobile)
	}
	return account.CheckCode(ctx, view.ID, api.CodeCheck{Code: messages[0].Code})
}
