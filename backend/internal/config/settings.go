package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Source is where settings come from that are not given as flags.
type Source struct {
	// Getenv reads the environment, as os.Getenv does.
	Getenv func(string) string
	// file is the settings file, read once.
	file map[string]string
	// from is where each value came from that was resolved.
	from map[string]From
}

// Load returns the settings of args (flags alone), the environment and the
// settings file, in this order. The error is a whole sentence.
func Load(args []string, getenv func(string) string) (Config, error) {
	return ByMode(func(defaults Config) (Config, error) {
		t := struct {
			Config `embed:"" group:"settings"`
			File
		}{Config: defaults}
		source := &Source{Getenv: getenv}
		parser, err := kong.New(&t, source.Options()...)
		if err != nil {
			return t.Config, err
		}
		call, err := parser.Parse(args)
		if err == nil {
			t.Origins.From = source.Origins(call)
		}
		return t.Config, Sentence(err)
	})
}

// ByMode calls parse with the defaults of the sandbox, and once more with
// those of production where that is the mode that it found.
func ByMode(parse func(defaults Config) (Config, error)) (Config, error) {
	c, err := parse(Default(Sandbox))
	if err == nil && c.Mode == Production {
		return parse(Default(Production))
	}
	return c, err
}

// Group is the group of the flags that are settings.
const Group = "settings"

// File is the flag that names the settings file.
type File struct {
	ConfigFile string `name:"config" help:"file of settings, a JSON object with the names of the flags; REALNAME_CONFIG names it too" group:"settings"`
}

// Args returns the flag again, for another parser.
func (f File) Args() []string {
	if f.ConfigFile == "" {
		return nil
	}
	return []string{"--config", f.ConfigFile}
}

// Options returns what a parser of settings needs: the value that a field has
// before parsing is its default, and the source fills what no flag gives.
func (s *Source) Options() []kong.Option {
	return append(mappers(),
		kong.PostBuild(keepDefaults),
		kong.Resolvers(kong.ResolverFunc(s.resolve)),
		kong.WithBeforeApply(refuseSecretFlags),
		kong.ValueFormatter(describe),
	)
}

func isSetting(flag *kong.Flag) bool { return flag.Group != nil && flag.Group.Key == Group }

// settings calls do with every setting below a node.
func settings(node kong.Visitable, do func(*kong.Flag) error) error {
	return kong.Visit(node, func(at kong.Visitable, next kong.Next) error {
		if flag, ok := at.(*kong.Flag); ok && isSetting(flag) {
			return next(do(flag))
		}
		return next(nil)
	})
}

// keepDefaults makes the value that each field has its default.
func keepDefaults(k *kong.Kong) error {
	return settings(k.Model, func(flag *kong.Flag) error {
		if flag.Target.IsZero() && !flag.Target.CanInt() { // of numbers 0 says something: no cap, at once
			return nil
		}
		flag.HasDefault, flag.Default = true, written(flag.Target)
		return nil
	})
}

