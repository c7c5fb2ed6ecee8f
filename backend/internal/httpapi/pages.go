package httpapi

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"realname.example/shared/handoff"
	"realname.example/shared/problem"
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

// page writes an HTML page. Its one script and style carry the nonce that the
// policy allows.
func (s *Server) page(g *gin.Context, status int, name string, data map[string]any) {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails (Go 1.24)
	nonce := base64.StdEncoding.EncodeToString(raw)
	data["Nonce"] = nonce
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name+".html", data); err != nil {
		_ = g.Error(fmt.Errorf("render page: %w", err))
		return
	}
	g.Header("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src 'nonce-"+nonce+"'; style-src 'nonce-"+nonce+
		"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	g.Data(status, "text/html; charset=utf-8", b.Bytes())
}

func (s *Server) declarePages() {
	s.declareDocument()
	s.engine.GET(handoff.PathPrefix+":ticket", s.qrPage)
	s.engine.GET("/phone/*file", s.phoneApp)
	s.engine.GET("/", func(g *gin.Context) { g.Redirect(http.StatusSeeOther, "/docs") })
}

// qrPage shows who asks. It claims nothing: its button does, by POST.
func (s *Server) qrPage(g *gin.Context) {
	ticket, _, _ := strings.Cut(g.Param("ticket"), ".")
	data := map[string]any{"Language": pageLanguage(g), "Server": s.cfg.Name, "Sandbox": s.Sandbox != nil}
	ask, err := s.Verify.Ticket(g.Request.Context(), ticket)
	status := http.StatusOK
	if err != nil {
		r := refusalOf(err, s.Now())
		status = r.code.Status()
		data["Code"] = string(r.code)
		g.Set(problemCode, string(r.code))
	} else {
		data["Ask"], data["Ticket"] = ask, ticket
		data["HasApp"] = s.hasPhoneApp()
	}
	s.page(g, status, "qr", data)
}

func (s *Server) hasPhoneApp() bool {
	_, err := os.Stat(filepath.Join(s.cfg.PhoneWeb, "index.html"))
	return s.cfg.PhoneWeb != "" && err == nil
}

// phonePolicy is that of the phone app in a browser: its own files, WebAssembly,
// the camera's pictures, and the loader's inline script and style, which a
// packaged app brings along.
const phonePolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// phoneTypes are media types that a machine's own table may lack.
var phoneTypes = map[string]string{
	".wasm": "application/wasm", ".js": "text/javascript; charset=utf-8", ".html": "text/html; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".png": "image/png", ".ico": "image/x-icon",
	".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".ttf": "font/ttf", ".otf": "font/otf", ".jpg": "image/jpeg",
}

// phoneApp serves the phone app for browsers, compressed where a file beside
// it is and the browser takes it. The folder is opened as a root: no name
// leads out of it.
func (s *Server) phoneApp(g *gin.Context) {
	missing := refuse(problem.NotFound, "The phone app for browsers is not installed here.")
	root, err := os.OpenRoot(s.cfg.PhoneWeb)
	if s.cfg.PhoneWeb == "" || err != nil {
		_ = g.Error(missing)
		return
	}
	defer root.Close()
	name := strings.TrimPrefix(path.Clean("/"+g.Param("file")), "/")
	if name == "" {
		name = "index.html"
	}
	kind, known := phoneTypes[filepath.Ext(name)]
	if !known {
		_ = g.Error(missing)
		return
	}
	file, encoding, err := openCompressed(root, name, g.GetHeader("Accept-Encoding"))
	if err != nil {
		_ = g.Error(missing)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		_ = g.Error(missing)
		return
	}
	g.Header("Content-Type", kind)
	g.Header("Content-Security-Policy", phonePolicy)
	g.Header("Permissions-Policy", "camera=(self)")
	g.Header("Cache-Control", "no-cache")
	g.Header("Vary", "Accept-Encoding")
	if encoding != "" {
		g.Header("Content-Encoding", encoding)
	}
	http.ServeContent(g.Writer, g.Request, "", info.ModTime(), file)
}

// openCompressed opens name.br or name.gz where the browser takes it, else
// name itself.
func openCompressed(root *os.Root, name, accepted string) (file *os.File, encoding string, err error) {
	for _, c := range []struct{ token, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		for _, part := range strings.Split(accepted, ",") {
			token, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
			if token != c.token || strings.TrimSpace(quality) == "q=0" {
				continue
			}
			if file, err := root.Open(name + c.suffix); err == nil {
				return file, c.token, nil
			}
		}
	}
	file, err = root.Open(name)
	return file, "", err
}
