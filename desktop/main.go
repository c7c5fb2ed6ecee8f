// Desktop is the app with which a person verifies their account on a PC. It
// joins the flow to shared/client, the system's keyring and Fyne's window;
// what it does is in internal/flow, what it shows in internal/screen.
package main

import (
	"context"
	"errors"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"realname.example/desktop/internal/flow"
	"realname.example/desktop/internal/inputmethod"
	"realname.example/desktop/internal/loopback"
	"realname.example/desktop/internal/screen"
	"realname.example/desktop/internal/settings"
	"realname.example/desktop/internal/vault"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/report"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// id names the app to the system; preferences are kept under it.
const id = "example.realname.desktop"

// class is what the system calls the window, the same in every language; its
// title is the app's name.
const class = "Realname"

func main() {
	server := flag.String("server", "", "address of the backend")
	data := flag.String("data", "", "folder for preferences and tokens, apart from the user's own")
	language := flag.String("lang", "", "zh or en, for this start and those after it")
	scheme := flag.String("theme", "", "light, dark or system, for this start and those after it")
	filmed := flag.String("camera", "", "replay:RECORDING shows a recording; otherwise the system's camera")
	reported := flag.String("report", "", "file for a line of JSON at each screen and focus, - for standard output")
	flag.Parse()
	if *data != "" {
		// Fyne keeps preferences below the user's configuration folder, whose path has to be absolute.
		folder, err := filepath.Abs(*data)
		if err = errors.Join(err, os.Setenv("XDG_CONFIG_HOME", folder)); err != nil {
			fyne.LogError("use data folder", err)
		}
	}

	inputmethod.Prepare()
	ui.OnCaret(inputmethod.Caret)
	a := app.NewWithID(id)
	kept := settings.New(a.Preferences())
	if *server != "" {
		if address, _ := kept.Server(); address != *server {
			kept.SetServer(*server, "")
		}
	}
	if *language != "" {
		kept.SetLanguage(*language)
	}
	if *scheme != "" {
		kept.SetScheme(ui.Scheme(*scheme))
	}
	if err := run(a, kept, open(*data, a), *filmed, *reported); err != nil {
		fyne.LogError("start", err)
		os.Exit(1)
	}
}

// open returns the vault: in a given folder, or as the system has it.
func open(data string, a fyne.App) *vault.Vault {
	if data != "" {
		return vault.InFile(data)
	}
	return vault.Open(filepath.FromSlash(a.Storage().RootURI().Path()))
}

func run(a fyne.App, kept settings.Settings, tokens *vault.Vault, filmed, reported string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := sentences.Use(sentences.Named(kept.Language())); err != nil {
		fyne.LogError("use language", err)
	}
	a.SetIcon(ui.Icon())
	a.Settings().SetTheme(ui.NewTheme(kept.Scheme(), kept.TextSize()))
	window := a.NewWindow(class)

	lens, err := lensOf(filmed)
	if err != nil {
		return err
	}
	var shell *screen.Shell
	f := flow.New(flow.Config{
		Dial: dialer(kept), Settings: kept, Vault: tokens, Now: time.Now,
		Listen: listen, Pause: pause,
		Browse: func(address string) error {
			u, err := url.Parse(address)
			if err != nil {
				return err
			}
			return a.OpenURL(u)
		},
		Changed: func(s flow.State) { fyne.Do(func() { shell.Render(s) }) },
	})
	folder, err := os.UserHomeDir()
	if err != nil {
		folder = "" // the name alone: where the app was started
	}
	shell = screen.NewShell(screen.Config{
		Window: window, Flow: f, Look: kept, Now: time.Now, Folder: folder,
		Camera: lens, Draw: fyne.DoAndWait,
		Keep: func() string { return whereKept(tokens.Place()) },
		Run:  func(action func(context.Context)) { go action(ctx) },
	})
	shell.Render(f.State())
	window.Resize(fyne.NewSize(960, 680))
	window.CenterOnScreen()
	window.SetMaster()

	if reported != "" {
		file, err := report.Create(reported)
		if err != nil {
			return err
		}
		go ui.Report(ctx, report.NewWriter(file), window.Canvas(), shell.Shown)
	}

	go live(ctx, f, shell)
	window.ShowAndRun()
	return nil
}

// lensOf returns the camera that the flag names.
func lensOf(name string) (camera.Backend, error) {
	path, ok := strings.CutPrefix(name, "replay:")
	if !ok {
		return camera.System(), nil
	}
	return camera.NewReplay(camera.ReplayOptions{FrontPath: path})
}

// live connects, and moves the flow and the screen on each second until ctx ends.
func live(ctx context.Context, f *flow.Flow, shell *screen.Shell) {
	f.Connect(ctx)
	ticks := make(chan time.Time, 1)
	go f.Run(ctx, ticks)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			fyne.Do(func() { shell.Tick(now) })
			select {
			case ticks <- now:
			default:
			}
		}
	}
}

// whereKept says where tokens are kept, where a person should know.
func whereKept(p vault.Place) string {
	switch p {
	case vault.File:
		return sentences.T("pc.settings.file")
	case vault.Memory:
		return sentences.T("pc.settings.memory")
	case vault.Keyring:
	}
	return ""
}

// listen takes the answer of an issuer, with a page in the app's language.
func listen(port int) (flow.Callback, error) {
	var words loopback.Words
	fyne.DoAndWait(func() { // sentences belong to the goroutine that draws
		words = loopback.Words{
			Language: sentences.T("pc.browser.language"), Done: sentences.T("pc.browser.done"),
			Declined: sentences.T("pc.browser.declined"), Stray: sentences.T("pc.browser.stray"),
		}
	})
	return loopback.Listen(port, words)
}

// pause waits for a while.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// deviceName is the name that the phone shows of this PC: the one that its owner gave
// it for people (PRETTY_HOSTNAME of systemd's machine-info), or else the one that it
// has in networks.
func deviceName(info string, hostname func() (string, error)) string {
	data, _ := os.ReadFile(info) // other systems have none
	for line := range strings.Lines(string(data)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_HOSTNAME="); found {
			if name = strings.Trim(name, `"'`); name != "" {
				return name
			}
		}
	}
	if host, err := hostname(); err == nil && host != "" {
		return host
	}
	return "PC"
}

// dialer makes the calls of one server over HTTP, and asks for names in the app's
// language.
func dialer(kept settings.Settings) flow.Dial {
	host := deviceName("/etc/machine-info", os.Hostname)
	spoken := func() string {
		if sentences.Named(kept.Language()) == sentences.Chinese {
			return "zh"
		}
		return "en"
	}
	return func(address string, pin client.Pin) (flow.Connection, error) {
		c, err := client.New(client.Config{Server: address, Pin: pin, Device: host, Language: spoken})
		if err != nil {
			return flow.Connection{}, err
		}
		return flow.Connection{
			Server:  c,
			Account: func(token client.AccountToken) flow.Account { return c.Account(token) },
		}, nil
	}
}