// written returns a value as a setting has it.
func written(v reflect.Value) string {
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	parts := make([]string, v.Len())
	for i := range parts {
		parts[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(parts, ",")
}

// Variable returns the environment variable of a setting.
func Variable(flag string) string {
	return "REALNAME_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fileSuffix ends the variable that names the file of a secret.
const fileSuffix = "_FILE"

// secret reports whether a setting is not taken as a flag, which everyone on
// the machine can read.
func secret(flag *kong.Flag) bool { return flag.Tag.Has("secret") }

// fromFile reports whether a variable may name a file that has the value: a
// secret, and an address with a password in it.
func fromFile(flag *kong.Flag) bool { return secret(flag) || flag.Tag.Has("fromfile") }

// resolve finds the value of a setting that no flag gives: in the environment,
// in the file that a variable of a secret names, in the settings file.
func (s *Source) resolve(c *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !isSetting(flag) {
		return nil, nil
	}
	name := Variable(flag.Name)
	value, from := s.Getenv(name), FromEnvironment
	if fromFile(flag) {
		var err error
		if value == "" {
			from = FromSecretFile
		}
		if value, err = s.secret(name, value); err != nil {
			return nil, err
		}
	}
	if value == "" {
		file, err := s.settingsFile(c)
		if err != nil || flag.Name == "config" {
			return nil, err
		}
		if value = file[flag.Name]; value != "" {
			name, from = flag.Name+" in the settings file", FromSettingsFile
		}
	}
	if value == "" {
		return nil, nil
	}
	// Tried here, so that the sentence names where the value came from.
	probe := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: kong.Scan().PushTyped(value, kong.FlagValueToken)}, probe); err != nil {
		return nil, &wrongValueError{fmt.Errorf("%s: %w", name, err)}
	}
	if s.from == nil {
		s.from = map[string]From{}
	}
	s.from[flag.Name] = from
	return value, nil
}

// secret returns the secret of a variable or of the file that its sibling
// names.
func (s *Source) secret(name, value string) (string, error) {
	path := s.Getenv(name + fileSuffix)
	switch {
	case path == "":
		return value, nil
	case value != "":
		return "", &wrongValueError{fmt.Errorf("%s and %s%s are both set; keep one", name, name, fileSuffix)}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", &wrongValueError{fmt.Errorf("%s%s: %w", name, fileSuffix, err)}
	}
	if value = strings.TrimRight(string(data), "\r\n"); value == "" {
		return "", &wrongValueError{fmt.Errorf("%s%s names %s, which is empty", name, fileSuffix, path)}
	}
	return value, nil
}

// settingsFile returns what the settings file says, read at the first call.
func (s *Source) settingsFile(c *kong.Context) (map[string]string, error) {
	if s.file != nil {
		return s.file, nil
	}
	path := s.Getenv(Variable("config"))
	known := map[string]bool{}
	err := settings(c.Model, func(flag *kong.Flag) error {
		known[flag.Name] = true
		if given, ok := c.FlagValue(flag).(string); ok && flag.Name == "config" && given != "" {
			path = given
		}
		return nil
	})
	s.file = map[string]string{}
	if err != nil || path == "" {
		return s.file, err
	}
	if s.file, err = readFile(path, known); err != nil {
		return nil, &wrongValueError{err}
	}
	return s.file, nil
}

// readFile reads a settings file: one JSON object of strings, numbers, booleans
// and lists of strings.
func readFile(path string, known map[string]bool) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the settings file cannot be read: %w", err)
	}
	var raw map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // 1000000 stays as it is written
	if err := decoder.Decode(&raw); err != nil {
		return nil, fmt.Errorf("the settings file %s is no JSON object: %w", path, err)
	}
	values := map[string]string{}
	for name, value := range raw {
		if !known[name] {
			return nil, fmt.Errorf("the settings file %s sets %q, which is no setting; `backend help serve` lists them", path, name)
		}
		if values[name], err = fileValue(value); err != nil {
			return nil, fmt.Errorf("the settings file %s, %q: %w", path, name, err)
		}
	}
	return values, nil
}

func fileValue(value any) (string, error) {
	switch v := value.(type) {
	case string, json.Number, bool:
		return fmt.Sprint(v), nil
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = fmt.Sprint(part)
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("write a text, a number, true, false or a list of texts")
}

// refuseSecretFlags is called when all flags are read.
func refuseSecretFlags(c *kong.Context) error {
	for _, path := range c.Path {
		if path.Flag != nil && !path.Resolved && secret(path.Flag) {
			return &wrongValueError{fmt.Errorf("--%s would show a secret to everyone on this machine; set %s or %[2]s%[3]s instead",
				path.Flag.Name, Variable(path.Flag.Name), fileSuffix)}
		}
	}
	return nil
}

// wrongValueError is a sentence of its own; what a parser puts before it is
// dropped.
type wrongValueError struct{ error }

func (e *wrongValueError) Unwrap() error { return e.error }

// Sentence returns err without what the parser put before a sentence of ours.
func Sentence(err error) error {
	var wrong *wrongValueError
	if errors.As(err, &wrong) {
		return wrong.error
	}
	return err
}

// describe is the help of a flag: a setting's variable stands behind it.
func describe(v *kong.Value) string {
	if v.Flag == nil || !isSetting(v.Flag) {
		return kong.DefaultHelpValueFormatter(v)
	}
	if secret(v.Flag) {
		return fmt.Sprintf("%s; not as a flag [%s, %[2]s%[3]s]", v.Help, Variable(v.Name), fileSuffix)
	}
	if fromFile(v.Flag) {
		return fmt.Sprintf("%s [%s, %[2]s%[3]s]", v.Help, Variable(v.Name), fileSuffix)
	}
	return fmt.Sprintf("%s [%s]", v.Help, Variable(v.Name))
}

// Gone has a sentence for each setting that there was before.
var Gone = map[string]string{
	"REALNAME_OPERATOR_TOKEN": "REALNAME_OPERATOR_TOKEN is gone, and opens nothing: operators have names and keys of their own now. " +
		"Unset it; `backend operator add NAME --role admin` and `backend operator key NAME` make them.",
}

// Unknown returns the REALNAME_ variables of an environment (as os.Environ has
// it) that no setting has, in order: misspelt ones.
func Unknown(environ []string) ([]string, error) {
	known := map[string]bool{}
	parser, err := kong.New(&struct {
		Config `embed:"" group:"settings"`
		File
	}{}, (&Source{}).Options()...)
	if err != nil {
		return nil, err
	}
	err = settings(parser.Model, func(flag *kong.Flag) error {
		known[Variable(flag.Name)] = true
		known[Variable(flag.Name)+fileSuffix] = fromFile(flag)
		return nil
	})
	var unknown []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "REALNAME_") && !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown, err
}
