package httpapi

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"realname.example/shared/api"
	"realname.example/shared/handoff"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are parsed once; a page that cannot be parsed stops the build's tests.
var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// languages are those of the pages.
var languages = language.NewMatcher([]language.Tag{language.English, language.Chinese})

// pageLanguage returns zh or en, as the browser asks.
func pageLanguage(g *gin.Context) string {
	tags, _, _ := language.ParseAcceptLanguage(g.GetHeader("Accept-Language"))
	tag, _, _ := languages.Match(tags...)
	base, _ := tag.Base()
	return base.String()
}

// serverName is the server's name as a page says it.
func (s *Server) serverName(language string) string {
	if s.cfg.Name == api.SandboxName && language == "zh" {
		return "实名认证演示环境"
	}
	return s.cfg.Name
}

// page writes an HTML page. Its one script and style carry the nonce that the
// policy allows.
func (s *Server) page(g *gin.Context, status int, name string, data map[string]any) {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails (Go 1.24)
	nonce := base64.StdEncoding.EncodeToString(raw)
	data["Nonce"], data["Han"] = nonce, s.phoneWeb.font()
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name+".html", data); err != nil {
		_ = g.Error(fmt.Errorf("render page: %w", err))
		return
	}
	g.Header("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src 'nonce-"+nonce+"'; style-src 'nonce-"+nonce+
		"'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	g.Data(status, "text/html; charset=utf-8", b.Bytes())
}

// pathOIDC is where the endpoints and pages of a provider begin. To pathAuthorize
// another site's page sends its people, by a form too.
const (
	pathOIDC      = "/oidc/"
	pathAuthorize = pathOIDC + "authorize"
)

// segments turns a pattern of http.ServeMux into one of gin.
var segments = strings.NewReplacer("{", ":", "}", "")

func (s *Server) declarePages() {
	s.declareDocument()
	s.engine.GET(handoff.PathPrefix+":ticket", s.qrPage)
	s.engine.GET(api.PathGetApp, s.appPage)
	s.engine.GET("/phone/*file", s.phoneWeb.serve)
	for _, m := range s.Providers {
		for _, pattern := range m.Provider.Patterns() {
			method, path, _ := strings.Cut(pattern, " ")
			s.engine.Handle(method, m.Path+segments.Replace(path), gin.WrapH(m.Provider))
		}
	}
	s.engine.GET("/", func(g *gin.Context) { g.Redirect(http.StatusSeeOther, "/docs") })
}

// appPage says where the phone app is, per system.
func (s *Server) appPage(g *gin.Context) {
	language := pageLanguage(g)
	s.page(g, http.StatusOK, "app", map[string]any{
		"Language": language, "Server": s.serverName(language),
		"InBrowser": s.phoneWeb.installed(), "SelfSigned": s.cfg.QRKeyHash != "",
		"InApp": inApp.MatchString(g.Request.UserAgent()),
	})
}

// inApp are browsers inside of WeChat, QQ, Alipay, DingTalk, Weibo, Feishu and
// Douyin, by what they call themselves. Many keep the camera closed.
var inApp = regexp.MustCompile(`MicroMessenger|\bQQ/|AlipayClient|DingTalk|Weibo|Lark/|Feishu|aweme`)

// qrPage shows who asks. It claims nothing: its button does, by POST.
func (s *Server) qrPage(g *gin.Context) {
	ticket, _, _ := strings.Cut(g.Param("ticket"), ".")
	language := pageLanguage(g)
	data := map[string]any{"Language": language, "Server": s.serverName(language), "Sandbox": s.Sandbox != nil}
	ask, err := s.Verify.Ticket(g.Request.Context(), ticket)
	status := http.StatusOK
	if err != nil {
		r := refusalOf(err, s.Now())
		status = r.code.Status()
		data["Code"] = string(r.code)
		g.Set(problemCode, string(r.code))
	} else {
		data["Ask"], data["Ticket"] = ask, ticket
		data["HasApp"], data["SelfSigned"] = s.phoneWeb.installed(), s.cfg.QRKeyHash != ""
		data["InApp"] = inApp.MatchString(g.Request.UserAgent())
	}
	s.page(g, status, "qr", data)
}
