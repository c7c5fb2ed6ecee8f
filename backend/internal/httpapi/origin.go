package httpapi

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"realname.example/shared/handoff"
	"realname.example/shared/problem"
)

// guard refuses what a browser sends for a page of another site, and on loopback
// what names another host: a page whose name was made to point here. Nothing of
// such a request is looked at.
func (s *Server) guard(g *gin.Context) {
	switch {
	case s.crossSite(g.Request):
		_ = g.Error(refuse(problem.Forbidden, "A page of another site may not call this server."))
		g.Abort()
	case s.cfg.Loopback && !s.knownHost(g.Request.Host):
		_ = g.Error(refuse(problem.Forbidden, "This server does not answer under that name; use the address that it listens on."))
		g.Abort()
	}
}

// crossSite reports whether a browser says that a page of another site asks. A
// link that is followed is none: the address in a QR code may stand anywhere. Nor
// is a form that sends a person to a provider, which takes nothing from it but
// what a link could hold (OpenID Connect Core 3.1.2.1). A browser that names no
// site (Safari before 16.4, of 2023) has an Origin, but where a link is followed.
func (s *Server) crossSite(r *http.Request) bool {
	form := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, pathAuthorize)
	switch r.Header.Get("Sec-Fetch-Site") {
	case "":
		return !form && s.foreign(r)
	case "cross-site":
		followed := form || r.Method == http.MethodGet
		return !followed || r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
	}
	return false
}

// foreign reports whether the Origin names another host than this server's. "null" is
// what our own pages' forms have, by their Referrer-Policy, and a frame in a sandbox:
// for that, JSON needs a preflight, which nobody answers, and the cookie of operators is
// SameSite=Strict.
func (s *Server) foreign(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" {
		return false
	}
	u, err := url.Parse(origin)
	if err != nil {
		return true
	}
	name := hostName(u.Host)
	return name != hostName(r.Host) && !slices.Contains(s.cfg.Hosts, name)
}

// knownHost reports whether a Host names this machine, or the address that the
// operator gave the server. None is what health checks send.
func (s *Server) knownHost(host string) bool {
	name := hostName(host)
	return name == "" || handoff.Loopback(name) || slices.Contains(s.cfg.Hosts, name)
}

// hostName is a host in lower case, without port and brackets.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}
