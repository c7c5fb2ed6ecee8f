package service

import (
	"encoding/base64"
	"net/url"
)

// Subject is what a service calls a person (OpenID Connect Core 8.1): one that
// no other service is given, so that two cannot put together what they know.
// mac is keyed.
func Subject(mac func(label, value string) []byte, s Service, accountID string) string {
	return base64.RawURLEncoding.EncodeToString(mac("subject", s.Realm+"|"+s.ID+"|"+accountID))
}

// Origin returns the scheme and host of an address, for a page's policy.
func Origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
