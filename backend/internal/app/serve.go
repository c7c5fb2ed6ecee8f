package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	neturl "net/url"
	"strings"
	"sync"
	"time"

	"realname.example/backend/internal/consent"
	"realname.example/backend/internal/folder"
	"realname.example/backend/internal/httpapi"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/store"
	"realname.example/shared/handoff"
	"realname.example/shared/version"
)

// listen opens the listener and makes the server that answers on it.
func (a *App) listen(ctx context.Context) error {
	selfSigned := false
	if !a.Config.Plain() {
		var err error
		if a.certificates, selfSigned, err = openCertificates(a.Config, a.now(), a.logger); err != nil {
			return err
		}
		a.tls = &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: a.certificates.get}
	}
	var config net.ListenConfig
	var err error
	if a.listener, err = config.Listen(ctx, "tcp", a.Config.Listen); err != nil {
		return fmt.Errorf("nothing can be served at %s; stop the program that has it, or choose another address with --listen (%w)", a.Config.Listen, err)
	}
	a.url = a.reached(ctx)
	if err := a.wireIssuers(ctx); err != nil {
		return err
	}
	registry := a.registry
	if err := a.registerProcess(); err != nil {
		return err
	}
	a.listener = limitConnections(a.listener, a.Config, registry)
	a.queue = newQueue(registry)
	a.spend = newSpend(a.Store, a.Config.Verify.SMSAll, a.logger, registry)
	if err := a.listenMetrics(ctx, registry); err != nil {
		return err
	}
	a.Operators = newOperators(a.Store, operator.Place{Name: a.Config.Name, Origin: consoleOrigin(a.url)}, a.now)
	deps := httpapi.Deps{
		Accounts: a.accounts, Issuers: a.issuers, Verify: a.Verify, Operators: a.Operators, Registry: a.Store, Joins: a.Store, Numbers: a.Store, Checker: a.checker(), ExportKey: exportKey(a.Store), Watcher: a.watch, Answers: a.Store, Ready: a.ready,
		Consents: consent.For(a.Config.Portraits), Traces: a.traces.Provider(),
		Now: a.now, Random: rand.Reader, Logger: a.logger,
		Metrics: registry,
	}
	deps.Services, deps.Providers = services{a}, a.mounts()
	if deps.Settings, err = settingsInForce(a.Config); err != nil {
		return err
	}
	deps.ServiceDesk, deps.Works = a.Store, a.Store
	deps.ServiceManager = service.Manager{Catalog: a.Store, Now: a.now, Loopback: a.Config.IsSandbox()}
	if a.Config.IsSandbox() {
		deps.Sandbox = pages{a.sandbox, a.linkSites}
	}
	//nolint:contextcheck // handlers take the context of their request
	a.server, err = httpapi.New(httpapi.Config{
		Name: a.Config.Name, Mode: string(a.Config.Mode), Version: version.Number(), KeyHash: a.KeyHash,
		PublicURL: a.URL(), QRKeyHash: a.qrKeyHash(ctx, selfSigned),
		Retention:      a.Config.Verify.Retention,
		PicturesLife:   a.Config.Verify.PicturesLife,
		TrustedProxies: a.Config.TrustedProxies, TrustedNetworks: a.Config.TrustedNetworks,
		PasswordsOff: !a.Config.Passwords(), ResetByEmail: a.Config.Mails(),
		MetricsTokenHash: hashOf(a.Config.MetricsToken), MetricsElsewhere: a.metrics != nil,
		Loopback: handoff.Loopback(a.Config.ListenHost()), Hosts: publicHosts(a.Config.PublicURL),
		PhoneWeb: phoneWeb(a.Config.PhoneWeb), Streams: a.Config.Streams, StreamsPerCaller: a.Config.StreamsPerCaller,
		AnswerTimeout: a.Config.AnswerTimeout, DatabaseTimeout: a.Config.DatabaseTimeout, Lookers: store.Lookers,
		UploadBytes: int64(a.Config.UploadMemory) << 20,
	}, deps)
	return err
}

// publicHosts are the names that a proxy before a listener on loopback may hand
// on.
func publicHosts(url string) []string {
	u, err := neturl.Parse(url)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	return []string{strings.ToLower(u.Hostname())}
}

// phoneWeb returns the folder of the phone app for browsers.
func phoneWeb(configured string) string {
	if configured != "" {
		return configured
	}
	path, _ := folder.Find("web")
	return path
}

