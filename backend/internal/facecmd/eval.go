package facecmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/look"
)

// report is what eval prints with --json: the only thing on standard output.
// Rates are fractions.
type report struct {
	EER      float64 `json:"eer"`
	TAR0001  float64 `json:"tar_at_fmr_0_001"`
	Genuine  int     `json:"genuine_pairs"`
	Impostor int     `json:"impostor_pairs"`
	Failed   int     `json:"failed_to_detect"`
}

type eval struct {
	Models
	JSON     bool   `help:"Print JSON only."`
	Plot     string `help:"File of the curve, a PNG."`
	Portrait form   `placeholder:"EYES:QUALITY" help:"Compare each picture, made into a portrait with the eyes so many pixels apart and of this quality as a JPEG, with the others as they are."`
	Dir      string `arg:"" help:"A folder with a folder per person."`
}

// Run measures, and prints rates and times.
func (e eval) Run(ctx context.Context, o Output) error {
	as := e.Portrait
	engine, err := face.Open(ctx, face.Config{Models: e.Models.Models, Now: time.Now})
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	c, err := readPeople(ctx, o.Err, engine, e.Dir, as)
	if err != nil {
		return err
	}
	pairs, genuine, impostor := compareAll(c.samples)
	r, err := measure(pairs, nil)
	if err != nil {
		return fmt.Errorf("%w; found: %d people, %d faces, %d pictures without one", err, c.people, len(c.samples), c.failed)
	}
	if e.Plot != "" {
		if err := writePlot(e.Plot, r, as.threshold(engine.Limits())); err != nil {
			return fmt.Errorf("write the curve: %w", err)
		}
	}
	if e.JSON {
		return json.NewEncoder(o.Out).Encode(report{r.eer, r.at01.tar, genuine, impostor, c.failed})
	}
	fmt.Fprintf(o.Out, "people %d, faces %d, failed to detect %d, genuine pairs %d, impostor pairs %d\n",
		c.people, len(c.samples), c.failed, genuine, impostor)
	printRates(o.Out, r, pairs, c.people, as.threshold(engine.Limits()))
	printLatency(o.Out, c.samples)
	return nil
}

func writePlot(path string, r rates, threshold float64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := plot(f, r, threshold); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func printRates(w io.Writer, r rates, pairs []pair, people int, match float64) {
	eer, at1, at01 := intervals(pairs, people, 1)
	fmt.Fprintf(w, "EER               %6.2f %% (95 %%: %.2f to %.2f)\n", 100*r.eer, 100*eer.low, 100*eer.high)
	for _, row := range []struct {
		fmr string
		at  operating
		in  interval
	}{{"1 %", r.at1, at1}, {"0.1 %", r.at01, at01}} {
		fmt.Fprintf(w, "TAR at FMR %-6s %6.2f %% (95 %%: %.2f to %.2f), threshold %.3f\n",
			row.fmr, 100*row.at.tar, 100*row.in.low, 100*row.in.high, row.at.threshold)
	}
	fmt.Fprintf(w, "threshold  FMR         FNMR\n")
	thresholds := []float64{match}
	for k := 4; k <= 16; k++ {
		thresholds = append(thresholds, float64(k)/20)
	}
	slices.Sort(thresholds)
	for _, threshold := range slices.Compact(thresholds) {
		s, mark := r.at(threshold), ""
		if threshold == match {
			mark = "  in force"
		}
		fmt.Fprintf(w, "%.2f       %8.3f %%  %6.2f %%%s\n", threshold, 100*s.fmr, 100*(1-s.tar), mark)
	}
}

// printLatency prints what each stage took over all faces.
func printLatency(w io.Writer, samples []sample) {
	fmt.Fprintf(w, "stage        median ms   95 %% below ms\n")
	for _, stage := range look.Stages {
		var took []time.Duration
		for _, s := range samples {
			took = append(took, s.template.Took[stage])
		}
		slices.Sort(took)
		at := func(share float64) float64 {
			i := int(math.Ceil(share*float64(len(took)))) - 1
			return took[max(0, i)].Seconds() * 1000
		}
		fmt.Fprintf(w, "%-12s %9.1f   %13.1f\n", stage, at(0.5), at(0.95))
	}
}
