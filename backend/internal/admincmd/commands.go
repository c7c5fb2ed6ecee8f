package admincmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
)

// importRegistry reads a CSV file and imports it whole, or names every bad row.
func importRegistry(ctx context.Context, env Env, args []string) (err error) {
	folder, args, err := option(args, "--portraits")
	if err != nil {
		return err
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return errUsage
	}
	file, err := os.Open(args[0])
	if err != nil {
		return fmt.Errorf("open people: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var portraits registry.Portraits
	if folder != "" {
		if _, err := os.ReadDir(folder); err != nil {
			return fmt.Errorf("open portraits: %w", err)
		}
		portraits = registry.FromFolder(os.DirFS(folder), env.CheckPortrait)
	}
	people, err := registry.ReadCSV(file, env.Now(), portraits)
	if err != nil {
		var report *registry.ReportError
		if errors.As(err, &report) {
			_, _ = fmt.Fprintln(env.Stderr, report)
			return fmt.Errorf("nothing was imported; rows with faults: %d", len(report.Rows))
		}
		return err
	}
	s, err := env.open(ctx, args[1:], true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Import(ctx, people); err != nil {
		return err
	}
	with := 0
	for _, p := range people {
		if len(p.Portrait) > 0 {
			with++
		}
	}
	_, err = fmt.Fprintf(env.Stdout, "imported %d people, %d with a portrait\n", len(people), with)
	return err
}

// rotateKeys adds a master key to the key file and wraps the data keys with it.
// Where the keys come from the environment, the operator adds it there first.
func rotateKeys(ctx context.Context, env Env, args []string) (err error) {
	if err := addMaster(ctx, env, args); err != nil {
		return err
	}
	s, err := env.open(ctx, args, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	n, err := s.Rotate(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "master key %d wraps every data key, %d wrapped anew\n", s.keys.Current().Version, n)
	return err
}

// addMaster writes the key file before anything is wrapped: a data key that is
// wrapped with a lost key is lost. It opens the database to see that the keys
// are its own.
func addMaster(ctx context.Context, env Env, args []string) error {
	s, err := env.open(ctx, args, false)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil || s.folder == "" {
		return err
	}
	next := s.Keys()
	next.Masters = append([]keys.Master{}, next.Masters...)
	if err := next.AddMaster(env.Random); err != nil {
		return err
	}
	return keys.Save(s.folder, next)
}

// reindexKeys changes the index key. The new one stands in the key file before
// the database is changed, and takes its place after.
func reindexKeys(ctx context.Context, env Env, args []string) (err error) {
	s, err := env.open(ctx, args, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.folder == "" {
		return errors.New("the keys come from " + KeysVariable + "; reindex with a key file, and put its content there afterwards")
	}
	if s.embedded { // a server that runs would find nobody any more
		alone, err := store.Hold(s.folder)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, alone.Close()) }()
	}
	current := s.Keys() // after a reindex that was cut off, the key that it brought
	next := current
	if next.NextIndex, err = keys.NewKey(env.Random); err != nil {
		return err
	}
	if err := keys.Save(s.folder, next); err != nil {
		return err
	}
	n, err := s.Reindex(ctx, next.NextIndex)
	if err != nil {
		return err
	}
	if err := keys.Save(s.folder, s.Keys()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "the index key was changed, %d rows have new hashes\n", n)
	return err
}

// verifyAudit prints what holds, with the last seal for the operator to note.
func verifyAudit(ctx context.Context, env Env, args []string) (err error) {
	text, args, err := option(args, "--seal")
	if err != nil {
		return err
	}
	noted, err := parseSeal(text)
	if err != nil {
		return err
	}
	s, err := env.open(ctx, args, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	report, err := s.VerifyAudit(ctx, noted)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%d entries hold, sealed up to %d:%s\n", report.Entries, report.Seals, report.Head)
	return err
}

// parseSeal reads what verifyAudit printed earlier; nil for no text.
func parseSeal(text string) (*store.AuditReport, error) {
	if text == "" {
		return nil, nil
	}
	number, head, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || head == "" {
		return nil, errUsage
	}
	return &store.AuditReport{Seals: n, Head: head}, nil
}
