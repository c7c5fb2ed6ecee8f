package command_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/store/storetest"
)

func TestServicesAreAddedShownRotatedAndRemoved(t *testing.T) {
	folder := served(t)
	code, out, complaint := run(t, folder, nil, "service", "add", "商城", "--redirect", "https://shop.example/back,1",
		"--redirect", "http://127.0.0.1:9000/back", "--claims", "name,number", "--webhook", "https://shop.example/hook", "--purpose", "购买处方药")
	printed := regexp.MustCompile(`^client_id +(svc_\w+)\nclient_secret +(\w{64})\nwebhook_secret +(whsec_\S+)\nKeep what is secret now: it is not shown again.\n$`).FindStringSubmatch(out)
	if code != 0 || printed == nil {
		t.Fatalf("exit %d: %s%s", code, out, complaint)
	}
	id := printed[1]
	for _, args := range [][]string{{"service", "list"}, {"service", "show", id}} {
		code, out, complaint = run(t, folder, nil, args...)
		if code != 0 || !strings.Contains(out, "商城") || !strings.Contains(out, "status, name, number") {
			t.Errorf("%v: exit %d: %s%s", args, code, out, complaint)
		}
		if strings.Contains(out, printed[2]) || strings.Contains(out, printed[3]) {
			t.Errorf("%v shows a secret again", args)
		}
	}
	code, out, complaint = run(t, folder, nil, "service", "rotate", id)
	if code != 0 || !strings.Contains(out, "client_secret") || strings.Contains(out, printed[2]) || !strings.Contains(out, "good for 24 hours") {
		t.Errorf("rotate: exit %d: %s%s", code, out, complaint)
	}
	if code, out, complaint = run(t, folder, nil, "service", "resend", id); code != 0 || out != "0 events are sent to 商城 again\n" {
		t.Errorf("resend: exit %d: %s%s", code, out, complaint)
	}
	if code, out, complaint = run(t, folder, nil, "service", "off", id); code != 0 || !strings.Contains(out, "商城 is turned off") {
		t.Errorf("off: exit %d: %s%s", code, out, complaint)
	}
	if _, out, _ = run(t, folder, nil, "service", "show", id); !strings.Contains(out, "turned off") {
		t.Errorf("off: %s", out)
	}
	if code, out, complaint = run(t, folder, nil, "service", "on", id); code != 0 || out != "商城 is turned on\n" {
		t.Errorf("on: exit %d: %s%s", code, out, complaint)
	}
	if code, out, complaint = run(t, folder, nil, "service", "remove", id); code != 0 || !strings.Contains(out, "商城 was removed") {
		t.Errorf("remove: exit %d: %s%s", code, out, complaint)
	}
	for _, act := range []string{"show", "rotate", "off", "on", "remove"} {
		if code, _, complaint = run(t, folder, nil, "service", act, id); code != 1 || !strings.Contains(complaint, "no such service; `backend service list` names the services") {
			t.Errorf("%s of what is gone: exit %d: %s", act, code, complaint)
		}
	}
	lines, err := opened(t, folder).Trail(t.Context(), operator.TrailQuery{Limit: 10, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	acts := ""
	for _, l := range lines {
		if l.Chain == operator.ActsChain && l.Subject == id {
			acts += l.Event + " "
		}
	}
	if acts != "service_added service_rotated events_resent service_turned_off service_turned_on service_removed " {
		t.Errorf("the trail has %q", acts)
	}
	if _, _, complaint = run(t, folder, nil, "service", "list"); !strings.Contains(complaint, "there is no service; `backend service add` makes one") {
		t.Errorf("an empty list says %q", complaint)
	}
}

func TestNothingIsDoneThatCannotBeNoted(t *testing.T) {
	folder := served(t)
	code, out, complaint := run(t, folder, nil, "service", "add", "商城", "--redirect", "https://shop.example/back")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, complaint)
	}
	id := strings.Fields(out)[1]
	s := opened(t, folder)
	if err := s.Import(t.Context(), registry.Each(registry.Person{Identity: storetest.Who(1)})); err != nil {
		t.Fatal(err)
	}
	before, err := s.Service(t.Context(), "", id)
	if err != nil {
		t.Fatal(err)
	}
	people := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(people, []byte("name,number,mobile\n李娜,11010019930615024X,13800000003\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pool().ExecContext(t.Context(), "ALTER TABLE operator_acts RENAME TO away"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"service", "rotate", id},
		{"service", "off", id},
		{"service", "resend", id},
		{"service", "remove", id},
		{"registry", "remove", storetest.Who(1).Number.Reveal()},
		{"registry", "import", people},
		{"registry", "import", people, "--replace", "--confirm", "1"},
	} {
		if code, out, _ := run(t, folder, nil, args...); code == 0 || out != "" {
			t.Errorf("%v: exit %d: %s", args, code, out)
		}
	}
	if after, err := s.Service(t.Context(), "", id); err != nil || !reflect.DeepEqual(after, before) {
		t.Errorf("%+v, %v; before %+v", after, err, before)
	}
	if found, err := s.People(t.Context()); err != nil || len(found) != 1 || found[0].Identity != storetest.Who(1) {
		t.Errorf("%v, %v", found, err)
	}
}

func TestAServiceThatCannotBeIsRefusedWithASentence(t *testing.T) {
	folder := served(t)
	private := filepath.Join(t.TempDir(), "private.json")
	if err := os.WriteFile(private, []byte(`{"keys":[{"kty":"oct","k":"AAAA"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const redirect = "--redirect=https://shop.example/back"
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no redirect":              {[]string{"商城"}, "missing flags: --redirect"},
		"a redirect without TLS":   {[]string{"商城", "--redirect", "http://shop.example/"}, "must begin with https://"},
		"localhost":                {[]string{"商城", "--redirect", "http://localhost/back"}, "must begin with https://"},
		"a fragment":               {[]string{"商城", "--redirect", "https://shop.example/#a"}, "without a fragment"},
		"a redirect twice":         {[]string{"商城", redirect, redirect}, "stands twice"},
		"a claim that nobody has":  {[]string{"商城", redirect, "--claims", "email"}, "the claims are name and number"},
		"a claim twice":            {[]string{"商城", redirect, "--claims", "name,name"}, "stands twice"},
		"no name":                  {[]string{" ", redirect}, "The name has 1 to 60 characters"},
		"a name that turns around": {[]string{"a\u202egpj", redirect}, "The name has 1 to 60 characters"},
		"a webhook without TLS":    {[]string{"商城", redirect, "--webhook", "http://shop.example/"}, "must be an https:// address"},
		"a secret as a key":        {[]string{"商城", redirect, "--key", private}, "must hold public keys alone"},
		"a key of an app":          {[]string{"商城", redirect, "--key", private, "--native"}, "can keep no key"},
	} {
		code, out, complaint := run(t, folder, nil, append([]string{"service", "add"}, test.args...)...)
		if code == 0 || out != "" || !strings.Contains(complaint, test.want) {
			t.Errorf("%s: exit %d: %s%s", name, code, out, complaint)
		}
	}
	if _, _, complaint := run(t, folder, nil, "service", "list"); !strings.Contains(complaint, "there is no service") {
		t.Errorf("something was added: %s", complaint)
	}
}

func TestTheSampleServiceSaysWhereItIsAndWhatIsMissing(t *testing.T) {
	for args, want := range map[string]string{
		"--server=http://127.0.0.1:1":   "start a backend in its sandbox there first",
		"--listen=0.0.0.0:0":            "is not this machine alone",
		"--listen=127.0.0.1:not-a-port": "choose another address with --listen",
	} {
		if code, _, complaint := run(t, t.TempDir(), nil, "sandbox-service", "--server=http://127.0.0.1:1", "--listen=127.0.0.1:0", args); code != 1 || !strings.Contains(complaint, want) {
			t.Errorf("%s: exit %d: %s", args, code, complaint)
		}
	}
}

func TestProductionSendsNoEventsToThisMachine(t *testing.T) {
	folder := served(t)
	args := []string{"service", "add", "商城", "--redirect=https://shop.example/back", "--webhook=http://127.0.0.1:9000/hook"}
	if code, _, complaint := run(t, folder, nil, args...); code != 0 {
		t.Errorf("in the sandbox: exit %d: %s", code, complaint)
	}
	m := service.Manager{}
	_, _, err := m.Add(t.Context(), service.Draft{Name: "商城", Redirects: []string{"https://shop.example/back"}, Webhook: "http://127.0.0.1:9000/hook"})
	var invalid *service.InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "webhook" {
		t.Errorf("elsewhere: %v", err)
	}
}
