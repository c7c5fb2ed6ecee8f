package facecmd

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"realname.example/backend/internal/face/attack"
)

// runAttackEval makes attacks out of the test recordings and prints what the
// engine accepts, species by species. It fails if a species that must never
// pass did.
func runAttackEval(ctx context.Context, t *tool) error {
	dir := t.flags.String("from", filepath.Join("build", "recordings"), "folder of the recordings that setup wrote")
	tries := t.flags.Int("tries", 100, "tries a species")
	light := t.flags.String("light", "", "phong or area: captures are taken under the light of a screen, by this renderer, and have to answer it")
	whole := t.flags.Bool("whole", false, "with --light: they have to pass everything else too")
	seed := t.flags.Uint64("seed", 1, "the same seed makes the same captures")
	only := t.flags.String("species", "", "only the species whose name holds this")
	asJSON := t.flags.Bool("json", false, "print JSON only")
	if _, err := t.parse(0); err != nil || *tries < 1 {
		return errUsage
	}
	with, known := attack.Renderers[*light]
	if *light != "" && !known {
		return errUsage
	}
	engine, err := t.engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	var sources []*attack.Source
	for _, p := range attack.People {
		s, err := attack.Open(ctx, engine, *dir, p.Name)
		if err != nil {
			_, _ = fmt.Fprintf(t.stderr, "left out: %v\n", err)
			continue
		}
		sources = append(sources, s)
	}
	if len(sources) == 0 {
		return attack.ErrTooLittle
	}
	passed := 0
	species := slices.Concat([]attack.Species{attack.Genuine}, attack.MustFail, attack.Measured)
	if with != nil {
		species = attack.Lit
	}
	for _, s := range species {
		if !strings.Contains(string(s), *only) {
			continue
		}
		tally, err := attack.Run(ctx, engine, sources, s, with, *whole, *tries, *seed)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		if slices.Contains(attack.MustFail, s) {
			passed += tally.Accepted
		}
		if *asJSON {
			if err := json.NewEncoder(t.stdout).Encode(tally); err != nil {
				return err
			}
			continue
		}
		low, high := wilson(float64(tally.Accepted)/float64(tally.Tries), tally.Tries)
		t.printf("%-36s accepted %3d of %3d (95 %%: %.1f–%.1f %%)  refused: %v\n",
			s, tally.Accepted, tally.Tries, 100*low, 100*high, tally.Reasons)
	}
	if passed > 0 {
		return fmt.Errorf("%d captures passed of species that must not", passed)
	}
	return nil
}
