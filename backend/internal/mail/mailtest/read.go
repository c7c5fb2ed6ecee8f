package mailtest

import (
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
)

// bodyOf is the text of a message of one part.
func bodyOf(m *netmail.Message) (string, error) {
	body := m.Body
	switch strings.ToLower(m.Header.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
