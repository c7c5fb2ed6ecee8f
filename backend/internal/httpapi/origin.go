package httpapi

import (
	"net"
	"net/http"
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
	case crossSite(g.Request):
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
// what a link could hold (OpenID Connect Core 3.1.2.1).
func crossSite(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") != "cross-site" {
		return false
	}
	followed := r.Method == http.MethodGet || r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, pathAuthorize)
	return !followed || r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
}

// knownHost reports whether a Host names this machine, or the address that the
// operator gave the server. None is what health checks send.
func (s *Server) knownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	return name == "" || handoff.Loopback(name) || slices.Contains(s.cfg.Hosts, name)
}
