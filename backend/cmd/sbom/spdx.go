package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
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
	Declared  string     `json:"licenseDeclared"`
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

// unknown is SPDX's word for what this program does not claim to know.
const unknown = "NOASSERTION"

func writeSPDX(out io.Writer, version string, parts []part) error {
	made, err := commitTime()
	if err != nil {
		return err
	}
	const own = "SPDXRef-Package-realname"
	doc := document{
		Version: "SPDX-2.3", ID: "SPDXRef-DOCUMENT", Name: "realname-" + version, DataLicense: "CC0-1.0",
		Namespace:     "https://realname.example/spdx/" + version + "/" + strconv.FormatInt(made.Unix(), 10),
		Creation:      creation{Created: made.Format(time.RFC3339), Creators: []string{"Tool: realname-sbom"}},
		Packages:      []component{{ID: own, Name: "realname", Version: version, Download: unknown, Declared: unknown}},
		Relationships: []relationship{{"SPDXRef-DOCUMENT", "DESCRIBES", own}},
	}
	for _, p := range parts {
		c := componentOf(p)
		doc.Packages = append(doc.Packages, c)
		doc.Relationships = append(doc.Relationships, relationship{own, "DEPENDS_ON", c.ID})
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(doc)
}

func componentOf(p part) component {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, p.kind+"-"+p.name+"-"+p.version)
	c := component{
		ID: "SPDXRef-Package-" + id, Name: p.name, Version: p.version, Download: unknown, Declared: unknown,
		Refs: []ref{{"PACKAGE-MANAGER", "purl", "pkg:" + p.kind + "/" + strings.ReplaceAll(p.name, "@", "%40") + "@" + p.version}},
	}
	if p.licence != "" {
		c.Declared = p.licence
	}
	if p.sha512 != nil {
		c.Checksums = []checksum{{"SHA512", hex.EncodeToString(p.sha512)}}
	}
	return c
}

// commitTime is SOURCE_DATE_EPOCH, so that two bills of one commit are the same.
func commitTime() (time.Time, error) {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
