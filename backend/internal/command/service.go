package command

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/service"
)

// services is about the sites and apps that rely on this server.
type services struct {
	Add    serviceAdd    `cmd:"" help:"Add a service; prints its id and its secrets, once."`
	List   serviceList   `cmd:"" help:"List the services."`
	Show   serviceShow   `cmd:"" help:"Show one."`
	Rotate serviceRotate `cmd:"" help:"Give a service new secrets; the old ones stay good for a day."`
	Off    serviceOff    `cmd:"" help:"Turn a service off: nobody signs in there, its tokens open nothing, its events wait."`
	On     serviceOn     `cmd:"" help:"Turn it on again; what waited is sent."`
	Remove serviceRemove `cmd:"" help:"Remove a service, with all that people agreed to tell it."`
	Resend serviceResend `cmd:"" help:"Send again the events that were given up after three days."`
}

type serviceAdd struct {
	Name     string   `arg:"" help:"What people read before they agree."`
	Redirect []string `required:"" sep:"none" placeholder:"URI" help:"Where people come back to; may stand several times."`
	Claims   []string `placeholder:"CLAIM" help:"What it may ask for beside the status: name, number."`
	Webhook  string   `placeholder:"URL" help:"Where changes are sent."`
	Purpose  string   `placeholder:"TEXT" help:"What it wants to know that for, in a sentence for people."`
	Native   bool     `help:"It is an app on people's own devices and has no secret."`
	Key      string   `type:"existingfile" placeholder:"FILE" help:"JWK set of its public keys: it signs (private_key_jwt) and has no secret."`
}

func (a serviceAdd) Run(ctx context.Context, cfg config.Config, env Env) error {
	draft := service.Draft{
		Name: a.Name, Purpose: a.Purpose, Redirects: a.Redirect, Claims: a.Claims, Webhook: a.Webhook, Native: a.Native,
	}
	if a.Key != "" {
		var err error
		if draft.Keys, err = os.ReadFile(a.Key); err != nil {
			return fmt.Errorf("read keys: %w", err)
		}
	}
	return env.inServices(ctx, cfg, func(o *opened, m service.Manager) error {
		made, secrets, err := m.Make(draft)
		if err == nil {
			err = o.AddNotedService(ctx, made, act(env.Now(), operator.ActServiceAdded, made.ID, made.Name+": "+asks(made)))
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "client_id       %s\n%s", made.ID, tell(secrets))
		return err
	})
}

// tell prints secrets, which nobody can show again.
func tell(s service.Secrets) string {
	var b strings.Builder
	if s.Client != "" {
		fmt.Fprintf(&b, "client_secret   %s\n", s.Client)
	}
	if s.Webhook != "" {
		fmt.Fprintf(&b, "webhook_secret  %s\n", s.Webhook)
	}
	if b.Len() > 0 {
		b.WriteString("Keep what is secret now: it is not shown again.\n")
	}
	return b.String()
}

type serviceList struct{}

func (serviceList) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inServices(ctx, cfg, func(o *opened, m service.Manager) error {
		all, err := m.List(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			env.tellNone("there is no service; `backend service add` makes one")
			return nil
		}
		table := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "CLIENT_ID\tNAME\tMAY ASK FOR") // Flush tells of what fails
		for _, s := range all {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", s.ID, s.Name, asks(s))
		}
		return table.Flush()
	})
}

func asks(s service.Service) string {
	return strings.Join(append([]string{"status"}, s.Claims...), ", ")
}

type serviceShow struct {
	ID string `arg:"" name:"client_id" help:"The client_id."`
}

