package command

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/decoder"
	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/raster"
	"realname.example/backend/internal/operator"
	people "realname.example/backend/internal/registry"
)

// registry is about the operator's own people.
type registry struct {
	Import registryImport `cmd:"" help:"Import people from CSV or .xlsx, all or none unless told otherwise; each bad row is named."`
	List   registryList   `cmd:"" help:"List everybody, masked."`
	Show   registryShow   `cmd:"" help:"Show one person in full."`
	Remove registryRemove `cmd:"" help:"Remove one person; who was verified stays verified."`
	Export registryExport `cmd:"" help:"Write everybody to a CSV file that import reads."`
	Check  registryCheck  `cmd:"" help:"Read everybody, and name whom a check would fail for."`
}

type registryImport struct {
	File         string `arg:"" help:"The file: CSV or .xlsx."`
	DryRun       bool   `help:"Say what would be imported, and import nothing."`
	Portraits    string `placeholder:"DIR" help:"Folder of pictures, each named by the person's number."`
	Encoding     string `placeholder:"NAME" help:"Encoding of the file, where it cannot be told."`
	Sheet        string `placeholder:"NAME" help:"Sheet of the workbook, where there are several."`
	SkipBad      bool   `xor:"rows" help:"Leave bad rows out, name them, and import the others; not with --replace, which would remove who stands on them."`
	Replace      bool   `xor:"rows" help:"Remove who is not in the file; --confirm has their number."`
	Confirm      int64  `placeholder:"N" help:"How many people --replace may remove."`
	Faults       string `placeholder:"FILE" help:"Write every bad row to a CSV file: its line, the column and what is wrong."`
	ZerosAreReal bool   `name:"yes-these-numbers-end-in-zeros" help:"Take numbers that look as if a spreadsheet had cut them."`
}

// Validate refuses what --replace alone means.
func (r registryImport) Validate() error {
	if r.Confirm != 0 && !r.Replace {
		return errors.New("--confirm is of use with --replace alone; leave it out, or add --replace")
	}
	return nil
}

