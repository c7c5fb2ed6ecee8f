package httpapi

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/peer"
	"realname.example/backend/internal/verify"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// The console is a face of /v1/admin: each of its pages calls the functions
// that answer there, as an operator who is signed in by passkey, and has the
// right that the call has. It is made of plain forms; script is there for the
// passkeys alone.

//go:embed console
var consoleFiles embed.FS

// Paths of the console.
const (
	consoleRoot    = "/console"
	consoleSignIn  = consoleRoot + "/signin"
	consoleEnrol   = consoleRoot + "/enrol"
	consoleSignOut = consoleRoot + "/signout"
)

// Cookies of the console.
const (
	sessionCookie  = "console"
	languageCookie = "console-lang"
)

// consoleSection is one entry of the navigation.
type consoleSection struct {
	Name  string
	right operator.Right
}

// Path is where the section is.
func (c consoleSection) Path() string { return consoleRoot + "/" + c.Name }

// consoleSections are in the order of the navigation.
var consoleSections = []consoleSection{
	{"reviews", operator.Review},
	{"accounts", operator.Find},
	{"people", operator.Find},
	{"services", operator.Services},
	{"numbers", operator.Any},
	{"works", operator.People},
	{"settings", operator.Settings},
	{"audit", operator.Audit},
	{"health", operator.Any},
}

// visit is one request of an operator who is signed in.
type visit struct {
	*call
	token string
	lang  string
}

// page is what a template is given.
type page struct {
	Lang string
	// Name is the template's; title.NAME is its title.
	Name     string
	Me       *operator.Caller // nil where nobody is signed in
	Sections []consoleSection
	Section  string
	Address  *url.URL // where the page can be opened again
	Form     string   // the value of every form's hidden field
	Done     string   // key of what was done just now
	Problem  string   // a sentence, where something could not be done
	Script   bool
	Sandbox  bool
	Server   string
	Data     any
}

// T returns the sentence of a key in the page's language.
func (p *page) T(key string, args ...any) string { return consoleSentence(p.Lang, key, args...) }

// Word returns the sentence of a closed list's value, or the value itself.
func (p *page) Word(list string, value any) string {
	text := fmt.Sprint(value)
	if text == "" {
		return "–"
	}
	if s, ok := consoleWords()[p.Lang][list+"."+text]; ok {
		return s
	}
	return text
}

// May reports whether the operator has a right.
func (p *page) May(right string) bool { return p.Me != nil && p.Me.May(operator.Right(right)) }

// Other is the language that the page is not in.
func (p *page) Other() string {
	if p.Lang == "zh" {
		return "en"
	}
	return "zh"
}

// InOther is the page's address in the other language.
func (p *page) InOther() string {
	u := *p.Address
	query := u.Query()
	query.Set("lang", p.Other())
	u.RawQuery = query.Encode()
	return u.String()
}

// Time returns a moment as people read it, in the server's zone.
func (p *page) Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// Iso returns a moment as programs read it.
func (p *page) Iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Colon stands between two words of which the second explains the first.
func (p *page) Colon() string {
	if p.Lang == "zh" {
		return "："
	}
	return ": "
}

// Millis is within how many milliseconds, 0 for longer than 10 s.
func (p *page) Millis(ms int64) string {
	if ms == 0 {
		return p.T("numbers.longer")
	}
	return p.T("numbers.within", ms)
}

func (s *Server) declareConsole() {
	for name, kind := range map[string]string{
		"console.css": "text/css; charset=utf-8", "passkey.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		body, err := consoleFiles.ReadFile("console/" + name)
		if err != nil {
			panic(err) // embedded: a file that cannot be read stops the build's tests
		}
		s.engine.GET(consoleRoot+"/"+name, func(g *gin.Context) { g.Data(http.StatusOK, kind, body) })
	}
	s.declareConsoleDoor()
	s.console(http.MethodGet, consoleRoot, operator.Any, s.consoleHome)
	s.declareConsoleReviews()
	s.declareConsoleDesk()
	s.declareConsoleImport()
	s.declareConsoleExport()
	s.declareConsoleServices()
	s.declareConsoleNumbers()
	s.declareConsoleAudit()
}

// console declares a page or an act of operators who are signed in. An act is a
// POST, whose form has to carry the session's value.
func (s *Server) console(method, path string, right operator.Right, handle func(context.Context, *visit) error) {
	s.consoleVisit(method, path, right, func(ctx context.Context, v *visit) error {
		if method == http.MethodPost {
			v.gin.Request.Body = http.MaxBytesReader(v.gin.Writer, v.gin.Request.Body, maxForm)
			if v.gin.Request.ParseForm() != nil || !v.own(v.gin.PostForm(formField)) {
				return errForm
			}
		}
		return handle(ctx, v)
	})
}

