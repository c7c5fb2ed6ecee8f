package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"realname.example/backend/internal/sampleservice"
	"realname.example/backend/internal/service"
)

// sandboxService is a site that relies on a backend in its sandbox, to see what
// such a site sees.
type sandboxService struct {
	Server string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The backend, which runs in its sandbox."`
	Listen string `default:"127.0.0.1:8090" placeholder:"ADDRESS" help:"Where the site is: an address of loopback, and a port."`
}

// sampleHead is how long a browser may take for the head of a request.
const sampleHead = 5 * time.Second

func (s sandboxService) Run(ctx context.Context, env Env) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("nothing can be shown at %s; stop the program that has it, or choose another address with --listen (%w)", s.Listen, err)
	}
	defer func() { _ = listener.Close() }() // a server that began has closed it
	address := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	if !service.Loopback(address) {
		return fmt.Errorf("--listen %s is not this machine alone; the site belongs on 127.0.0.1 or [::1]", s.Listen)
	}
	site, err := sampleservice.New(ctx, strings.TrimSuffix(s.Server, "/"), address.String())
	if err != nil {
		return err
	}
	server := &http.Server{Handler: site, ReadHeaderTimeout: sampleHead}
	_, _ = fmt.Fprintf(env.Stdout, "A site that relies on %s at %s\n", s.Server, address)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // nothing is lost with it
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
