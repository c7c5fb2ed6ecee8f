package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
)

// legal matches the names of files that hold terms.
var legal = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|patents|unlicense|thirdpartynotices)([._-].*)?$`)

// maxText bounds one licence text; the longest known, with notices of others, stays below.
const maxText = 1 << 20

// writeNotice writes every part with its terms. A part that brings no text is named with what it
// declares: nothing is made up for it.
func writeNotice(out io.Writer, version string, parts []part) error {
	fmt.Fprintf(out, "Realname %s holds these parts by others, under these terms.\n", version)
	for _, p := range parts {
		texts, err := terms(p.folder, p.name != "std")
		if err != nil {
			return fmt.Errorf("terms of %s %s: %w", p.name, p.version, err)
		}
		fmt.Fprintf(out, "\n%s\n%s %s\n%s\n", strings.Repeat("=", 80), p.name, p.version, strings.Repeat("=", 80))
		if len(texts) == 0 {
			declared := "nothing"
			if p.licence != "" {
				declared = p.licence
			}
			fmt.Fprintf(out, "\nIt brings no licence text; its description declares: %s.\n", declared)
		}
		for _, text := range texts {
			if _, err := fmt.Fprintf(out, "\n%s\n", strings.TrimRight(text, "\r\n ")); err != nil {
				return err
			}
		}
	}
	return nil
}

// untold are folders of what is not shipped.
var untold = []string{"testdata", "test", "node_modules"}

// terms returns the texts in a folder and below, each once, in the order of their paths. What a part
// only tests with is not shipped, so its terms do not count. Of Go itself, with its tools beside the
// library, only the folder's own texts do: not deep.
func terms(folder string, deep bool) ([]string, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // nothing is written there
	var texts []string
	seen := map[string]bool{}
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != "." && (!deep || slices.Contains(untold, name) || strings.HasPrefix(name, ".")) {
				return fs.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if !legal.MatchString(name) || strings.HasSuffix(name, ".go") || !info.Mode().IsRegular() || info.Size() > maxText {
			return nil
		}
		text, err := fs.ReadFile(root.FS(), path)
		if err != nil {
			return err
		}
		if !seen[string(text)] {
			seen[string(text)] = true
			texts = append(texts, strings.ReplaceAll(string(text), "\r\n", "\n"))
		}
		return nil
	})
	return texts, err
}
