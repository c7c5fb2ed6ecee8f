package httpapi

import (
	"cmp"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// frameTimeout is how long the next frame of evidence may be waited for. Each frame
// renews it, as long as its case lasts; the server's ReadTimeout is for the first.
const frameTimeout = time.Minute

// deadlines gives every answer its own time: whoever does not read it is hung up
// on, however the call came to it. Each write renews it, so that a large file may
// take as long as it is read.
func (s *Server) deadlines(g *gin.Context) {
	g.Writer = &timedWriter{
		ResponseWriter: g.Writer, control: http.NewResponseController(g.Writer),
		allowed: cmp.Or(s.cfg.AnswerTimeout, writeTimeout),
	}
}

// timedWriter sets the deadline before what it writes.
type timedWriter struct {
	gin.ResponseWriter
	control *http.ResponseController
	allowed time.Duration
}

func (w *timedWriter) renew() {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.allowed)) // a recorder in a test has none
}

// Unwrap lets a ResponseController through.
func (w *timedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Write implements io.Writer.
func (w *timedWriter) Write(p []byte) (int, error) {
	w.renew()
	return w.ResponseWriter.Write(p)
}

// WriteString implements io.StringWriter.
func (w *timedWriter) WriteString(s string) (int, error) {
	w.renew()
	return w.ResponseWriter.WriteString(s)
}

// WriteHeaderNow implements gin.ResponseWriter.
func (w *timedWriter) WriteHeaderNow() {
	w.renew()
	w.ResponseWriter.WriteHeaderNow()
}

// Flush implements http.Flusher.
func (w *timedWriter) Flush() {
	w.renew()
	w.ResponseWriter.Flush()
}