func (r registryImport) Run(ctx context.Context, cfg config.Config, env Env) (err error) {
	options, err := r.options(ctx, cfg, env)
	if err != nil {
		return err
	}
	options.WithMobile = func(ctx context.Context, keys []string) (with map[string]bool, err error) {
		err = env.inStore(ctx, cfg, func(o *opened) error {
			with, err = o.WithMobile(ctx, keys)
			return err
		})
		return with, err
	}
	file, err := os.Open(r.File)
	if err != nil {
		return fmt.Errorf("open people: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	rows, read, err := readPeople(ctx, file, options, r.Faults, env)
	if err != nil {
		return err
	}
	if r.DryRun {
		_, err = fmt.Fprintf(env.Stdout, "%speople who could be imported: %d, with a portrait: %d; nothing was imported\n", describe(read), read.People, read.Portraits)
		return err
	}
	return env.inStore(ctx, cfg, func(o *opened) error {
		work, err := o.begin(ctx, env, operator.WorkImport, int64(read.People))
		if err != nil {
			return err
		}
		var removed int64
		if r.Replace {
			removed = r.Confirm
		}
		counts := fmt.Sprintf("imported %d, removed %d", read.People, removed)
		err = r.bring(ctx, o, operator.Counted(ctx, work, rows), act(env.Now(), operator.ActImported, "", counts))
		if err := work.End(ctx, err); err != nil {
			return fmt.Errorf("%s: %w", place(cfg), err)
		}
		_, err = fmt.Fprintf(env.Stdout, "%simported into %s: %d, with a portrait: %d; removed: %d\n",
			describe(read), place(cfg), read.People, read.Portraits, removed)
		return err
	})
}

// bring imports people, in the place of all others where that is asked for.
func (r registryImport) bring(ctx context.Context, o *opened, rows iter.Seq2[people.Person, error], e operator.Entry) (err error) {
	if r.Replace {
		err = o.ReplaceNoted(ctx, rows, r.Confirm, e)
	} else {
		err = o.ImportNoted(ctx, rows, e)
	}
	var unconfirmed *people.UnconfirmedError
	var mobiles *people.NoMobileError
	switch {
	case errors.As(err, &unconfirmed):
		err = fmt.Errorf("%w; nothing was changed. Call again with --confirm %d", err, unconfirmed.Count)
	case errors.As(err, &mobiles):
		err = fmt.Errorf("%w; nothing was changed", mobiles)
	}
	return err
}

// readPeople prints what is wrong with a file, each row or where they are many each
// kind, and writes each to the file of faults where one is named.
func readPeople(ctx context.Context, file *os.File, options people.Options, faults string, env Env) (iter.Seq2[people.Person, error], people.Report, error) {
	rows, read, err := people.Read(ctx, file, options)
	report := &people.ReportError{Rows: read.LeftOut}
	if !errors.As(err, &report) && (err != nil || len(report.Rows) == 0) {
		return rows, read, withFlag(err)
	}
	_, _ = fmt.Fprintln(env.Stderr, withFlag(report))
	switch {
	case faults != "":
		if err := writeFaults(faults, file, report); err != nil {
			return nil, read, err
		}
		_, _ = fmt.Fprintf(env.Stderr, "each of them stands in %s\n", faults)
	case !report.Short():
		_, _ = fmt.Fprintln(env.Stderr, "--faults FILE writes each of them to a file")
	}
	if err != nil {
		err = fmt.Errorf("nothing was imported; faults: %d", len(report.Rows))
	}
	return rows, read, err
}

// flags are those of what a sentence about a file asks for.
var flags = map[people.Setting]string{
	people.SetEncoding: "--encoding NAME names the encoding",
	people.SetSheet:    "--sheet NAME names the sheet",
	people.SetZeros:    "--yes-these-numbers-end-in-zeros takes such numbers",
}

// withFlag has an error of a file say which flag would help.
func withFlag(err error) error {
	if flag := flags[people.SettingOf(err)]; flag != "" {
		return fmt.Errorf("%w\n%s", err, flag)
	}
	return err
}

// errFaultsOver is a file of faults that would be written over the file they are of.
var errFaultsOver = errors.New("--faults names the file with the people, which would be lost; name another one")

func writeFaults(path string, of *os.File, report *people.ReportError) (err error) {
	there, err := os.Stat(path)
	if err == nil {
		read, err := of.Stat()
		if err != nil {
			return fmt.Errorf("write faults: %w", err)
		}
		if os.SameFile(there, read) {
			return errFaultsOver
		}
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write faults: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return report.Write(file, people.English)
}

func (r registryImport) options(ctx context.Context, cfg config.Config, env Env) (o people.Options, err error) {
	o = people.Options{Now: env.Now(), SkipBad: r.SkipBad, ZerosAreReal: r.ZerosAreReal, Workbook: people.NamesWorkbook(r.File), Encoding: r.Encoding, Sheet: r.Sheet}
	if r.Portraits == "" {
		return o, nil
	}
	check := env.CheckPortrait
	if check == nil {
		check = checkPortrait(ctx, cfg.Models)
	}
	plain := func(picture []byte) ([]byte, error) {
		made, err := decoder.Plain(ctx, picture)
		return made, advised(err)
	}
	o.Portraits, err = people.OpenFolder(os.DirFS(r.Portraits), plain, func(picture []byte) error { return advised(check(picture)) })
	if err != nil {
		return o, fmt.Errorf("%s: %w", r.Portraits, err)
	}
	return o, nil
}

// checkPortrait opens the face engine at the first picture, since most imports
// have none.
func checkPortrait(ctx context.Context, models string) func([]byte) error {
	var engine *face.Engine
	return func(image []byte) error {
		if engine == nil {
			var err error
			if engine, err = face.Open(ctx, face.Config{Models: models}); err != nil {
				return err
			}
		}
		if err := engine.Portrait(ctx, image); err != nil {
			return err
		}
		quality := raster.Quality(image)
		if !face.Poor(0, quality) {
			return nil
		}
		t, err := engine.Template(ctx, image)
		if err == nil && face.Poor(t.Eyes, quality) {
			return people.ErrPoorPicture
		}
		return err
	}
}

// describe says what an import noticed, a line each.
func describe(r people.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "read as %s\n", r.Encoding)
	if len(r.Unknown) > 0 {
		fmt.Fprintf(&b, "columns that were not read: %s\n", strings.Join(r.Unknown, ", "))
	}
	if r.NoMobiles {
		b.WriteString("there is no column of mobile numbers: those that the registry has stay\n")
	}
	if r.Empty > 0 {
		fmt.Fprintf(&b, "empty rows that were skipped: %d\n", r.Empty)
	}
	if n := len(r.LeftOut); n > 0 {
		fmt.Fprintf(&b, "faults for which rows were left out: %d\n", n)
	}
	if n := len(r.MissingPictures); n > 0 {
		fmt.Fprintf(&b, "rows whose picture is not in the folder: %d, on lines %s\n", n, strings.Trim(fmt.Sprint(r.MissingPictures), "[]"))
	}
	if n := len(r.PoorPictures); n > 0 {
		fmt.Fprintf(&b, "portraits that are small and compressed hard, so that an operator has to look at who is not recognised by them: "+
			"%d, on lines %s; a larger face, or less compression, would spare that\n", n, strings.Trim(fmt.Sprint(r.PoorPictures), "[]"))
	}
	if n := len(r.UnusedPictures); n > 0 {
		fmt.Fprintf(&b, "pictures that no row uses: %d, %s\n", n, strings.Join(r.UnusedPictures, ", "))
	}
	return b.String()
}
