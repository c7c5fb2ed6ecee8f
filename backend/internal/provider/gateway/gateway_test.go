package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/provider/gateway"
	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

var now = time.Date(2026, 11, 29, 14, 30, 0, 0, time.UTC)

// relay is a gateway of another make: JSON in, JSON out with the refusal inside
// an answer of 200, a token in a header.
type relay struct{ token string }

func (relay) Action(r *http.Request) string { return r.URL.Path }

func (g relay) Verify(r *http.Request, _ []byte, _ time.Time) error {
	if r.Header.Get("Authorization") != "Bearer "+g.token {
		return errors.New("wrong token")
	}
	return nil
}

func (relay) Refuse(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) }

func (relay) Answer(c *providertest.Cloud, w http.ResponseWriter, _ *http.Request, action string, body []byte) bool {
	var in struct {
		To   string `json:"to"`
		Text string `json:"text"`
	}
	if action != "/send" || json.Unmarshal(body, &in) != nil {
		return false
	}
	_, code, _ := strings.Cut(in.Text, "验证码 ")
	c.Deliver(strings.TrimPrefix(in.To, "+86"), code[:6])
	_, _ = fmt.Fprint(w, good)
	return true
}

const good = `{"result":{"code":"0"}}`

const description = `{
	"address": "ADDRESS/send",
	"headers": {"Authorization": "Bearer {{secret \"token\"}}", "Content-Type": "application/json"},
	"body": "{\"to\":{{json .E164}},\"text\":{{json .Text}}}",
	"text": "验证码 {{.Code}}，{{.Minutes}} 分钟内有效。",
	"secrets": {"token": "TOKEN"},
	"success": {"status": [200], "pointer": "/result/code", "values": ["0"]},
	"code": "/result/code",
	"codes": {"11": "illegal_number", "1000011": "illegal_number", "12": "blocked", "13": "limit", "14": "try_again"}
}`

// opened serves a relay and opens the gateway that a description leads to.
func opened(t *testing.T, change ...string) (*gateway.Gateway, *providertest.Cloud, error) {
	t.Helper()
	cloud := providertest.NewCloud(t, relay{"s3cret"})
	folder := t.TempDir()
	token, file := filepath.Join(folder, "token"), filepath.Join(folder, "gateway.json")
	text := strings.NewReplacer(append(change, "ADDRESS", cloud.URL, "TOKEN", token)...).Replace(description)
	for name, content := range map[string]string{token: "s3cret\n", file: text} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g, err := gateway.New(gateway.Config{File: file, Life: 5 * time.Minute, Now: func() time.Time { return now }})
	return g, cloud, err
}

func mustOpen(t *testing.T) (*gateway.Gateway, *providertest.Cloud) {
	t.Helper()
	g, cloud, err := opened(t)
	if err != nil {
		t.Fatal(err)
	}
	return g, cloud
}

func TestConforms(t *testing.T) {
	g, cloud := mustOpen(t)
	providertest.RunSMS(t, providertest.SMS{SMS: g, Inbox: cloud.Inbox})
	if refused := cloud.Refused(); len(refused) > 0 {
		t.Errorf("requests were refused: %v", refused)
	}
}

func TestBadAnswersSendNothing(t *testing.T) {
	g, cloud := mustOpen(t)
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: "/send", Good: good, Code: "0",
		Do: func(ctx context.Context) error {
			_, err := g.Send(ctx, verify.Message{Mobile: providertest.Agreeing.Mobile.Reveal(), Code: "123456"})
			return err
		},
	})
}

// Where no status is named, 200 took the message on.
func TestSuccessWithoutAStatusIs200(t *testing.T) {
	for _, status := range []string{`"status": [], `, ``} {
		g, cloud, err := opened(t, `"status": [200], `, status)
		if err != nil {
			t.Fatal(err)
		}
		for answered, sent := range map[int]bool{http.StatusOK: true, http.StatusAccepted: false} {
			cloud.Say("/send", answered, good)
			if _, err := g.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); (err == nil) != sent {
				t.Errorf("%q, answered %d: %v", status, answered, err)
			}
		}
	}
}

// A number is what it is worth, however the gateway writes it.
func TestANumberMeansSuccessHoweverItIsWritten(t *testing.T) {
	g, cloud, err := opened(t, `"values": ["0"]`, `"values": ["0", "200", "0.5", "90071992547409931"]`)
	if err != nil {
		t.Fatal(err)
	}
	for number, sent := range map[string]bool{
		"0": true, "0.0": true, "200": true, "200.0": true, "2e2": true, "0.50": true, "90071992547409931": true,
		"1": false, "0.1": false, "90071992547409932": false, "1e999": false,
	} {
		cloud.Say("/send", http.StatusOK, `{"result":{"code":`+number+`}}`)
		if _, err := g.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); (err == nil) != sent {
			t.Errorf("%s: %v", number, err)
		}
	}
}

func TestTheTextSaysWhatACodeIsFor(t *testing.T) {
	for name, change := range map[string][]string{
		"own text": {"验证码 {{.Code}}，{{.Minutes}} 分钟内有效。", "{{if .Reset}}重设密码的{{end}}验证码 {{.Code}}，"},
		"no text":  {`"text": "验证码 {{.Code}}，{{.Minutes}} 分钟内有效。",`, ""},
	} {
		t.Run(name, func(t *testing.T) { saysWhatACodeIsFor(t, change) })
	}
}

