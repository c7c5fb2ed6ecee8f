//go:build !race

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"realname.example/backend/internal/tooltest"
)

// rules is what a test reads of alerts.yml.
type rules struct {
	Groups []struct {
		Rules []struct{ Alert, Expr string }
	}
}

func alarms(t *testing.T) (names, expressions []string) {
	t.Helper()
	var r rules
	if err := yaml.Unmarshal([]byte(read(t, "alerts.yml")), &r); err != nil {
		t.Fatal(err)
	}
	for _, rule := range r.Groups[0].Rules {
		names, expressions = append(names, rule.Alert), append(expressions, rule.Expr)
	}
	return names, expressions
}

// plots are the expressions of the dashboard.
func plots(t *testing.T) (expressions []string) {
	t.Helper()
	var dashboard struct {
		Panels []struct {
			Title   string
			Type    string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		if len(p.Targets) == 0 && p.Type != "row" {
			t.Errorf("%s shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	return expressions
}

func promtool(t *testing.T, arguments ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), tooltest.Find(t, "promtool"), arguments...).CombinedOutput(); err != nil || strings.Contains(string(out), "WARN") {
		t.Errorf("promtool %v: %v\n%s", arguments, err, out)
	}
}

// Each alarm fires where it has to and is silent where it must be. A test of a
// name that no rule has passes (findings/promtool-no-such-alert.sh), so both
// kinds are counted by name.
func TestEachAlarmFiresAndIsSilent(t *testing.T) {
	promtool(t, "check", "rules", filepath.Join(packaged, "alerts.yml"))
	const file = "testdata/alerts.test.yml"
	promtool(t, "test", "rules", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	names, _ := alarms(t)
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`alertname: (\w+)\n\s+exp_alerts:( \[\])?\n`).FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(names, m[1]) {
			t.Errorf("%s is tested, and there is no such alarm", m[1])
		}
		if m[2] == "" {
			fires[m[1]] = true
		} else {
			silent[m[1]] = true
		}
	}
	manual, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !fires[name] || !silent[name] {
			t.Errorf("%s: fires in a test %v, is silent in one %v", name, fires[name], silent[name])
		}
		if !strings.Contains(string(manual), "| `"+name+"` |") {
			t.Errorf("docs/operate.md does not say what to do at %s", name)
		}
	}
}

// Prometheus can read what the dashboard asks it.
func TestTheDashboardAsksInPromQL(t *testing.T) {
	text := "groups:\n- name: plots\n  rules:\n"
	for i, e := range plots(t) {
		text += fmt.Sprintf("  - record: plot_%d\n    expr: %q\n", i, e)
	}
	file := filepath.Join(t.TempDir(), "plots.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}

// series finds what an expression reads: a name before braces, a closing
// bracket, or an operator. Words in quotes are values of labels.
var (
	quoted = regexp.MustCompile(`"[^"]*"`)
	series = regexp.MustCompile(`\b(?:realname|go|process)_[a-z0-9_]+\b`)
)

// exportsWhatIsRead says that a server in production, which has met people but
// no fault, has each series that an alarm or a plot reads.
func (m *manual) exportsWhatIsRead() {
	token, err := os.ReadFile(m.in("etc/realname/secrets/metrics-token"))
	if err != nil {
		m.t.Fatal(err)
	}
	status, exported := m.answered("nginx", "/metrics", http.Header{"Authorization": {"Bearer " + strings.TrimSpace(string(token))}})
	if status != http.StatusOK {
		m.t.Fatalf("/metrics: %d", status)
	}
	there := map[string]bool{}
	for line := range strings.Lines(exported) {
		if name, _, _ := strings.Cut(line, " "); name != "#" {
			name, _, _ = strings.Cut(name, "{")
			there[name] = true
		}
	}
	_, expressions := alarms(m.t)
	expressions = append(expressions, plots(m.t)...)
	read := 0
	for _, e := range expressions {
		for _, name := range series.FindAllString(quoted.ReplaceAllString(e, ""), -1) {
			read++
			if !there[name] {
				m.t.Errorf("%s is read, and no server has it: %s", name, e)
			}
		}
	}
	if read < len(expressions) {
		m.t.Errorf("%d names in %d expressions", read, len(expressions))
	}
}
