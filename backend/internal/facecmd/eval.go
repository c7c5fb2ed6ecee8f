package facecmd

import (
	"context"
	"encoding/json"
	"fmt"
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

func runEval(ctx context.Context, t *tool) error {
	asJSON := t.flags.Bool("json", false, "print JSON only")
	picture := t.flags.String("plot", "", "file of the curve, a PNG")
	var as form
	t.flags.Var(&as, "portrait", "compare each picture, made into a portrait of EYES:QUALITY (pixels between the eyes, of the JPEG), with the others as they are")
	args, err := t.parse(1)
	if err != nil {
		return err
	}
	engine, err := face.Open(ctx, face.Config{Models: *t.models, Now: time.Now})
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	c, err := readPeople(ctx, t, engine, args[0], as)
	if err != nil {
		return err
	}
	pairs, genuine, impostor := compareAll(c.samples)
	r, err := measure(pairs, nil)
	if err != nil {
		return fmt.Errorf("%w; found: %d people, %d faces, %d pictures without one", err, c.people, len(c.samples), c.failed)
	}
	if *picture != "" {
		if err := writePlot(*picture, r, as.threshold(engine.Limits())); err != nil {
			return fmt.Errorf("write the curve: %w", err)
		}
	}
	if *asJSON {
		return json.NewEncoder(t.stdout).Encode(report{r.eer, r.at01.tar, genuine, impostor, c.failed})
	}
	t.printf("people %d, faces %d, failed to detect %d, genuine pairs %d, impostor pairs %d\n",
		c.people, len(c.samples), c.failed, genuine, impostor)
	printRates(t, r, pairs, c.people, as.threshold(engine.Limits()))
	printLatency(t, c.samples)
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

func printRates(t *tool, r rates, pairs []pair, people int, match float64) {
	eer, at1, at01 := intervals(pairs, people, 1)
	t.printf("EER               %6.2f %% (95 %%: %.2f to %.2f)\n", 100*r.eer, 100*eer.low, 100*eer.high)
	for _, row := range []struct {
		fmr string
		at  operating
		in  interval
	}{{"1 %", r.at1, at1}, {"0.1 %", r.at01, at01}} {
		t.printf("TAR at FMR %-6s %6.2f %% (95 %%: %.2f to %.2f), threshold %.3f\n",
			row.fmr, 100*row.at.tar, 100*row.in.low, 100*row.in.high, row.at.threshold)
	}
	t.printf("threshold  FMR         FNMR\n")
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
		t.printf("%.2f       %8.3f %%  %6.2f %%%s\n", threshold, 100*s.fmr, 100*(1-s.tar), mark)
	}
}

// printLatency prints what each stage took over all faces.
func printLatency(t *tool, samples []sample) {
	t.printf("stage        median ms   95 %% below ms\n")
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
		t.printf("%-12s %9.1f   %13.1f\n", stage, at(0.5), at(0.95))
	}
}
