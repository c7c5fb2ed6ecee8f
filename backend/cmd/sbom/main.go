// Sbom says what is inside the given programs and beside them: the Go modules, as the linker noted
// them, and the npm packages of a lock file that are shipped. Run by the packages' scripts, as one of
//
//	go run ./backend/cmd/sbom spdx   -version V -lock FILE -except NAMES PROGRAM...
//	go run ./backend/cmd/sbom notice -version V -lock FILE -except NAMES PROGRAM...
//
// A program for browsers carries no such note: "js/wasm=./mobile" asks for what it is built from. The
// first writes a bill of materials (SPDX 2.3, JSON), the second the parts' licence texts. Both are the
// same for two builds of one commit. Nothing is looked up on a network.
package main

import (
	"bufio"
	"context"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// part is one thing by others.
type part struct {
	kind    string // "golang" or "npm", as in a package URL
	name    string
	version string
	sha512  []byte // of the npm package, as the lock file pins it
	folder  string // where its files lie on this machine
	licence string // the SPDX expression that it declares, "" for none
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("say spdx or notice")
	}
	write, ok := map[string]func(io.Writer, string, []part) error{"spdx": writeSPDX, "notice": writeNotice}[args[0]]
	if !ok {
		return fmt.Errorf("say spdx or notice, not %q", args[0])
	}
	flags := flag.NewFlagSet("sbom", flag.ExitOnError)
	version := flags.String("version", "", "version of the product")
	lock := flags.String("lock", "", "npm's lock file, where its packages are shipped")
	except := flags.String("except", "", "names of those that are not, with commas between them")
	modules := flags.String("modules", "", "the Go module cache")
	goroot := flags.String("goroot", "", "the Go installation")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	parts, err := inside(flags.Args(), *modules, *goroot)
	if err != nil {
		return err
	}
	packages, err := locked(*lock, strings.Split(*except, ","))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	return errors.Join(write(out, *version, append(parts, packages...)), out.Flush())
}

// inside lists the modules of all programs, each once, by name.
func inside(programs []string, modules, goroot string) ([]part, error) {
	std := part{kind: "golang", name: "std", version: strings.TrimPrefix(runtime.Version(), "go"), folder: goroot, licence: "BSD-3-Clause"}
	found := map[string]part{"std": std}
	for _, program := range programs {
		list := noted
		if strings.Contains(program, "=") {
			list = listed
		}
		versions, err := list(program)
		if err != nil {
			return nil, fmt.Errorf("read what is inside %s: %w", program, err)
		}
		for path, version := range versions {
			folder := filepath.Join(modules, cased(path)+"@"+cased(version))
			found[path+"@"+version] = part{kind: "golang", name: path, version: version, folder: folder}
		}
	}
	return sorted(found), nil
}

// noted returns the modules of others by path, with their versions, from a program's file.
func noted(program string) (map[string]string, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for _, m := range info.Deps {
		if m.Replace == nil && !own(m.Path) {
			versions[m.Path] = m.Version
		}
	}
	return versions, nil
}

// listed returns the same of a package for a system: GOOS/GOARCH=PACKAGE.
func listed(program string) (map[string]string, error) {
	system, pkg, _ := strings.Cut(program, "=")
	goos, goarch, _ := strings.Cut(system, "/")
	cmd := exec.CommandContext(context.Background(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", pkg)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !own(path) {
			versions[path] = version
		}
	}
	return versions, nil
}

func own(module string) bool { return strings.HasPrefix(module, "realname.example/") }

// cased writes a module's path or version as the module cache does.
func cased(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('!')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// locked lists the npm packages of a lock file, by name.
func locked(path string, except []string) ([]part, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity, License string } `json:"packages"`
	}
	if err := json.Unmarshal(raw, &lock); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	found := map[string]part{}
	for key, p := range lock.Packages {
		name, ok := strings.CutPrefix(key, "node_modules/")
		if !ok || slices.Contains(except, name) {
			continue
		}
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.Integrity, "sha512-"))
		if err != nil {
			return nil, fmt.Errorf("integrity of %s: %w", name, err)
		}
		folder := filepath.Join(filepath.Dir(path), "node_modules", filepath.FromSlash(name))
		found[name] = part{kind: "npm", name: name, version: p.Version, sha512: sum, folder: folder, licence: p.License}
	}
	return sorted(found), nil
}

func sorted(found map[string]part) []part {
	keys := make([]string, 0, len(found))
	for key := range found {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	parts := make([]part, 0, len(keys))
	for _, key := range keys {
		parts = append(parts, found[key])
	}
	return parts
}
