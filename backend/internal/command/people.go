package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	people "realname.example/backend/internal/registry"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

type registryList struct{}

func (registryList) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inStore(ctx, cfg, func(o *opened) error {
		env.tellPlace(cfg)
		none := true
		for p, err := range o.All(ctx) {
			if err != nil {
				return err
			}
			none = false
			who := p.Identity
			_, err = fmt.Fprintf(env.Stdout, "%s  %s  %s  %s  %s\n", who.CertificateType, identity.MaskNumber(who.Number.Reveal()),
				identity.MaskName(who.Name.Reveal()), identity.MaskMobile(who.Mobile.Reveal()), portraitOf(p.HasPortrait))
			if err != nil {
				return err
			}
		}
		if none {
			env.tellNone("nobody is in the registry; `backend registry import` brings people")
		}
		return nil
	})
}

func portraitOf(has bool) string {
	if has {
		return "portrait"
	}
	return "no portrait"
}

// number names a person, as the file had them.
type number struct {
	Number string                   `arg:"" help:"The person's number."`
	Type   identity.CertificateType `default:"cn_id" help:"Its certificate type."`
}

// key returns what the registry finds the person by.
func (n number) key() (string, error) {
	kind, err := identity.ParseCertificateType(string(n.Type))
	if err != nil {
		return "", fmt.Errorf("%s is no certificate type", n.Type)
	}
	parsed, err := identity.ParseNumberOf(kind, n.Number)
	if err != nil {
		return "", errors.New("this is no such number; type it as the certificate has it")
	}
	return verify.Identity{CertificateType: kind, Number: identity.NewPII(parsed.Text())}.Key(), nil
}

type registryShow struct{ number }

func (r registryShow) Run(ctx context.Context, cfg config.Config, env Env) error {
	key, err := r.key()
	if err != nil {
		return err
	}
	return env.inStore(ctx, cfg, func(o *opened) error {
		env.tellPlace(cfg)
		p, err := o.ByNumber(ctx, key)
		if err != nil {
			return err
		}
		if err := o.note(ctx, env.Now(), operator.ActRevealed, "", "a person of the registry, by command"); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "type      %s\nname      %s\nnumber    %s\nmobile    %s\nportrait  %d bytes\n", p.Identity.CertificateType,
			p.Identity.Name.Reveal(), p.Identity.Number.Reveal(), p.Identity.Mobile.Reveal(), len(p.Portrait))
		return err
	})
}

type registryRemove struct{ number }

func (r registryRemove) Run(ctx context.Context, cfg config.Config, env Env) error {
	key, err := r.key()
	if err != nil {
		return err
	}
	return env.inStore(ctx, cfg, func(o *opened) error {
		found, err := o.Find(ctx, people.Search{Key: key})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("%s: %w", place(cfg), people.ErrNotFound)
		}
		if err := o.RemoveNoted(ctx, key, act(env.Now(), operator.ActPersonRemoved, found[0].ID, "by command")); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "removed from %s\n", place(cfg))
		return err
	})
}

// registryExport writes what import reads again, the portraits included. The
// files are the operator's alone to read.
type registryExport struct {
	File      string `arg:"" help:"The CSV file to make; one that is there is not touched."`
	Portraits string `placeholder:"DIR" help:"Folder to make for the pictures, each named by the person's number."`
}

func (r registryExport) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inStore(ctx, cfg, func(o *opened) (err error) {
		if r.Portraits != "" {
			if err := os.Mkdir(r.Portraits, 0o700); err != nil {
				return fmt.Errorf("make the folder of pictures: %w", err)
			}
		}
		file, err := os.OpenFile(r.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("make the file: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		all, err := o.CountPeople(ctx)
		if err != nil {
			return err
		}
		work, err := o.begin(ctx, env, operator.WorkExport, all)
		if err != nil {
			return err
		}
		if err := o.note(ctx, env.Now(), operator.ActExported, "", ""); err != nil {
			return work.End(ctx, err)
		}
		n, err := people.Write(file, operator.Counted(ctx, work, o.All(ctx)), func(p people.Listed) (string, error) { return r.picture(ctx, o, p) })
		if err = work.End(ctx, err); err == nil {
			_, err = fmt.Fprintf(env.Stdout, "exported from %s: %d\n", place(cfg), n)
		}
		return err
	})
}

// picture writes the portrait of a person, and returns its name; "" where there
// is none, or none is wanted.
func (r registryExport) picture(ctx context.Context, o *opened, p people.Listed) (name string, err error) {
	if r.Portraits == "" || !p.HasPortrait {
		return "", nil
	}
	whole, err := o.ByNumber(ctx, p.Identity.Key())
	if err != nil {
		return "", err
	}
	name = p.Identity.Number.Reveal() + ".jpg"
	if p.Identity.CertificateType != identity.CNID { // numbers of two types may be alike
		name = string(p.Identity.CertificateType) + "-" + name
	}
	if err := os.WriteFile(filepath.Join(r.Portraits, name), whole.Portrait, 0o600); err != nil {
		return "", fmt.Errorf("write a picture: %w", err)
	}
	return name, nil
}

// registryCheck reads every row and its portrait, as a verification would.
type registryCheck struct {
	Faces bool `help:"Look at each portrait with the face engine too; a second for three of them."`
}

func (r registryCheck) Run(ctx context.Context, cfg config.Config, env Env) error {
	usable := func([]byte) error { return nil }
	if r.Faces {
		usable = env.CheckPortrait
		if usable == nil {
			usable = checkPortrait(ctx, cfg.Models)
		}
	}
	return env.inStore(ctx, cfg, func(o *opened) error {
		var all, portraits, bad int
		for p, err := range o.All(ctx) {
			if err != nil {
				return err
			}
			all++
			if !p.HasPortrait {
				continue
			}
			portraits++
			whole, err := o.ByNumber(ctx, p.Identity.Key())
			if err == nil {
				err = usable(whole.Portrait)
			}
			if errors.Is(err, people.ErrPoorPicture) {
				_, _ = fmt.Fprintf(env.Stdout, "%s  %s: its portrait is small and compressed hard; an operator has to look if it does not show clearly who it is\n",
					p.Identity.CertificateType, identity.MaskNumber(p.Identity.Number.Reveal()))
				continue
			}
			if err != nil {
				bad++
				_, _ = fmt.Fprintf(env.Stdout, "%s  %s: its portrait cannot be used: %v\n", p.Identity.CertificateType, identity.MaskNumber(p.Identity.Number.Reveal()), err)
			}
		}
		_, err := fmt.Fprintf(env.Stdout, "%s: people who can be read: %d, with a portrait: %d, with one that cannot be used: %d\n", place(cfg), all, portraits, bad)
		if err == nil && bad > 0 {
			err = exitStatus(exitFailed)
		}
		return err
	})
}
