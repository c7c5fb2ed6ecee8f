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

// importRegistry reads a file of people and imports it whole, or names every
// bad row.
func importRegistry(ctx context.Context, env Env, args []string) (err error) {
	args, dry := flag(args, "--dry-run")
	options, args, err := importOptions(env, args)
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
	people, read, err := registry.Read(file, options)
	if err != nil {
		var report *registry.ReportError
		if errors.As(err, &report) {
			_, _ = fmt.Fprintln(env.Stderr, report)
			return fmt.Errorf("nothing was imported; faults: %d", len(report.Rows))
		}
		return err
	}
	if dry {
		_, err = fmt.Fprintf(env.Stdout, "%s%d people could be imported, %d with a portrait; nothing was\n", describe(read), read.People, read.Portraits)
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
	_, err = fmt.Fprintf(env.Stdout, "%simported %d people, %d with a portrait\n", describe(read), read.People, read.Portraits)
	return err
}

// importOptions takes the options of an import out of args.
func importOptions(env Env, args []string) (o registry.Options, rest []string, err error) {
	o.Now = env.Now()
	args, o.ZerosAreReal = flag(args, "--yes-these-numbers-end-in-zeros")
	var folder string
	for name, value := range map[string]*string{"--portraits": &folder, "--encoding": &o.Encoding, "--sheet": &o.Sheet} {
		if *value, args, err = option(args, name); err != nil {
			return o, nil, err
		}
	}
	if folder != "" {
		o.Portraits, err = registry.OpenFolder(os.DirFS(folder), env.CheckPortrait)
	}
	return o, args, err
}

// describe says what an import noticed, a line each.
func describe(r registry.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "read as %s\n", r.Encoding)
	if len(r.Unknown) > 0 {
		fmt.Fprintf(&b, "columns that were not read: %s\n", strings.Join(r.Unknown, ", "))
	}
	if r.Empty > 0 {
		fmt.Fprintf(&b, "empty rows that were skipped: %d\n", r.Empty)
	}
	if n := len(r.MissingPictures); n > 0 {
		fmt.Fprintf(&b, "rows whose picture is not in the folder: %d, on lines %s\n", n, strings.Trim(fmt.Sprint(r.MissingPictures), "[]"))
	}
	if n := len(r.UnusedPictures); n > 0 {
		fmt.Fprintf(&b, "pictures that no row uses: %d, %s\n", n, strings.Join(r.UnusedPictures, ", "))
	}
	return b.String()
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
