package webhook_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"realname.example/backend/internal/webhook"
)

// names is a name server on loopback that answers each question for an IPv4
// address with the next of its answers; the last one stays.
type names struct {
	t       *testing.T
	socket  net.PacketConn
	answers [][]string
}

func newNames(t *testing.T, answers ...[]string) *names {
	t.Helper()
	var config net.ListenConfig
	socket, err := config.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	n := &names{t: t, socket: socket, answers: answers}
	go n.serve()
	return n
}

// resolver asks this server alone.
func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", n.socket.LocalAddr().String())
	}}
}

func (n *names) serve() {
	question := make([]byte, 1500)
	for {
		size, from, err := n.socket.ReadFrom(question)
		if err != nil {
			return
		}
		answer, err := n.answer(question[:size])
		if err == nil {
			_, err = n.socket.WriteTo(answer, from)
		}
		if err != nil {
			n.t.Error(err)
		}
	}
}

func (n *names) answer(question []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	if m.Questions[0].Type == dnsmessage.TypeA {
		for _, text := range n.answers[0] {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.AResource{A: netip.MustParseAddr(text).As4()},
			})
		}
		if len(n.answers) > 1 {
			n.answers = n.answers[1:]
		}
	}
	return m.Pack()
}

// A name that leads to the internet when somebody looks at it, and inside when it
// is dialled, reaches nothing inside.
func TestANameThatChangesToAPrivateAddressIsRefused(t *testing.T) {
	served := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	defer inside.Close()
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for name, dialled := range map[string][]string{
		"loopback": {"127.0.0.1"}, "a private network": {"10.0.0.1"}, "the metadata of a cloud": {"169.254.169.254"},
		"several, all inside": {"192.168.1.1", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			outside := []string{"8.8.8.8"}
			resolver := newNames(t, outside, dialled).resolver()
			first, err := resolver.LookupHost(t.Context(), "hook.example.")
			if err != nil || !slices.Equal(first, outside) {
				t.Fatalf("looked at: %v, %v", first, err)
			}
			err = webhook.NewSender(time.Now, webhook.Network{Resolver: resolver}).Send(t.Context(), to("http://hook.example.:"+port+"/"), event)
			var down *webhook.DownError
			if !errors.As(err, &down) || down.Error() != "its address lies in a network that webhooks may not reach" {
				t.Errorf("dialled: %v", err)
			}
		})
	}
	if served != 0 {
		t.Errorf("%d requests arrived inside", served)
	}
}
