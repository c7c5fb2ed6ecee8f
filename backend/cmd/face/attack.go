package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/facecmd"
)

type attackEval struct {
	facecmd.Models
	From    string `default:"build/recordings" help:"Folder of the recordings that setup wrote."`
	Tries   int    `default:"100" help:"Tries a species."`
	Light   string `enum:"phong,area," default:"" help:"phong or area: captures are taken under the light of a screen, by this renderer, and have to answer it."`
	Whole   bool   `help:"With --light: they have to pass everything else too."`
	Seed    uint64 `default:"1" help:"The same seed makes the same captures."`
	Species string `help:"Only the species whose name holds this."`
	JSON    bool   `help:"Print JSON only."`
}

// Validate refuses an evaluation that tries nothing, and so would find that nothing passes.
func (a attackEval) Validate() error {
	switch {
	case a.Tries < 1:
		return errors.New("--tries has to be 1 or more")
	case len(a.asked()) == 0:
		return fmt.Errorf("--species %q is in the name of none", a.Species)
	}
	return nil
}

// Run makes attacks out of the test recordings and prints what the engine accepts,
// species by species. It fails if a species that must never pass did.
func (a attackEval) Run(ctx context.Context, o facecmd.Output) error {
	engine, err := a.Open(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	sources, err := a.sources(ctx, engine, o)
	if err != nil {
		return err
	}
	passed := 0
	for _, s := range a.asked() {
		tally, err := attack.Run(ctx, engine, sources, s, attack.Renderers[a.Light], a.Whole, a.Tries, a.Seed)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		if slices.Contains(attack.MustFail, s) {
			passed += tally.Accepted
		}
		if err := a.tell(o, s, tally); err != nil {
			return err
		}
	}
	if passed > 0 {
		return fmt.Errorf("%d captures passed of species that must not", passed)
	}
	return nil
}

// sources are the people whose recordings can be opened.
func (a attackEval) sources(ctx context.Context, engine *face.Engine, o facecmd.Output) (sources []*attack.Source, err error) {
	for _, p := range attack.People {
		s, err := attack.Open(ctx, engine, a.From, p.Name)
		if err != nil {
			fmt.Fprintf(o.Err, "left out: %v\n", err)
			continue
		}
		sources = append(sources, s)
	}
	if len(sources) == 0 {
		return nil, attack.ErrTooLittle
	}
	return sources, nil
}

// asked lists the species.
func (a attackEval) asked() []attack.Species {
	all := slices.Concat([]attack.Species{attack.Genuine}, attack.MustFail, attack.Measured)
	if a.Light != "" {
		all = slices.Clone(attack.Lit)
	}
	return slices.DeleteFunc(all, func(s attack.Species) bool { return !strings.Contains(string(s), a.Species) })
}

func (a attackEval) tell(o facecmd.Output, s attack.Species, tally attack.Tally) error {
	if a.JSON {
		return json.NewEncoder(o.Out).Encode(tally)
	}
	low, high := facecmd.Wilson(float64(tally.Accepted)/float64(tally.Tries), tally.Tries)
	fmt.Fprintf(o.Out, "%-36s accepted %3d of %3d (95 %%: %.1f–%.1f %%)  refused: %v\n",
		s, tally.Accepted, tally.Tries, 100*low, 100*high, tally.Reasons)
	return nil
}
