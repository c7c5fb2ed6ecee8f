package command

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"realname.example/backend/internal/config"
)

// health asks the server that runs here with these settings whether it is
// ready: for a container, which has no other program to ask with, and for
// scripts that start one.
type health struct {
	Wait time.Duration `type:"interval" default:"0s" help:"How long to ask again while it is not."`
}

const (
	// askTimeout leaves /readyz the 3 s that its own checks may take.
	askTimeout = 4 * time.Second
	askEvery   = 200 * time.Millisecond
)

func (h health) Run(ctx context.Context, cfg config.Config, env Env) error {
	address, err := readyAddress(cfg)
	if err != nil {
		return err
	}
	asker := &http.Client{Timeout: askTimeout, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // it is this machine, and nothing secret is sent
	}}
	ctx, stop := context.WithTimeout(ctx, h.Wait+askTimeout)
	defer stop()
	until := env.Now().Add(h.Wait)
	again := time.NewTicker(askEvery)
	defer again.Stop()
	for {
		if err = ready(ctx, asker, address); err == nil {
			_, err = fmt.Fprintln(env.Stdout, "ready")
			return err
		}
		if !env.Now().Before(until) {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return err
		}
	}
}

// readyAddress is where the server of the settings is asked from this machine.
func readyAddress(cfg config.Config) (string, error) {
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return "", cfg.Check() // says how an address is written
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "https"
	if cfg.Plain() {
		scheme = "http"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/readyz", nil
}

// ready returns nil where the server says that it is to be sent requests, and
// else which parts say no.
func ready(ctx context.Context, asker *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := asker.Do(request)
	if err != nil {
		return fmt.Errorf("no server answers at %s; is it started, with these settings? (%w)", address, errors.Unwrap(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var answer struct {
		Checks []struct {
			Name     string `json:"name"`
			Required bool   `json:"required"`
			Error    string `json:"error"`
		} `json:"checks"`
	}
	_ = json.NewDecoder(response.Body).Decode(&answer) // a page of something else has no checks
	var parts []string
	for _, c := range answer.Checks {
		if c.Required && c.Error != "" {
			parts = append(parts, c.Name+": "+c.Error)
		}
	}
	return fmt.Errorf("the server at %s is not ready (status %d) %s", address, response.StatusCode, strings.Join(parts, "; "))
}
