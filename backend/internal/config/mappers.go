package config

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"realname.example/backend/internal/verify"
	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// mappers read the texts of settings; a wrong one is told with what would do.
func mappers() []kong.Option {
	return []kong.Option{
		kong.NamedMapper("mode", mapper(mode)),
		kong.NamedMapper("server", mapper(server)),
		kong.NamedMapper("match", mapper(match)),
		kong.NamedMapper("share", mapper(share)),
		kong.NamedMapper("interval", mapper(interval)),
		kong.NamedMapper("networks", mapper(prefixes)),
		kong.NamedMapper("actions", mapper(actions)),
		kong.NamedMapper("light", mapper(verify.ParseLightMode)),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), mapper(duration)),
		kong.TypeMapper(reflect.TypeFor[int](), mapper(count)),
		kong.TypeMapper(reflect.TypeFor[string](), mapper(text)),
		kong.TypeMapper(reflect.TypeFor[identity.PII](), mapper(secretText)),
	}
}

// mapper makes a kong.Mapper of a reader of one text.
func mapper[T any](read func(string) (T, error)) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if ctx.Scan.PopValueInto("value", &text) != nil {
			return errors.New("a value is missing")
		}
		value, err := read(text)
		if err != nil {
			return err
		}
		target.Set(reflect.ValueOf(value))
		return nil
	}
}

func text(s string) (string, error) { return s, nil }

func secretText(s string) (identity.PII, error) { return identity.NewPII(s), nil }

// lowestMatch and highestMatch bound the threshold of the match: below, strangers
// pass as one another; above, people are refused their own faces (docs/face.md).
const (
	lowestMatch  = 0.45
	highestMatch = 0.80
)

func match(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= lowestMatch && v <= highestMatch) {
		return 0, fmt.Errorf("%q is no threshold of the match; write a number from %.2f to %.2f, such as 0.55", s, lowestMatch, highestMatch)
	}
	return v, nil
}

func share(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%q is no share; write a number from 0 to 1, such as 0.1", s)
	}
	return v, nil
}

func server(s string) (string, error) {
	address, err := handoff.ParseServer(s)
	if err != nil {
		return "", fmt.Errorf("%q is no address; write it as https://host or https://host:8443, without a path", s)
	}
	return address, nil
}

func mode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case Sandbox, Production:
		return m, nil
	}
	return "", fmt.Errorf("%q is no mode; use sandbox or production", s)
}

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no length of time; write it as 90s, 5m or 24h", s)
	}
	return d, nil
}

// interval is a duration that may be turned off.
func interval(s string) (time.Duration, error) {
	if d, err := time.ParseDuration(s); err == nil && d == 0 {
		return 0, nil
	}
	return duration(s)
}

func count(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no count; write 0 or a whole number above it", s)
	}
	return n, nil
}

func prefixes(s string) (list []netip.Prefix, err error) {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if address, err := netip.ParseAddr(part); err == nil {
			list = append(list, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", part)
		}
		list = append(list, prefix)
	}
	return list, nil
}

func actions(s string) (list []verification.Action, err error) {
	for part := range strings.SplitSeq(s, ",") {
		a := verification.Action(strings.TrimSpace(part))
		if !slices.Contains(verification.Actions(), a) {
			return nil, fmt.Errorf("%q is no action; the actions are %v", a, verification.Actions())
		}
		if slices.Contains(list, a) {
			return nil, fmt.Errorf("action %s is listed twice", a)
		}
		list = append(list, a)
	}
	return list, nil
}
