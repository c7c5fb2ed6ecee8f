package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/net/websocket"

	"realname.example/shared/ui/font"
	"realname.example/shared/verification"
)

// chromium draws web pages, where it is installed.
const chromium = "chromium"

// withoutChromium is said once by a tour that can draw no web page.
const withoutChromium = "tour: Chromium is not here, or does not start, so no web page is drawn, the operators' console among them; " +
	"“make tour TOUR_LOOK=all” installs it"

// console is an operator at the console, in a Chromium that the tour drives by its debugging protocol
// and that has a passkey.
type console struct {
	tour    *tour
	running *program
	conn    *websocket.Conn
	last    int // id of the last command
	root    string
}

// driver is the origin that commands come from.
const driver = "http://127.0.0.1"

// consoleWidth is that of the console's window in CSS pixels.
const consoleWidth = 1100

// operator returns the operator at the console, who enrols the first time; nil where there is no Chromium,
// or none that starts here: the tour needs none.
func (t *tour) operator(ctx context.Context) (*console, error) {
	if t.console != nil || t.pageless {
		return t.console, nil
	}
	program, err := exec.LookPath(chromium)
	if err != nil {
		t.pageless = true
		return nil, nil //nolint:nilerr // the tour needs no Chromium
	}
	c := &console{tour: t, root: strings.Replace(t.server, "127.0.0.1", "localhost", 1) + "/console"}
	if err := c.start(ctx, program); ctx.Err() != nil {
		return nil, fmt.Errorf("open the console in Chromium: %w", err)
	} else if err != nil {
		fmt.Println("tour: Chromium:", err)
		t.pageless = true
		return nil, nil
	}
	if err := c.enrol(ctx); err != nil {
		return nil, fmt.Errorf("sign in at the console: %w", err)
	}
	t.console = c
	return c, nil
}

// start starts Chromium and takes over its tab.
func (c *console) start(ctx context.Context, program string) error {
	folder, err := c.tour.chromiumFolder()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(c.tour.build, "chromium.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	profile := filepath.Join(folder, "console")
	cmd := exec.Command(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", //nolint:noctx // programs.stop ends it
		"--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0", "--remote-allow-origins="+driver,
		"--user-data-dir="+profile, "about:blank")
	if c.running, err = c.tour.all.run(chromium, cmd, []string{"XDG_DATA_HOME=" + folder}, log); err != nil {
		return err
	}
	var at string
	err = waitFor(ctx, windowWithin, "Chromium takes commands", func() (bool, error) {
		text, err := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
		if errors.Is(err, os.ErrNotExist) {
			return false, c.running.ended()
		}
		port, path, whole := strings.Cut(string(text), "\n")
		at = "ws://127.0.0.1:" + port + strings.TrimSpace(path)
		return whole && path != "", err
	})
	if err != nil {
		return err
	}
	return c.attach(ctx, at)
}

// attach opens a tab with a passkey's authenticator.
func (c *console) attach(ctx context.Context, browser string) error {
	var tab struct {
		TargetID string `json:"targetId"`
	}
	if err := c.dial(ctx, browser); err != nil {
		return err
	}
	if err := c.call("Target.createTarget", map[string]any{"url": "about:blank"}, &tab); err != nil {
		return err
	}
	root, _, _ := strings.Cut(browser, "/devtools/")
	if err := c.dial(ctx, root+"/devtools/page/"+tab.TargetID); err != nil {
		return err
	}
	theme := "light"
	if c.tour.theme == "dark" {
		theme = "dark"
	}
	for _, order := range []struct {
		method string
		params map[string]any
	}{
		{"Page.enable", nil},
		{"Emulation.setDeviceMetricsOverride", map[string]any{"width": consoleWidth, "height": 900, "deviceScaleFactor": 1, "mobile": false}},
		{"Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": theme}}}},
		{"WebAuthn.enable", nil},
		{"WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{
			"protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
			"isUserVerified": true, "automaticPresenceSimulation": true,
		}}},
	} {
		if err := c.call(order.method, order.params, nil); err != nil {
			return err
		}
	}
	return nil
}

func (c *console) dial(ctx context.Context, address string) error {
	config, err := websocket.NewConfig(address, driver)
	if err != nil {
		return err
	}
	conn, err := config.DialContext(ctx)
	if err != nil {
		return err
	}
	conn.MaxPayloadBytes = 64 << 20 // a picture of a long page
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	c.conn = conn
	return nil
}

// call sends a command and reads its result into a value, nil for none.
func (c *console) call(method string, params map[string]any, result any) error {
	c.last++
	err := errors.Join(c.conn.SetDeadline(time.Now().Add(screenWithin)),
		websocket.JSON.Send(c.conn, map[string]any{"id": c.last, "method": method, "params": params}))
	for err == nil {
		var said struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		err = websocket.JSON.Receive(c.conn, &said)
		switch {
		case err != nil || said.ID != c.last: // an event
		case said.Error != nil:
			err = fmt.Errorf("chromium answers %s", said.Error)
		case result == nil:
			return nil
		default:
			return json.Unmarshal(said.Result, result)
		}
	}
	return fmt.Errorf("%s: %w", method, err)
}

