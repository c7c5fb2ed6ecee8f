package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"realname.example/backend/internal/httpapi"
	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/oidc"
	"realname.example/backend/internal/provider/sandbox"
	"realname.example/backend/internal/sampleservice"
	"realname.example/backend/internal/service"
)

// site is an affiliate of the sandbox: a provider made of the same code as
// Realname's own, which this server asks as it would ask any other.
type site struct {
	sandbox.Site
	address string
	// client is how the site knows this server.
	client service.Service
}

// siteNumber is where a site says the ID number.
const siteNumber = "/verification/evidence/0/document_details/document_number"

// siteAsks is what this server asks a site for, as package issuer does.
const siteAsks = `{"verification":{"trust_framework":null,"time":null,"evidence":[{"type":{"value":"document"},"document_details":{"document_number":null}}]},"claims":{"name":null}}`

// siteReturns are the addresses of the desktop's listener; the port is free.
var siteReturns = []string{"http://127.0.0.1/callback", "http://[::1]/callback"}

// openSites makes the sandbox's sites known to this server, and this server to
// them. A site whose id the operator gave to an issuer stays away.
func (a *App) openSites(ctx context.Context, taken []issuer.Config) ([]issuer.Config, error) {
	if !a.Config.IsSandbox() {
		return nil, nil
	}
	for _, s := range sandbox.Sites {
		if slices.ContainsFunc(taken, func(c issuer.Config) bool { return c.ID == s.ID }) {
			continue
		}
		known := site{Site: s, address: strings.TrimSuffix(a.URL(), "/") + "/sandbox/" + s.ID}
		var err error
		if known.client, err = a.clientAt(ctx, s.ID); err != nil {
			return nil, err
		}
		a.sites = append(a.sites, known)
	}
	var configs []issuer.Config
	for _, s := range a.sites {
		configs = append(configs, issuer.Config{
			ID: s.ID, Name: issuer.Name{ZH: s.ZH, EN: s.EN}, Issuer: s.address, ClientID: s.client.ID,
			Use: []issuer.Use{issuer.UseAffiliate}, TrustFrameworks: []string{a.Config.TrustFramework}, Number: siteNumber,
		})
	}
	return configs, a.linkSites(ctx)
}

// clientAt returns this server as a service of a site, and makes it at first.
func (a *App) clientAt(ctx context.Context, realm string) (service.Service, error) {
	m := service.Manager{Catalog: a.Store, Realm: realm, Now: a.now}
	all, err := m.List(ctx)
	if err != nil || len(all) > 0 {
		return append(all, service.Service{})[0], err
	}
	made, _, err := m.Add(ctx, service.Draft{
		Name: "Realname", Purpose: "实名认证 / real-name verification", Redirects: siteReturns, Claims: service.Claims(), Native: true,
	})
	return made, err
}

// seedService makes the sandbox's sample service known to this server.
func (a *App) seedService(ctx context.Context) error {
	m := service.Manager{Catalog: a.Store, Now: a.now}
	_, err := m.Show(ctx, sampleservice.ID)
	if !errors.Is(err, service.ErrNotFound) {
		return err
	}
	if _, _, err = m.Add(ctx, sampleservice.Draft()); err == nil {
		return nil
	}
	if _, again := m.Show(ctx, sampleservice.ID); again == nil { // another process was first
		return nil
	}
	return err
}

// linkSites links the account that the sites know, as if its person had agreed
// there. A link that is there stays.
func (a *App) linkSites(ctx context.Context) error {
	accountID, err := a.accountID(ctx, sandbox.Affiliated)
	if err != nil {
		return err
	}
	for _, s := range a.sites {
		l, err := a.Store.Link(ctx, accountID, s.address)
		if err != nil && !errors.Is(err, issuer.ErrNotFound) {
			return err
		}
		if err == nil && !l.LinkedAt.IsZero() {
			continue
		}
		if err := a.linkSite(ctx, s, accountID); err != nil {
			return err
		}
	}
	return nil
}

// siteLinked is how long a link lasts that nobody uses.
const siteLinked = 365 * 24 * time.Hour

