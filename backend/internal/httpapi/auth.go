package httpapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/gin-gonic/gin"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/peer"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// who may make a call.
type who int

const (
	whoNobody   who = iota // no token is looked at
	whoAccount             // a person who is signed in at a PC
	whoPhone               // the phone that holds a hand-off
	whoMaybe               // an account or nobody
	whoOperator            // an operator's key, whose roles have the route's right
	whoService             // a service in its own name
)

// security names the scheme for the OpenAPI document.
func (w who) security() []map[string][]string {
	switch w {
	case whoAccount:
		return []map[string][]string{{"account": {}}}
	case whoPhone:
		return []map[string][]string{{"phone": {}}}
	case whoMaybe:
		return []map[string][]string{{}, {"account": {}}}
	case whoOperator:
		return []map[string][]string{{"operator": {}}}
	case whoService:
		return []map[string][]string{{"service": {}}}
	case whoNobody:
	}
	return []map[string][]string{} // said: the call is open
}

// caller is who makes a call, and from where.
type caller struct {
	// token as it came; empty for nobody.
	token   string
	account account.Account
	session account.Session
	// service is the id of the service that calls.
	service string
	// operator is the owner of the key, or who is signed in at the console.
	operator operator.Caller
	device   string
	network  string
	// address is what caps count the caller as: one of IPv4, a /64 of IPv6.
	address string
	trusted bool // the address is of a network whose people share it
}

// scope tells the kept answers of one caller from another's.
func (c caller) scope() string {
	switch {
	case c.account.ID != "":
		return "account:" + c.account.ID
	case c.operator.Name != "":
		return "operator:" + c.operator.Name
	case c.token != "":
		sum := sha256.Sum256([]byte(c.token))
		return "phone:" + string(sum[:])
	}
	return ""
}

// verify returns the caller as the domain knows them.
func (c caller) verify() verify.Caller {
	return verify.Caller{
		AccountID: c.account.ID, Username: c.account.Username, Address: c.address, Trusted: c.trusted,
		Origin: verify.Origin{
			Device: c.device, Network: c.network,
			NewDevice: c.session.NewDevice, NewNetwork: c.session.NewNetwork,
		},
	}
}

func (c caller) origin() account.Origin {
	return account.Origin{Device: c.device, Network: c.network, Address: c.address, Trusted: c.trusted}
}

// authenticate finds out who calls, or returns unauthorized. A token of
// another kind is not valid here, whatever it is valid for.
func (s *Server) authenticate(ctx context.Context, g *gin.Context, w who) (caller, error) {
	from := peer.Address(g.Request, s.cfg.TrustedProxies)
	c := caller{
		device:  verify.DeviceName(api.DecodeDevice(g.GetHeader(api.DeviceHeader))),
		address: peer.Group(from), network: peer.Network(from), trusted: peer.Within(from, s.cfg.TrustedNetworks),
	}
	if w == whoNobody {
		return c, nil
	}
	c.token = bearer(g.GetHeader("Authorization"))
	if c.token == "" {
		if w == whoMaybe {
			return c, nil
		}
		return c, refuse(problem.Unauthorized, "Send the token as Authorization: Bearer.")
	}
	var err error
	switch w {
	case whoAccount, whoMaybe:
		c.account, c.session, err = s.Accounts.Authenticate(ctx, c.token)
		if errors.Is(err, account.ErrNotFound) {
			err = verify.ErrUnauthorized
		}
		// The phone shows it; the risk rules know the session's alone.
		c.device = cmp.Or(c.device, c.session.Device, verify.DeviceName(g.GetHeader("User-Agent")))
	case whoPhone:
		_, err = s.Verify.Phone(ctx, c.token)
	case whoService:
		c.service, err = s.Services.Caller(ctx, c.token)
	case whoOperator:
		if c.operator, err = s.Operators.ByKey(ctx, c.token); errors.Is(err, operator.ErrNotFound) {
			err = verify.ErrUnauthorized
		}
	case whoNobody:
	}
	return c, err
}

// bearer returns the token of an Authorization header, or "".
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || len(token) > 200 {
		return ""
	}
	return strings.TrimSpace(token)
}
