// Package gateway sends codes by whatever SMS gateway an operator has, over
// HTTP: a file says how a message is put and what an answer means. It knows no
// gateway of its own.
package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/go-openapi/jsonpointer"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

// Gateway implements verify.SMS. It is safe for concurrent use.
type Gateway struct {
	description Description
	parts       *template.Template
	success     jsonpointer.Pointer
	code        jsonpointer.Pointer
	way         *cloud.Client
	minutes     int
	now         func() time.Time
}

// message is what the templates see.
type message struct {
	Mobile  string // 13800000001
	E164    string // +8613800000001
	Code    string // six digits
	Reset   bool   // the code sets a new password
	Minutes int    // how long the code lives
	Text    string // Description.Text, filled in
}

// call names the question in errors.
const call = "SMS gateway"

// Send implements verify.SMS. A number that the gateway refuses is
// *verify.InputError: nothing is wrong with the gateway, and the person has to
// use another.
func (g *Gateway) Send(ctx context.Context, m verify.Message) (verify.Receipt, error) {
	var none verify.Receipt // no two gateways say in the same way what became of a message
	request, err := g.request(ctx, message{Mobile: m.Mobile, E164: "+86" + m.Mobile, Code: m.Code, Reset: m.Reset, Minutes: g.minutes})
	if err != nil {
		return none, cloud.Unavailable(call, cloud.ErrRequest)
	}
	status, body, err := g.way.Fetch(request)
	if err != nil {
		return none, cloud.Unavailable(call, err)
	}
	if page := bytes.TrimSpace(body); len(page) > 0 && page[0] == '<' {
		return none, cloud.Unavailable(call, cloud.ErrShape) // a proxy's page, or XML, which no pointer reads
	}
	return none, g.meaning(status, body)
}

// meaning is what an answer says. The table of codes comes before success: some
// gateways answer 200 and put the refusal inside.
func (g *Gateway) meaning(status int, body []byte) error {
	var answer any
	if json.Valid(body) { // what is no JSON has no code
		numbers := json.NewDecoder(bytes.NewReader(body))
		numbers.UseNumber() // digits reads them
		_ = numbers.Decode(&answer)
	}
	if meaning, known := g.description.Codes[text(g.code, answer)]; known {
		return g.refusal(meaning)
	}
	s := g.description.Success
	if !slices.Contains(s.Status, status) {
		return cloud.Unavailable(call, cloud.Code(fmt.Sprint(status)))
	}
	if s.Pointer != "" && !slices.Contains(s.Values, text(g.success, answer)) {
		return cloud.Unavailable(call, cloud.Code(text(g.success, answer)))
	}
	return nil
}

// refusal puts a gateway's refusal into the words of the domain.
func (g *Gateway) refusal(m Meaning) error {
	switch m {
	case IllegalNumber:
		return cloud.NumberRefused(identity.CauseUnsupported)
	case Blocked:
		return cloud.NumberRefused(identity.CauseBlocked)
	case Limit:
		return cloud.TooFast(cloud.NextDay(g.now()))
	case TryAgain:
	}
	return cloud.Unavailable(call, cloud.Code(string(m)))
}

// text is the value at a pointer, as a person would write it in the file: a
// string, a number or a truth; "" for anything else.
func text(at jsonpointer.Pointer, answer any) string {
	value, _, err := at.Get(answer)
	if err != nil || at.IsEmpty() {
		return ""
	}
	switch value := value.(type) {
	case json.Number:
		return digits(value)
	case string, bool:
		return fmt.Sprint(value)
	}
	return ""
}

// exact is up to where a float64 has every whole number.
const exact = 1 << 53

// digits is a number without an exponent and without zeros behind its fraction, so that
// 0.0 is 0 and 1.1e1 is 11. What a float64 cannot hold is left as it stands.
func digits(n json.Number) string {
	if f, err := n.Float64(); err == nil && math.Abs(f) < exact {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return n.String()
}

// request fills the templates.
func (g *Gateway) request(ctx context.Context, m message) (*http.Request, error) {
	var err error
	fill := func(name string) string {
		var b strings.Builder
		if e := g.parts.ExecuteTemplate(&b, name, m); e != nil {
			err = e
		}
		return b.String()
	}
	m.Text = fill("text")
	address, body := fill("address"), fill("body")
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, g.description.Method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name := range g.description.Headers {
		request.Header.Set(name, fill("header "+name))
	}
	return request, err
}
