package api

import "time"

// SignInOptions says how people sign in here.
type SignInOptions struct {
	Password bool     `json:"password" doc:"By user name and password."`
	Issuers  []Issuer `json:"issuers"`
	// ResetByEmail says what the server can do, and nothing of any account.
	ResetByEmail bool `json:"reset_by_email" doc:"A code for a new password can be sent by e-mail, to an account that an affiliate with a verified address vouched for."`
}

// Issuer is an OpenID provider that this server asks.
type Issuer struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"In the language of Accept-Language, zh or en."`
	// RedirectPort is the one on which the caller has to listen.
	RedirectPort int `json:"redirect_port,omitempty" doc:"The port on which the caller has to listen; none for any."`
}

// IssuerStart begins a sign-in or a link at an issuer.
type IssuerStart struct {
	Issuer      string `json:"issuer" maxLength:"64"`
	RedirectURI string `json:"redirect_uri" maxLength:"200" doc:"Where the caller listens: plain HTTP on 127.0.0.1 or [::1], with a port and a path."`
}

// IssuerStarted says where the person answers, in the browser of their own PC.
type IssuerStarted struct {
	ID               string    `json:"id"`
	AuthorizationURL string    `json:"authorization_url"`
	ExpiresAt        time.Time `json:"expires_at"`
	ExpiresIn        int64     `json:"expires_in" doc:"Whole seconds to expires_at at the time of this answer."`
}

// LinkStart begins a link: answered in the browser of this PC, which brings the
// answer to redirect_uri, or on another device.
type LinkStart struct {
	Issuer      string `json:"issuer" maxLength:"64"`
	RedirectURI string `json:"redirect_uri,omitempty" maxLength:"200" doc:"Where the caller listens: plain HTTP on 127.0.0.1 or [::1], with a port and a path. Left out with device."`
	Device      bool   `json:"device,omitempty" doc:"The person answers on another device, by a code (RFC 8628); for sites whose option has device."`
}

// LinkStarted says where the person answers: authorization_url in the browser of
// their own PC, or, on another device, the others.
type LinkStarted struct {
	ID                      string    `json:"id"`
	AuthorizationURL        string    `json:"authorization_url,omitempty"`
	VerificationURI         string    `json:"verification_uri,omitempty" doc:"The site's page, at which the person types user_code."`
	VerificationURIComplete string    `json:"verification_uri_complete,omitempty" doc:"The same page with the code, to be shown as a QR code; some sites have none."`
	UserCode                string    `json:"user_code,omitempty" doc:"Shown beside the QR code, for the person to compare or to type."`
	Interval                int64     `json:"interval,omitempty" doc:"Seconds between two questions whether the person has answered."`
	ExpiresAt               time.Time `json:"expires_at"`
	ExpiresIn               int64     `json:"expires_in" doc:"Whole seconds to expires_at at the time of this answer."`
}

// CausePending is the cause of a conflict about "device": the person has not
// answered yet.
const CausePending = "pending"

// CauseExpired is the cause of a refusal about "issuer": what was begun was used, or
// has ended.
const CauseExpired = "expired"

// LinkedByDevice marks a link that was answered on another device.
const LinkedByDevice = "device"

// IssuerAnswer is what came back to the caller's listener: a code, or an error. It
// is taken once.
type IssuerAnswer struct {
	Code  string `json:"code,omitempty" maxLength:"4096"`
	State string `json:"state,omitempty" maxLength:"256"`
	Iss   string `json:"iss,omitempty" maxLength:"1024" doc:"The parameter iss (RFC 9207), where there was one."`
	Error string `json:"error,omitempty" maxLength:"256" doc:"The parameter error, where there was no code, such as access_denied."`
}

// Link is an affiliated site that the account is linked to.
type Link struct {
	Issuer   string    `json:"issuer"`
	Name     string    `json:"name" doc:"In the language of Accept-Language, zh or en."`
	LinkedAt time.Time `json:"linked_at"`
	LinkedBy string    `json:"linked_by,omitempty" enum:"device" doc:"device where the person answered on another device: what the site says then leads to a face scan."`
	// Verified is nil before the site was asked.
	Verified  *bool      `json:"verified" doc:"Whether the site has verified this person, as it said at checked_at; null before it was asked."`
	CheckedAt *time.Time `json:"checked_at"`
}