// value is the text that an expression of the page has.
func (c *console) value(expression string) (string, error) {
	var out struct {
		Result struct {
			Value string `json:"value"`
		} `json:"result"`
	}
	err := c.call("Runtime.evaluate", map[string]any{"expression": "String(" + expression + ")", "returnByValue": true}, &out)
	return out.Result.Value, err
}

// open goes to a page of the console and waits until it is whole.
func (c *console) open(ctx context.Context, path string) error {
	return c.leave(ctx, func() error { return c.call("Page.navigate", map[string]any{"url": c.root + path}, nil) })
}

// press presses what a selector finds, which leads to another page.
func (c *console) press(ctx context.Context, selector string) error {
	return c.leave(ctx, func() error {
		_, err := c.value(fmt.Sprintf("document.querySelector(%q).click()", selector))
		return err
	})
}

// leave does what leads to another page, and waits until that is whole, its pictures and all.
func (c *console) leave(ctx context.Context, do func() error) error {
	if _, err := c.value(`window.before = "yes"`); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return waitFor(ctx, screenWithin, "the console shows the next page", func() (bool, error) {
		there, err := c.value(`window.before !== "yes" && document.readyState === "complete" && document.querySelector("h1") !== null`)
		return there == "true", err
	})
}

// enrol makes an operator of every role, who makes a passkey and is signed in by it.
func (c *console) enrol(ctx context.Context) error {
	said, err := c.tour.operates(ctx, "add", "wang", "--role", "reviewer,support,admin,auditor")
	if err != nil {
		return err
	}
	_, secret, found := strings.Cut(said, "#")
	if !found {
		return fmt.Errorf("no enrolment address in %q", said)
	}
	if err := c.sees(ctx, "/signin?lang="+c.tour.language, "console-signin"); err != nil {
		return err
	}
	if err := c.open(ctx, "/enrol?lang="+c.tour.language+"#"+secret); err != nil {
		return err
	}
	if err := c.picture(ctx, "console-enrol"); err != nil {
		return err
	}
	return c.press(ctx, "#go")
}

// picture draws the whole page.
func (c *console) picture(_ context.Context, name string) error {
	var shot struct {
		Data string `json:"data"`
	}
	if err := c.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot); err != nil {
		return err
	}
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		return err
	}
	return os.WriteFile(c.tour.display.next(name), png, 0o600)
}

// sees draws a page of the console.
func (c *console) sees(ctx context.Context, path, name string) error {
	if err := c.open(ctx, path); err != nil {
		return err
	}
	return c.picture(ctx, name)
}

// reviewIsSeen draws the review of a case as its reviewer has it, where there is Chromium.
func (t *tour) reviewIsSeen(ctx context.Context, id verification.ID) error {
	c, err := t.operator(ctx)
	if c == nil || err != nil {
		return err
	}
	if err := c.sees(ctx, "/reviews", "console-reviews"); err != nil {
		return err
	}
	return c.sees(ctx, "/reviews/"+string(id), "console-review")
}

// isOperated is an operator who looks at each page of the console.
func isOperated(ctx context.Context, t *tour) error {
	c, err := t.operator(ctx)
	if err != nil {
		return err
	}
	if c == nil {
		fmt.Println(withoutChromium)
		return nil
	}
	for _, page := range []string{"people", "people/import", "people/export", "services", "numbers", "works", "settings", "audit", "health", "accounts"} {
		if err := c.sees(ctx, "/"+page, "console-"+path.Base(page)); err != nil {
			return err
		}
	}
	if err := c.finds(ctx, "demo", "console-account"); err != nil {
		return err
	}
	if err := c.open(ctx, "/people"); err != nil {
		return err
	}
	if err := c.finds(ctx, zhangWei.number, "console-people-found"); err != nil {
		return err
	}
	if err := c.follows(ctx, "people", "console-person"); err != nil {
		return err
	}
	if err := c.open(ctx, "/services"); err != nil {
		return err
	}
	return c.follows(ctx, "services", "console-service")
}

// finds searches for a value on the page that is open, and draws what it leads to.
func (c *console) finds(ctx context.Context, value, name string) error {
	if _, err := c.value(fmt.Sprintf("document.querySelector('#value').value = %q", value)); err != nil {
		return err
	}
	if err := c.press(ctx, ".find button"); err != nil {
		return err
	}
	return c.picture(ctx, name)
}

// follows draws the first entry of a section's table.
func (c *console) follows(ctx context.Context, section, name string) error {
	if err := c.press(ctx, "td a[href^='/console/"+section+"/']"); err != nil {
		return err
	}
	return c.picture(ctx, name)
}

// chromiumFolder is where Chromium keeps what it writes in this tour, with the apps' Chinese font where
// fontconfig looks for it (XDG_DATA_HOME): the system may have none.
func (t *tour) chromiumFolder() (string, error) {
	folder, err := filepath.Abs(filepath.Join(t.build, "tour-data"))
	if err != nil {
		return "", err
	}
	fonts := filepath.Join(folder, "fonts")
	if err := os.MkdirAll(fonts, 0o700); err != nil {
		return "", err
	}
	return folder, os.WriteFile(filepath.Join(fonts, "regular.ttf"), font.Regular(), 0o600)
}
