// Sbom writes a software bill of materials (SPDX 2.3, JSON) to standard output: the Go modules
// that are inside the given programs, as the linker noted them, and the npm packages of the lock
// file. "make release" is its only caller. It looks nothing up: licences are not in it.
package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

type document struct {
	Version       string         `json:"spdxVersion"`
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	DataLicense   string         `json:"dataLicense"`
	Creation      creation       `json:"creationInfo"`
	Packages      []component    `json:"packages"`
	Relationships []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type component struct {
	ID        string     `json:"SPDXID"`
	Name      string     `json:"name"`
	Version   string     `json:"versionInfo"`
	Download  string     `json:"downloadLocation"`
	Checksums []checksum `json:"checksums,omitempty"`
	Refs      []ref      `json:"externalRefs,omitempty"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type ref struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type relationship struct {
	Element string `json:"spdxElementId"`
	Type    string `json:"relationshipType"`
	Related string `json:"relatedSpdxElement"`
}

func main() {
	version := flag.String("version", "", "version of the product")
	lock := flag.String("lock", "", "npm's lock file")
	flag.Parse()
	if err := write(*version, *lock, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bill of materials:", err)
		os.Exit(1)
	}
}

func write(version, lock string, programs []string) error {
	parts := map[string]component{}
	for _, path := range programs {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read what is inside %s: %w", path, err)
		}
		addPart(parts, "golang", "std", strings.TrimPrefix(info.GoVersion, "go"), nil)
		for _, m := range info.Deps {
			if m.Replace == nil { // a replaced module is one of our own
				addPart(parts, "golang", m.Path, m.Version, nil)
			}
		}
	}
	if err := addLocked(parts, lock); err != nil {
		return err
	}
	created, err := commitTime()
	if err != nil {
		return err
	}
	doc := document{
		Version: "SPDX-2.3", ID: "SPDXRef-DOCUMENT", Name: "realname-" + version, DataLicense: "CC0-1.0",
		Namespace:     "https://realname.example/spdx/" + version + "/" + strconv.FormatInt(created.Unix(), 10),
		Creation:      creation{Created: created.Format(time.RFC3339), Creators: []string{"Tool: realname-sbom"}},
		Packages:      []component{{ID: "SPDXRef-Package-realname", Name: "realname", Version: version, Download: "NOASSERTION"}},
		Relationships: []relationship{{"SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Package-realname"}},
	}
	ids := make([]string, 0, len(parts))
	for id := range parts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		doc.Packages = append(doc.Packages, parts[id])
		doc.Relationships = append(doc.Relationships, relationship{"SPDXRef-Package-realname", "DEPENDS_ON", id})
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(doc)
}

func addPart(parts map[string]component, kind, name, version string, sums []checksum) {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, kind+"-"+name+"-"+version)
	id := "SPDXRef-Package-" + clean
	parts[id] = component{
		ID: id, Name: name, Version: version, Download: "NOASSERTION", Checksums: sums,
		Refs: []ref{{"PACKAGE-MANAGER", "purl", "pkg:" + kind + "/" + strings.ReplaceAll(name, "@", "%40") + "@" + version}},
	}
}

// addLocked adds the npm packages, with the SHA-512 that the lock file pins.
func addLocked(parts map[string]component, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity string } `json:"packages"`
	}
	if err := json.Unmarshal(raw, &lock); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	for name, p := range lock.Packages {
		if name == "" {
			continue
		}
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.Integrity, "sha512-"))
		if err != nil {
			return fmt.Errorf("integrity of %s: %w", name, err)
		}
		addPart(parts, "npm", strings.TrimPrefix(name, "node_modules/"), p.Version,
			[]checksum{{"SHA512", hex.EncodeToString(sum)}})
	}
	return nil
}

// commitTime is SOURCE_DATE_EPOCH, so that two bills of one commit are the same.
func commitTime() (time.Time, error) {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