func (a *App) linkSite(ctx context.Context, s site, accountID string) error {
	now := a.now().UTC().Truncate(time.Microsecond)
	g := service.Grant{
		ServiceID: s.client.ID, AccountID: accountID, Subject: service.Subject(a.Store.MAC, s.client, accountID),
		Status: true, Claims: service.Claims(), Since: now, At: now,
	}
	secret, request := rand.Text(), rand.Text()
	session := service.Session{
		Subject: g.Subject, Scopes: []string{"openid", "offline_access"}, SignedInAt: now,
		Asked: service.Asked{Userinfo: json.RawMessage(siteAsks)},
	}
	err := a.Store.AddRequest(ctx, service.Hash(request), service.Request{ServiceID: s.client.ID, ExpiresAt: now.Add(time.Minute), Session: session})
	if err != nil {
		return err
	}
	err = a.Store.Agree(ctx, service.Hash(request), g, service.Token{
		Kind: service.KindRefresh, Hash: service.Hash(secret), ServiceID: s.client.ID, AccountID: accountID,
		Family: rand.Text(), ExpiresAt: now.Add(siteLinked), Session: session,
	})
	if err != nil {
		return err
	}
	_, err = a.Store.SaveLink(ctx, accountID, issuer.Key{Issuer: s.address, Subject: g.Subject}, issuer.NewLink{At: now, Tokens: issuer.Tokens{Refresh: secret}})
	return err
}

// mounts are the providers that this server answers for.
func (a *App) mounts() []httpapi.Mount {
	all := []httpapi.Mount{{Provider: a.newProvider()}}
	for _, s := range a.sites {
		path := "/sandbox/" + s.ID
		p := oidc.New(oidc.Config{
			Issuer: s.address, Path: path, Realm: s.ID, Framework: a.Config.TrustFramework, Sandbox: true, Elsewhere: true, Name: s.name,
		}, oidc.Deps{
			Store: a.Store, People: members{residents{a}}, From: a.from, Count: a.countAct, Now: a.now, MAC: a.Store.MAC, Logger: a.logger,
		})
		all = append(all, httpapi.Mount{Path: path, Provider: p})
	}
	return all
}

func (s site) name(language string) string {
	if language == "zh" {
		return s.ZH
	}
	return s.EN
}

// members are the people of a site: the sandbox's accounts, of whom it has
// verified one.
type members struct{ residents }

// Standing implements oidc.People.
func (m members) Standing(ctx context.Context, accountID string) (oidc.Standing, error) {
	known, err := m.app.Store.AccountByID(ctx, accountID)
	if err != nil || known.Username != sandbox.Affiliated {
		return oidc.Standing{}, err
	}
	person, err := m.app.sandbox.Person(ctx)
	if err != nil {
		return oidc.Standing{}, err
	}
	return oidc.Standing{Facts: service.Facts{
		Framework: m.app.Config.TrustFramework, At: known.CreatedAt, Method: "face", Process: "sandbox",
		Name: person.Name, Number: person.Number,
	}}, nil
}

// inside is the way to the network for what asks issuers: to the sandbox's own
// sites it is a call, so that it needs no certificate that this machine trusts.
type inside struct {
	app  *App
	base http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, s := range i.app.sites {
		if strings.HasPrefix(r.URL.String(), s.address+"/") {
			return i.call(r), nil
		}
	}
	return i.base.RoundTrip(r)
}

func (i inside) call(r *http.Request) *http.Response {
	r = r.Clone(r.Context())
	r.RequestURI, r.RemoteAddr, r.Host = r.URL.RequestURI(), i.app.listener.Addr().String(), r.URL.Host
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &kept{header: http.Header{}, status: http.StatusOK}
	i.app.server.ServeHTTP(w, r)
	return &http.Response{
		StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}
}

// kept is an answer in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter; so do the others.
func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }

// siteID is the id of a site that is named in any case.
func (a *App) siteID(named string) string {
	for _, s := range a.sites {
		if strings.EqualFold(s.ID, named) {
			return s.ID
		}
	}
	return named
}

// knownAtSite reports whether an account is one that the sandbox's sites have
// verified; others are not offered what they could not use.
func (a *App) knownAtSite(id, username string) bool {
	ours := slices.ContainsFunc(a.sites, func(s site) bool { return s.ID == id })
	return !ours || username == sandbox.Affiliated
}

// issuerTransport is nil, the network, where there are no sites of the sandbox.
func (a *App) issuerTransport() http.RoundTripper {
	if len(a.sites) == 0 {
		return nil
	}
	return inside{app: a, base: http.DefaultTransport}
}
