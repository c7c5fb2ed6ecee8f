package httpapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"github.com/gin-gonic/gin"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

func TestTheConsoleHasTheSameSentencesInBothLanguages(t *testing.T) {
	words := consoleWords()
	for key, text := range words["en"] {
		other, ok := words["zh"][key]
		if !ok || strings.Count(text, "%") != strings.Count(other, "%") {
			t.Errorf("%s is %q and %q", key, text, other)
		}
		han := strings.ContainsFunc(other, func(r rune) bool { return unicode.Is(unicode.Han, r) })
		if !han && strings.ContainsFunc(text, unicode.IsLetter) {
			t.Errorf("%s is not Chinese: %q", key, other)
		}
	}
	if len(words["zh"]) != len(words["en"]) {
		t.Errorf("%d sentences in English, %d in Chinese", len(words["en"]), len(words["zh"]))
	}
}

// asked finds the keys that templates ask for.
var asked = regexp.MustCompile(`\.T "([a-z_.-]+)"`)

func TestEachSentenceThatAPageAsksForIsThere(t *testing.T) {
	files, err := filepath.Glob("console/*.html")
	if err != nil || len(files) < 10 {
		t.Fatalf("%v %v", files, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range asked.FindAllStringSubmatch(string(body), -1) {
			if _, ok := consoleWords()["en"][match[1]]; !ok {
				t.Errorf("%s asks for %s", file, match[1])
			}
		}
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		if _, ok := consoleWords()["en"]["title."+name]; !ok && name != "layout" && name != "parts" {
			t.Errorf("%s has no title", file)
		}
	}
}

// Some sentences stand on several pages.
func TestAPageAboutEverybodySpeaksOfNoOneAccount(t *testing.T) {
	for _, name := range []string{"audit", "health", "numbers", "settings", "works"} {
		body, err := consoleFiles.ReadFile("console/" + name + ".html")
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range asked.FindAllStringSubmatch(string(body), -1) {
			en, zh := consoleWords()["en"][match[1]], consoleWords()["zh"][match[1]]
			if strings.Contains(en, "this account") || strings.Contains(zh, "此账号") {
				t.Errorf("%s asks for %s: %q, %q", name, match[1], en, zh)
			}
		}
	}
}

func TestEachValueOfAClosedListHasItsWord(t *testing.T) {
	var keys []string
	for _, s := range verification.Statuses() {
		keys = append(keys, "status."+string(s))
	}
	for _, r := range verification.Reasons() {
		keys = append(keys, "reason."+string(r))
	}
	for _, stage := range verify.Stages() {
		keys = append(keys, "stage."+string(stage))
	}
	for bucket := range verify.Buckets() {
		keys = append(keys, "cap."+string(bucket))
	}
	for _, u := range verification.UndeliveredReasons() {
		keys = append(keys, "answer."+string(u))
	}
	for _, k := range operator.WorkKinds() {
		keys = append(keys, "work."+string(k), "work.failed."+string(k))
	}
	for _, t := range identity.CertificateTypes() {
		keys = append(keys, "certificate."+string(t))
	}
	for prefix, from := range map[string]string{"event.": "../verify/case.go Event", "act.": "../operator/act.go Act"} {
		file, kind, _ := strings.Cut(from, " ")
		values := constants(t, file, kind)
		if len(values) < 15 {
			t.Fatalf("%s has %v", file, values)
		}
		for _, v := range values {
			keys = append(keys, prefix+v)
		}
	}
	for _, key := range keys {
		if _, ok := consoleWords()["en"][key]; !ok {
			t.Errorf("%s has no word", key)
		}
	}
}

func TestEachProblemIsToldToAnOperator(t *testing.T) {
	for _, test := range []struct {
		refusal        *refusal
		language, want string
	}{
		{refuse(problem.TooLarge, ""), "en", "That is too large; nothing was done."},
		{refuse(problem.TooLarge, "").saying("refused.own"), "en", consoleSentence("en", "refused.own")},
		{refuse(problem.FaceQuality, ""), "en", "The server refused this (face_quality). Nothing was done; look at where it stands, and ask whoever runs the server if it happens again."},
		{refuse(problem.FaceQuality, ""), "zh", "服务器拒绝了这项操作（face_quality），没有作任何更改。请先查看当前状态；如果再次出现，请联系服务器的管理员。"},
	} {
		if got := test.refusal.toOperator(test.language); got != test.want {
			t.Errorf("%s in %s: %q, want %q", test.refusal.code, test.language, got, test.want)
		}
	}
}

// constants reads the values of a file's constants of a type.
func constants(t *testing.T, file, kind string) (values []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typed, ok := spec.Type.(*ast.Ident); ok && typed.Name == kind {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}

// toldByCode finds the keys of refusals that have a sentence of their own.
var toldByCode = regexp.MustCompile(`(?:saying\(|sentence\{[A-Za-z.]+, )"([a-z_.]+)"[})]`)

func TestEachSentenceOfARefusalIsThere(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range toldByCode.FindAllStringSubmatch(string(body), -1) {
			if found++; consoleWords()["en"][match[1]] == "" {
				t.Errorf("%s says %s", file, match[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("%d are looked at", found)
	}
}

func TestAFormThatEndsBeforeItsFileSaysWhy(t *testing.T) {
	const head = "--b\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n"
	for name, test := range map[string]struct {
		body io.Reader
		want error
	}{
		"the rest is late":  {io.MultiReader(strings.NewReader(head), iotest.ErrReader(os.ErrDeadlineExceeded)), uploadLate()},
		"all of it is late": {iotest.ErrReader(os.ErrDeadlineExceeded), uploadLate()},
		"the line is cut":   {io.MultiReader(strings.NewReader(head+"x"), iotest.ErrReader(io.ErrUnexpectedEOF)), uploadCut()},
		"it has no value":   {strings.NewReader("--b--\r\n"), errForm},
	} {
		request := httptest.NewRequest("POST", consoleImportPath, test.body)
		request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		_, _, err := (&visit{call: &call{gin: &gin.Context{Request: request}}}).fileForm()
		if !reflect.DeepEqual(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