// consoleVisit declares a page or an act whose form the handler reads itself.
func (s *Server) consoleVisit(method, path string, right operator.Right, handle func(context.Context, *visit) error) {
	s.engine.Handle(method, path, func(g *gin.Context) {
		v, err := s.visit(g)
		switch {
		case errors.Is(err, operator.ErrNotFound):
			g.Redirect(http.StatusSeeOther, consoleSignIn+"?next="+url.QueryEscape(consoleNext(pageAddress(g.Request).String())))
			return
		case err == nil && !v.caller.operator.May(right):
			err = &sentence{http.StatusForbidden, "refused.right"}
		case err == nil && strings.Trim(string(v.id), idAlphabet) != "":
			err = refuse(problem.NotFound, "")
		}
		if err == nil {
			err = handle(g.Request.Context(), v)
		}
		if err != nil {
			s.consoleProblem(v, err)
		}
	})
}

// sentence is a refusal that has its own sentence in the console.
type sentence struct {
	status int
	key    string
}

// Error implements error.
func (e *sentence) Error() string { return e.key }

// maxForm is what a form of the console has at most.
const maxForm = 64 << 10

// formField carries the session's value in each form; errForm is one without it.
const formField = "form"

var errForm = &sentence{http.StatusForbidden, "refused.form"}

// own reports whether a form was made for this session.
func (v *visit) own(form string) bool { return operator.SameForm(v.token, form) }

// visit finds out who is signed in, or returns operator.ErrNotFound.
func (s *Server) visit(g *gin.Context) (*visit, error) {
	v := &visit{call: &call{gin: g, id: verification.ID(g.Param("id"))}, lang: s.consoleLanguage(g)}
	v.caller.address = peer.Group(peer.Address(g.Request, s.cfg.TrustedProxies))
	if v.token, _ = g.Cookie(sessionCookie); v.token == "" {
		return v, operator.ErrNotFound
	}
	var err error
	v.caller.operator, err = s.Operators.BySession(g.Request.Context(), v.token)
	return v, err
}

// reason is the reason of an act that needs one.
func (v *visit) reason() (string, error) {
	return reasonOf(v.gin.PostForm("reason"))
}

// reasonOf is a reason as it was typed.
func reasonOf(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch n := len([]rune(text)); {
	case n == 0:
		return "", &sentence{http.StatusUnprocessableEntity, "refused.reason"}
	case n > maxReason:
		return "", &sentence{http.StatusUnprocessableEntity, "refused.reason_long"}
	}
	return text, nil
}

// maxReason is that of api.ReviewDecision.
const maxReason = 1000

// consoleNext is where a sign-in leads: a page of the console, never elsewhere.
func consoleNext(address string) string {
	path, _, _ := strings.Cut(address, "?")
	if path != consoleRoot && !strings.HasPrefix(path, consoleRoot+"/") || strings.ContainsAny(address, "\\#") {
		return consoleRoot
	}
	return address
}

// pageAddress is where the page of a request can be opened again: of an act, the
// page that its form stands on. What was done is said once.
func pageAddress(r *http.Request) *url.URL {
	u := &url.URL{Path: r.URL.Path}
	if r.Method != http.MethodPost {
		query := r.URL.Query()
		query.Del("lang")
		query.Del("done")
		u.RawQuery = query.Encode()
		return u
	}
	if strings.Count(u.Path, "/") > 2 && u.Path != consoleImportPath && u.Path != consoleExportPath { // /console/SECTION/ID/ACT
		u.Path = path.Dir(u.Path)
	}
	return u
}

// consoleLanguage is what the person chose, else what the browser asks.
func (s *Server) consoleLanguage(g *gin.Context) string {
	if chosen := g.Query("lang"); chosen == "zh" || chosen == "en" {
		s.setCookie(g, languageCookie, chosen, int((365 * 24 * time.Hour).Seconds()))
		return chosen
	}
	if kept, err := g.Cookie(languageCookie); err == nil && (kept == "zh" || kept == "en") {
		return kept
	}
	return pageLanguage(g)
}

