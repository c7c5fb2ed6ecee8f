package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/net/html"
)

// browser is a person's web browser in the tour: it opens addresses and sends the forms of their
// pages, which need no script. Where there is Chromium, it draws the pages.
type browser struct {
	tour *tour
	http *http.Client
	at   *url.URL
	raw  []byte
	page *html.Node
}

func (t *tour) browser() (*browser, error) {
	jar, err := cookiejar.New(nil)
	return &browser{tour: t, http: &http.Client{Jar: jar}}, err
}

// opener is the program by which the desktop app opens an address. The tour's own keeps it in a file.
const opener = "xdg-open"

// browserFile is where the opener leaves the address.
func (d *desk) browserFile() string { return filepath.Join(d.home, "opened") }

// installOpener puts the tour's opener before the system's, and returns what the app's environment
// has to say for that.
func (d *desk) installOpener() (env []string, err error) {
	folder := filepath.Join(d.home, "bin")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	script := "#!/bin/sh\nprintf %s \"$1\" >\"$TOUR_OPENED.new\" && mv \"$TOUR_OPENED.new\" \"$TOUR_OPENED\"\n"
	if err := os.WriteFile(filepath.Join(folder, opener), []byte(script), 0o700); err != nil { //nolint:gosec // it has to run
		return nil, err
	}
	return []string{"TOUR_OPENED=" + d.browserFile(), "PATH=" + folder + string(os.PathListSeparator) + os.Getenv("PATH")}, nil
}

// opened waits until the desktop app has opened an address in the browser.
func (d *desk) opened(ctx context.Context) (address string, err error) {
	err = waitFor(ctx, screenWithin, "the desktop app opens the browser", func() (bool, error) {
		text, err := os.ReadFile(d.browserFile())
		if errors.Is(err, os.ErrNotExist) {
			return false, d.ended()
		}
		address = string(text)
		return err == nil, err
	})
	return address, err
}

func (b *browser) open(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return b.send(request)
}

func (b *browser) send(request *http.Request) error {
	request.Header.Set("Accept-Language", b.tour.language)
	answer, err := b.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if b.raw, err = io.ReadAll(answer.Body); err != nil {
		return err
	}
	b.at = answer.Request.URL
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", b.at.Host+b.at.Path, answer.Status, b.raw)
	}
	b.page, err = html.Parse(bytes.NewReader(b.raw))
	return err
}

// submit sends the form whose address ends so, with its hidden fields and what is filled in.
func (b *browser) submit(ctx context.Context, ending string, filled map[string]string) error {
	for form := range b.page.Descendants() {
		action := attribute(form, "action")
		if form.Data != "form" || !strings.HasSuffix(action, ending) {
			continue
		}
		values := url.Values{}
		for input := range form.Descendants() {
			if input.Data == "input" {
				values.Set(attribute(input, "name"), attribute(input, "value"))
			}
		}
		for name, value := range filled {
			values.Set(name, value)
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.at.ResolveReference(&url.URL{Path: action}).String(),
			strings.NewReader(values.Encode()))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return b.send(request)
	}
	return fmt.Errorf("the page at %s has no form %s", b.at.Host+b.at.Path, ending)
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// signIn fills in the sign-in of a provider's page.
func (b *browser) signIn(ctx context.Context, username string) error {
	return b.submit(ctx, "/sign-in", map[string]string{"username": username, "password": b.tour.password})
}

// pageSize is that of a browser's window in the pictures.
const pageSize = "900,900"

// picture draws the page as Chromium does, with the apps' Chinese font, since the system may have
// none; without Chromium there is no picture.
func (b *browser) picture(ctx context.Context, name string) error {
	program, err := exec.LookPath(chromium)
	if err != nil {
		return nil //nolint:nilerr // the tour needs none
	}
	folder, err := b.tour.chromiumFolder()
	if err != nil {
		return err
	}
	picture, err := filepath.Abs(b.tour.display.next(name))
	if err != nil {
		return err
	}
	file := filepath.Join(folder, name+".html")
	if err := os.WriteFile(file, b.raw, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--user-data-dir="+filepath.Join(folder, "chromium"), "--hide-scrollbars", "--window-size="+pageSize,
		"--screenshot="+picture, "file://"+file)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("draw the page %s: %w: %s", name, err, out)
	}
	return nil
}

// sampleSite starts the sandbox's sample service and returns its address.
func (t *tour) sampleSite(ctx context.Context) (string, error) {
	listen, err := freePort(ctx)
	if err != nil {
		return "", err
	}
	log, err := os.Create(filepath.Join(t.build, "sample-service.log"))
	if err != nil {
		return "", err
	}
	defer log.Close()
	path, err := filepath.Abs(filepath.Join(t.build, "backend"))
	if err != nil {
		return "", err
	}
	cmd := exec.Command(path, "sandbox-service", "--server", t.server, "--listen", listen) //nolint:noctx // programs.stop ends it
	site, err := t.all.run("sample service", cmd, nil, log)
	if err != nil {
		return "", err
	}
	address := "http://" + listen
	return address, waitFor(ctx, readyWithin, "the sample service answers", func() (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return false, err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, site.ended() // not there yet
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK, nil
	})
}