// Address returns where the listener is.
func (a *App) Address() string { return a.listener.Addr().String() }

// qrKeyHash is the start of the key's hash that rides in a QR code: where no
// authority vouches for the key, and a phone meets this very key.
func (a *App) qrKeyHash(ctx context.Context, selfSigned bool) string {
	if !selfSigned || !meetsOurKey(ctx, a.url, a.listener.Addr()) {
		return ""
	}
	sum, err := base64.RawURLEncoding.DecodeString(a.KeyHash())
	if err != nil {
		return ""
	}
	return handoff.KeyHash(sum)
}

// URL returns the address that phones reach.
func (a *App) URL() string { return a.url }

// reached says which address phones reach, by the configuration and the
// listener.
func (a *App) reached(ctx context.Context) string {
	if a.Config.PublicURL != "" {
		return a.Config.PublicURL
	}
	scheme := "https"
	if a.tls == nil {
		scheme = "http"
	}
	host, port, err := net.SplitHostPort(a.listener.Addr().String())
	if err != nil {
		return scheme + "://" + a.listener.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = outwardAddress(ctx)
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Limits of the HTTP server (docs/threats.md, 15).
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = time.Minute
	// From the head of a request; each answer renews it (package httpapi).
	answerTimeout  = readTimeout + 30*time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 16 << 10
	tidyEvery      = 15 * time.Second
	countEvery     = 10 * time.Second // what a process that is killed has counted of providers is lost
)

// Run serves until ctx ends, then stops accepting, ends the streams, and waits
// for what runs.
func (a *App) Run(ctx context.Context) error {
	server := &http.Server{
		Handler: a.server, TLSConfig: a.tls, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: answerTimeout,
		IdleTimeout:  idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(a.logger.Handler(), slog.LevelDebug),
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var tasks sync.WaitGroup
	tasks.Go(func() { a.watch.Run(background) })
	tasks.Go(func() { a.sweep(background) })
	tasks.Go(func() {
		a.every(background, httpapi.CheckEvery, "sessions of streams were not checked", a.server.CheckStreams)
	})
	tasks.Go(func() { a.seal(background) })
	tasks.Go(func() { a.every(background, a.Config.SweepEvery, "receipts of codes failed", a.Verify.FollowReceipts) })
	tasks.Go(func() { a.every(background, tidyEvery, "what is over at services was not forgotten", a.pruneServices) })
	tasks.Go(func() { a.issuers.Probe(background) })
	tasks.Go(func() { a.every(background, refreshEvery, "sessions were not refreshed", a.RefreshSessions) })
	tasks.Go(func() {
		a.every(background, refreshEvery, "issuers were not told of tokens that ended", a.RetryRevocations)
	})
	tasks.Go(func() {
		if err := a.deliver(background); err != nil && background.Err() == nil {
			a.logger.ErrorContext(background, "events are not sent to services", "err", err)
		}
	})
	tasks.Go(func() { a.every(background, spendEvery, "the day's codes were not counted", a.CountSpend) })
	tasks.Go(func() { a.every(background, countEvery, "counts were not written", a.Store.WriteCounts) })
	tasks.Go(func() {
		a.every(background, tidyEvery, "counts were not summed", func(ctx context.Context) error { return a.Store.SumCounts(ctx, a.now()) })
	})
	tasks.Go(func() { a.every(background, spendEvery, "jobs were not counted", a.CountJobs) })
	tasks.Go(func() {
		a.every(background, tidyEvery, "what an import left was not moved or cleared", a.Store.TidyImports)
	})
	tasks.Go(func() { a.every(background, tidyEvery, "mobile numbers of before were not indexed", a.indexMobiles) })
	if a.metrics != nil {
		tasks.Go(func() { a.serveMetrics(background) })
	}
	served := make(chan error, 1)
	go func() {
		if a.tls != nil {
			served <- server.ServeTLS(a.listener, "", "")
		} else {
			served <- server.Serve(a.listener)
		}
	}()
	a.logger.InfoContext(ctx, "serving", "address", a.URL(), "listener", a.Address(), "mode", a.Config.Mode)
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		err = a.leave(served)
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.DrainTimeout)
	defer cancel()
	a.server.CloseStreams()
	err = errors.Join(ignoreClosed(err), server.Shutdown(grace), a.Verify.Drain(grace))
	stop()
	tasks.Wait()
	return errors.Join(err, a.Store.WriteCounts(grace), a.Close())
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
