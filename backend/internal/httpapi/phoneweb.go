package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"realname.example/shared/problem"
)

// phoneWeb serves the phone app for browsers from a folder.
type phoneWeb struct {
	folder string
	mu     sync.Mutex
	hashes map[string]hashed // by name
}

// hashed is the hash of a file as it was at a time.
type hashed struct {
	at   time.Time
	size int64
	hash string
}

func newPhoneWeb(folder string) *phoneWeb {
	return &phoneWeb{folder: folder, hashes: map[string]hashed{}}
}

func (p *phoneWeb) installed() bool {
	_, err := os.Stat(filepath.Join(p.folder, "index.html"))
	return p.folder != "" && err == nil
}

// phonePolicy is that of the phone app: its own files, WebAssembly, and calls
// to this server. The camera's pictures never become an address.
const phonePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// phoneTypes are what the app consists of, with the media types that a
// machine's own table may lack.
var phoneTypes = map[string]string{
	".wasm": "application/wasm", ".js": "text/javascript; charset=utf-8", ".html": "text/html; charset=utf-8",
	".css": "text/css; charset=utf-8", ".png": "image/png", ".ttf": "font/ttf",
}

// font is the address of the app's Chinese font, for pages on systems that have none;
// empty where the app is not installed.
func (p *phoneWeb) font() string {
	const name = "han.ttf"
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return ""
	}
	defer root.Close()
	hash, err := p.hash(root, name)
	if err != nil {
		return ""
	}
	return phonePath + name + "?v=" + hash
}

// phonePath is where the phone app for browsers lies.
const phonePath = "/phone/"

// serve answers with a file, compressed where a file beside it is and the
// browser takes it. The folder is opened as a root: no name leads out of it. An
// address that carries the hash of its file, as index.html has them, may be
// kept for good; everything else is asked for again and answered by its tag.
func (p *phoneWeb) serve(g *gin.Context) {
	missing := refuse(problem.NotFound, "The phone app for browsers is not installed here.")
	root, err := os.OpenRoot(p.folder)
	if p.folder == "" || err != nil {
		_ = g.Error(missing)
		return
	}
	defer root.Close()
	name := strings.TrimPrefix(path.Clean("/"+g.Param("file")), "/")
	if name == "" {
		name = "index.html"
	}
	kind, known := phoneTypes[filepath.Ext(name)]
	hash, err := p.hash(root, name)
	if !known || err != nil {
		_ = g.Error(missing)
		return
	}
	file, encoding, err := openCompressed(root, name, g.GetHeader("Accept-Encoding"))
	if err != nil {
		_ = g.Error(missing)
		return
	}
	defer file.Close()
	g.Header("Content-Type", kind)
	g.Header("Content-Security-Policy", phonePolicy)
	g.Header("Permissions-Policy", "camera=(self)")
	g.Header("Cache-Control", "no-cache")
	if g.Query("v") == hash {
		g.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	g.Header("Vary", "Accept-Encoding")
	g.Header("ETag", `"`+hash+encoding+`"`)
	if encoding != "" {
		g.Header("Content-Encoding", encoding)
	}
	http.ServeContent(g.Writer, g.Request, "", time.Time{}, file)
}

// hash returns the first 16 hexadecimal digits of a file's SHA-256, as
// packaging writes them into addresses. It reads a file once, until that
// changes.
func (p *phoneWeb) hash(root *os.Root, name string) (string, error) {
	file, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no file", name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.hashes[name]; known.hash != "" && known.at.Equal(info.ModTime()) && known.size == info.Size() {
		return known.hash, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	hash := hex.EncodeToString(sum.Sum(nil))[:16]
	p.hashes[name] = hashed{at: info.ModTime(), size: info.Size(), hash: hash}
	return hash, nil
}

// openCompressed opens name.br or name.gz where the browser takes it, else
// name itself.
func openCompressed(root *os.Root, name, accepted string) (file *os.File, encoding string, err error) {
	for _, c := range []struct{ token, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		for part := range strings.SplitSeq(accepted, ",") {
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