// setCookie sets a cookie of the console; a negative age ends it.
func (s *Server) setCookie(g *gin.Context, name, value string, age int) {
	http.SetCookie(g.Writer, &http.Cookie{ //nolint:gosec // on loopback without TLS browsers differ about Secure
		Name: name, Value: value, Path: consoleRoot, MaxAge: age, HttpOnly: true,
		Secure: strings.HasPrefix(s.cfg.PublicURL, "https://"), SameSite: http.SameSiteStrictMode,
	})
}

// show writes a page of an operator who is signed in.
func (s *Server) show(v *visit, name string, data any) error {
	return s.render(v.gin, http.StatusOK, s.newPage(v, name, data))
}

func (s *Server) newPage(v *visit, name string, data any) *page {
	p := &page{
		Lang: v.lang, Name: name, Data: data, Sandbox: s.Sandbox != nil, Server: s.serverName(v.lang),
		Done: doneKey(v.gin.Query("done")), Address: pageAddress(v.gin.Request),
	}
	if v.caller.operator.Name == "" {
		return p
	}
	p.Me, p.Form = &v.caller.operator, operator.FormOf(v.token)
	for _, section := range consoleSections {
		if v.caller.operator.May(section.right) {
			p.Sections = append(p.Sections, section)
			if strings.HasPrefix(v.gin.Request.URL.Path, section.Path()) {
				p.Section = section.Name
			}
		}
	}
	return p
}

// consolePolicy allows the console's own style, and on the pages of passkeys its
// script.
func consolePolicy(script bool) string {
	policy := "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	if script {
		policy += "; script-src 'self'; connect-src 'self'"
	}
	return policy
}

func (s *Server) render(g *gin.Context, status int, p *page) error {
	var b bytes.Buffer
	if err := consoleTemplates[p.Name].ExecuteTemplate(&b, "layout.html", p); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	g.Header("Content-Security-Policy", consolePolicy(p.Script))
	g.Data(status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// consoleProblem says on a page why something could not be done.
func (s *Server) consoleProblem(v *visit, err error) {
	g := v.gin
	p := s.newPage(v, "problem", nil)
	var status int
	var said *sentence
	switch {
	case errors.As(err, &said):
		status, p.Problem = said.status, p.T(said.key)
	case errors.Is(err, operator.ErrOwn):
		status, p.Problem = http.StatusForbidden, p.T("refused.own")
	case errors.Is(err, verify.ErrIdentityBound):
		status, p.Problem = http.StatusConflict, p.T("refused.bound")
	case errors.Is(err, operator.ErrAsked):
		status, p.Problem = http.StatusConflict, p.T("refused.asked")
	default:
		r := refusalOf(err, s.Now())
		status, p.Problem = r.code.Status(), r.toOperator(p.Lang)
		g.Set(problemCode, string(r.code))
		if r.code == problem.Internal {
			s.Logger.ErrorContext(g.Request.Context(), "page failed", "request", g.GetString(requestID), "route", g.FullPath(), "err", err)
		}
	}
	p.Done = ""
	if err := s.render(g, status, p); err != nil {
		_ = g.Error(err)
	}
}

// done leads back to a page after an act, which says what was done.
func (v *visit) done(path, what string) error {
	v.gin.Redirect(http.StatusSeeOther, path+"?done="+what)
	return nil
}

// doneKey takes a key only where there is a sentence for it.
func doneKey(what string) string {
	if _, ok := consoleWords()["en"]["done."+what]; ok {
		return "done." + what
	}
	return ""
}

// consoleHome leads to the first page that the operator may see.
func (s *Server) consoleHome(_ context.Context, v *visit) error {
	for _, section := range consoleSections {
		if v.caller.operator.May(section.right) {
			v.gin.Redirect(http.StatusSeeOther, section.Path())
			return nil
		}
	}
	return &sentence{http.StatusForbidden, "refused.right"}
}

// consoleTemplates has each page with the layout around it.
var consoleTemplates = parseConsole()

func parseConsole() map[string]*template.Template {
	files, err := consoleFiles.ReadDir("console")
	if err != nil {
		panic(err) // embedded: a page that cannot be read stops the build's tests
	}
	all := map[string]*template.Template{}
	shared := []string{"console/layout.html", "console/parts.html"}
	for _, f := range files {
		file := "console/" + f.Name()
		if name, isPage := strings.CutSuffix(f.Name(), ".html"); isPage && !slices.Contains(shared, file) {
			all[name] = template.Must(template.ParseFS(consoleFiles, slices.Concat(shared, []string{file})...))
		}
	}
	return all
}

// consolePath is the path of one row of a section.
func consolePath(section, rest string) string { return consoleRoot + "/" + section + "/:id" + rest }