func (a serviceShow) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inServices(ctx, cfg, func(o *opened, m service.Manager) error {
		s, err := m.Show(ctx, a.ID)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		for _, line := range [][2]string{
			{"client_id", s.ID},
			{"name", s.Name},
			{"purpose", s.Purpose},
			{"redirect", strings.Join(s.Redirects, " ")},
			{"may ask for", asks(s)},
			{"webhook", s.Webhook},
			{"proves itself by", string(s.Auth)},
			{"added", s.MadeAt.Format("2006-01-02 15:04 MST")},
			{"turned off", offSince(s)},
		} {
			if line[1] != "" {
				_, _ = fmt.Fprintf(table, "%s\t%s\n", line[0], line[1]) // Flush tells of what fails
			}
		}
		return table.Flush()
	})
}

// offSince is when a service was turned off, empty while it is on.
func offSince(s service.Service) string {
	if !s.Off() {
		return ""
	}
	return s.OffAt.Format("2006-01-02 15:04 MST")
}

type serviceRotate struct {
	ID string `arg:"" name:"client_id" help:"The client_id."`
}

func (a serviceRotate) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inServices(ctx, cfg, func(o *opened, m service.Manager) error {
		s, err := m.Show(ctx, a.ID)
		if err != nil {
			return err
		}
		if !s.HasSecret() {
			return fmt.Errorf("%s has no secret: it proves itself by %s and has no webhook", s.Name, s.Auth)
		}
		if err := o.note(ctx, env.Now(), operator.ActServiceRotated, s.ID, s.Name); err != nil {
			return err
		}
		_, secrets, err := m.Rotate(ctx, s.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%sThe secrets before these stay good for %d hours.\n", tell(secrets), int(service.Overlap.Hours()))
		return err
	})
}

type serviceRemove struct {
	ID string `arg:"" name:"client_id" help:"The client_id."`
}

func (a serviceRemove) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inServices(ctx, cfg, func(o *opened, m service.Manager) error {
		s, err := m.Show(ctx, a.ID)
		if err == nil {
			err = o.note(ctx, env.Now(), operator.ActServiceRemoved, s.ID, s.Name)
		}
		if err == nil {
			err = m.Remove(ctx, a.ID)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%s was removed, with all that people had agreed to tell it\n", s.Name)
		return err
	})
}

// inServices calls do with the services of the database that the settings name.
func (env Env) inServices(ctx context.Context, cfg config.Config, do func(*opened, service.Manager) error) error {
	return env.inStore(ctx, cfg, func(o *opened) error {
		env.tellPlace(cfg)
		return do(o, service.Manager{Catalog: o, Now: env.Now, Loopback: cfg.IsSandbox()})
	})
}

type serviceResend struct {
	ID string `arg:"" name:"client_id" help:"The client_id."`
}

func (a serviceResend) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inStore(ctx, cfg, func(o *opened) error {
		env.tellPlace(cfg)
		s, err := o.Service(ctx, "", a.ID)
		if err != nil {
			return err
		}
		if err := o.note(ctx, env.Now(), operator.ActEventsResent, s.ID, s.Name); err != nil {
			return err
		}
		n, err := o.ResendEvents(ctx, s.ID, env.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%d events are sent to %s again\n", n, s.Name)
		return err
	})
}

type serviceOff struct {
	ID string `arg:"" name:"client_id" help:"The client_id."`
}

func (a serviceOff) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.turnService(ctx, cfg, a.ID, env.Now(), operator.ActServiceOff, "is turned off; nothing of it is deleted")
}

type serviceOn struct {
	ID string `arg:"" name:"client_id" help:"The client_id."`
}

func (a serviceOn) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.turnService(ctx, cfg, a.ID, time.Time{}, operator.ActServiceOn, "is turned on")
}

func (env Env) turnService(ctx context.Context, cfg config.Config, id string, offAt time.Time, what operator.Act, said string) error {
	return env.inStore(ctx, cfg, func(o *opened) error {
		env.tellPlace(cfg)
		s, err := o.Service(ctx, "", id)
		if err == nil {
			err = o.note(ctx, env.Now(), what, s.ID, s.Name)
		}
		if err == nil {
			s, err = o.TurnService(ctx, "", id, offAt, env.Now())
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%s %s\n", s.Name, said)
		return err
	})
}
