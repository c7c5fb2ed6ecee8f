package e2e_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// startProcess runs this test binary as a backend of its own process and
// returns its address.
func startProcess(t testing.TB, env ...string) string {
	t.Helper()
	url, _ := launch(t, env...)
	return url
}

// launch is startProcess that tells the process too.
func launch(t testing.TB, env ...string) (string, *os.Process) {
	t.Helper()
	url, cmd, stop := spawn(t, env...)
	t.Cleanup(stop)
	return url, cmd.Process
}

// spawn is launch for a process that the test ends itself: by stop, or otherwise.
func spawn(t testing.TB, env ...string) (url string, cmd *exec.Cmd, stop func()) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(program)
	cmd.Env = append(os.Environ(), append(env, serveEnv+"=1")...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	stop = func() {
		_ = stdin.Close()
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("backend process: %v", err)
		}
	}
	if url, err = out.ReadString('\n'); err != nil {
		stop()
		t.Fatalf("backend process did not start: %v", err)
	}
	return strings.TrimSpace(url), cmd, stop
}

// racers is how many accounts want the same ID at once (docs/threats.md, 3).
const racers = 64

func TestOneIDVerifiesOneAccountWhenManyRaceOverTwoProcesses(t *testing.T) {
	folder := t.TempDir()
	env := []string{
		"REALNAME_DATABASE_URL=" + postgres.URL(t), "REALNAME_LISTEN=127.0.0.1:0", "REALNAME_DATA=" + folder,
		"REALNAME_SANDBOX_PASSWORD=" + password, "REALNAME_MODELS=" + folder,
	}
	clients := []*client.Client{
		newClient(t, startProcess(t, env...)), newClient(t, startProcess(t, env...)),
	}
	who := api.Person{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"}
	type racer struct {
		account *client.Account
		id      verification.ID
		code    string
	}
	line := make([]racer, racers)
	for i := range line {
		c := clients[i%2]
		a := signUp(t, c, fmt.Sprintf("racer-%d", i))
		v, err := a.Begin(t.Context(), byMobile(who))
		if err == nil {
			v, err = a.SendCode(t.Context(), v.ID)
		}
		if err != nil {
			t.Fatalf("racer %d: %v", i, err)
		}
		line[i] = racer{a, v.ID, lastCode(t, c, who.Mobile)}
	}
	results := make([]verification.View, racers)
	together(racers, func(i int) {
		v, err := line[i].account.CheckCode(t.Context(), line[i].id, api.CodeCheck{Code: line[i].code})
		if err != nil {
			t.Errorf("racer %d: %v", i, err)
		}
		results[i] = v
	})
	count := map[string]int{}
	for _, v := range results {
		count[string(v.Status)+" "+string(v.Reason)]++
	}
	if count["verified "] != 1 || count["rejected identity_already_bound"] != racers-1 {
		t.Errorf("the race ended with %v", count)
	}
}

// together runs n calls that begin at the same moment.
func together(n int, run func(i int)) {
	var ready, done sync.WaitGroup
	ready.Add(n)
	gate := make(chan struct{})
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-gate
			run(i)
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
}

func TestHundredParallelRightCodesHaveOneSuccess(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a := s.signIn("demo")
		p := s.person("张伟")
		v, err := a.Begin(t.Context(), byMobile(p))
		if err == nil {
			v, err = a.SendCode(t.Context(), v.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		code := lastCode(t, s.client, p.Mobile)
		errs := make([]error, 100)
		together(len(errs), func(i int) {
			_, errs[i] = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
		})
		won := 0
		for _, err := range errs {
			var refused *problem.Problem
			switch {
			case err == nil:
				won++
			case errors.As(err, &refused) && (refused.Code == problem.Conflict || refused.Code == problem.AlreadyVerified):
			default:
				t.Errorf("lost with %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d of %d calls succeeded", won, len(errs))
		}
	})
}

func TestHundredParallelClaimsHaveOneWinner(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a := s.signIn("zhengqiang")
		v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
		if err != nil {
			t.Fatal(err)
		}
		h, err := a.Handoff(t.Context(), v.ID, api.NewHandoff{})
		if err != nil {
			t.Fatal(err)
		}
		d, _ := device(t)
		errs := make([]error, 100)
		together(len(errs), func(i int) {
			in := api.Claim{Ticket: ticketOf(t, h), Device: d}
			if i%2 == 1 {
				in = api.Claim{TypedCode: h.TypedCode, Device: d}
			}
			_, errs[i] = s.client.Claim(t.Context(), "", in)
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				mustProblem(t, err, problem.TicketUsed)
			}
		}
		if won != 1 {
			t.Errorf("%d of %d claims won", won, len(errs))
		}
	})
}

func TestOneIdempotencyKeyRunsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		session, err := s.client.SignIn(t.Context(), api.Credentials{Username: "demo", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		p := s.person("张伟")
		body := fmt.Sprintf(`{"method":"mobile","identity":{"certificate_type":"cn_id","name":%q,"number":%q,"mobile":%q}}`, p.Name, p.Number, p.Mobile)
		caller := raw{server: s, token: session.Token, header: map[string]string{api.IdempotencyHeader: "one-key"}}
		answers := make([]string, 10)
		together(len(answers), func(i int) {
			status, answer := caller.do("POST", api.PathVerifications, body)
			if status == 503 { // the first still runs
				return
			}
			if status != 201 {
				t.Errorf("got %d %s", status, answer)
			}
			answers[i] = answer
		})
		status, first := caller.do("POST", api.PathVerifications, body)
		if status != 201 {
			t.Fatalf("got %d %s", status, first)
		}
		for _, answer := range answers {
			if answer != "" && answer != first {
				t.Errorf("got another answer: %s", answer)
			}
		}
		caller.header = map[string]string{api.IdempotencyHeader: "another-key"}
		if status, _ := caller.do("POST", api.PathVerifications, body); status != 409 {
			t.Errorf("another key: %d", status)
		}
	})
}