func saysWhatACodeIsFor(t *testing.T, change []string) {
	g, cloud, err := opened(t, change...)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	cloud.Script("/send", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		text = string(body)
		_, _ = fmt.Fprint(w, good)
	})
	for reset, want := range map[bool]string{false: `"text":"验证码 123456，`, true: `"text":"重设密码的验证码 123456，`} {
		if _, err := g.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456", Reset: reset}); err != nil || !strings.Contains(text, want) {
			t.Errorf("%s, %v", text, err)
		}
	}
}

func TestCodesOfTheGatewayAreSaidAsWhatTheyAre(t *testing.T) {
	g, cloud := mustOpen(t)
	number := func(cause identity.Cause) func(error) bool {
		return func(err error) bool {
			var input *verify.InputError
			return errors.As(err, &input) && input.Fields[0].Field == identity.FieldMobile && input.Fields[0].Cause == cause && verify.Refused(err)
		}
	}
	away := func(err error) bool { return errors.Is(err, verify.ErrProviderUnavailable) }
	for answer, is := range map[string]func(error) bool{
		`{"result":{"code":"11"}}`:    number(identity.CauseUnsupported),
		`{"result":{"code":11}}`:      number(identity.CauseUnsupported),
		`{"result":{"code":1000011}}`: number(identity.CauseUnsupported),
		`{"result":{"code":11.0}}`:    number(identity.CauseUnsupported),
		`{"result":{"code":1.1e1}}`:   number(identity.CauseUnsupported),
		`{"result":{"code":"12"}}`:    number(identity.CauseBlocked),
		`{"result":{"code":"13"}}`: func(err error) bool {
			var limit *verify.LimitError
			return errors.As(err, &limit) && limit.Bucket == verify.BucketSMSNumber && limit.RetryAt.Equal(time.Date(2026, 11, 29, 16, 0, 0, 0, time.UTC))
		},
		`{"result":{"code":"14"}}`: away,
		`{"result":{"code":"99"}}`: away,
	} {
		// A refusal counts whatever the status is.
		for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
			cloud.Say("/send", status, answer)
			if _, err := g.Send(t.Context(), verify.Message{Mobile: "13800000001", Code: "123456"}); !is(err) {
				t.Errorf("%d %s: %v", status, answer, err)
			}
		}
	}
}

func TestADescriptionThatCannotWorkSaysWhy(t *testing.T) {
	for name, test := range map[string]struct {
		change []string
		want   string
	}{
		"no JSON":              {[]string{"{\n", "["}, "is no description"},
		"an unknown word":      {[]string{`"address"`, `"addresses"`}, `unknown field "addresses"`},
		"more behind it":       {[]string{`"try_again"}`, `"try_again"}} {"`}, "something behind"},
		"a template in pieces": {[]string{"{{json .E164}}", "{{json .E164"}, "the template of body cannot be read"},
		"an unknown value":     {[]string{".E164", ".Phone"}, "can't evaluate field Phone"},
		"an unknown secret":    {[]string{`secret \"token\"`, `secret \"other\"`}, `secrets has no "other"`},
		"a secret that is away": {
			[]string{`"token": "TOKEN"`, `"token": "/nowhere/token"`}, "secret token cannot be read",
		},
		"no address":                {[]string{"ADDRESS/send", "send"}, "no http or https address"},
		"a broken address":          {[]string{"ADDRESS/send", "https://sms.example.org:x/{{secret \\\"token\\\"}}"}, "no http or https address"},
		"in clear":                  {[]string{"ADDRESS", "http://sms.example.org"}, "must begin with https"},
		"a host like this PC":       {[]string{"ADDRESS", "http://127.0.0.1.example.org"}, "must begin with https"},
		"a text that nothing sends": {[]string{`,\"text\":{{json .Text}}`, ``}, "the code would never arrive"},
		"a method of two words":     {[]string{`"address"`, `"method": "PO ST", "address"`}, "invalid method"},
		"a header of two words":     {[]string{`"Authorization"`, `"Au th"`}, "no header can be called"},
		"a header of two lines":     {[]string{`"Bearer `, `"Bearer\n `}, "cannot stand in the header Authorization"},
		"a code that is lost":       {[]string{"{{.Code}}", ""}, "the code would never arrive"},
		"an unknown meaning":        {[]string{`"blocked"`, `"banned"`}, `"banned" of code 12 is none of`},
		"codes without place":       {[]string{`"code": "/result/code",`, ``}, "codes needs code"},
		"a bad pointer":             {[]string{`"pointer": "/result/code"`, `"pointer": "result"`}, "success.pointer"},
		"success of nothing":        {[]string{`"values": ["0"]`, `"values": []`}, "needs success.values"},
	} {
		g, _, err := opened(t, test.change...)
		if err == nil || g != nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if _, err := gateway.New(gateway.Config{File: filepath.Join(t.TempDir(), "none")}); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("no file: %v", err)
	}
}
