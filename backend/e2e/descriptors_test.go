package e2e_test

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// Whoever opens connections until the server has no file descriptor left keeps it
// from answering; once they are gone it goes on by itself, and nothing is lost.
func TestAServerOutOfFileDescriptorsGoesOnByItself(t *testing.T) {
	const descriptors = 80
	folder := t.TempDir()
	address := startProcess(t, "REALNAME_LISTEN=127.0.0.1:0", "REALNAME_DATA="+folder, "REALNAME_SANDBOX_PASSWORD="+password,
		"REALNAME_MODELS="+folder, filesEnv+"="+strconv.Itoa(descriptors))
	c := newClient(t, address)
	a := signUp(t, c, "before")
	who := api.Person{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"}
	v, err := a.Begin(t.Context(), byMobile(who))
	if err == nil {
		_, err = a.SendCode(t.Context(), v.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	code := api.CodeCheck{Code: lastCode(t, c, who.Mobile)}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var held []net.Conn
	for range descriptors + 20 { // the system takes those that the server does not
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			break
		}
		held = append(held, conn)
	}
	if len(held) <= descriptors {
		t.Fatalf("only %d connections were taken", len(held))
	}
	for _, conn := range held {
		_ = conn.Close()
	}
	response, err := http.Get(address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("afterwards /readyz says %d", response.StatusCode)
	}
	v, err = a.CheckCode(t.Context(), v.ID, code)
	mustView(t, v, err, verification.Verified, "")
}
