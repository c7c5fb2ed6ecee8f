package facecmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"realname.example/backend/internal/face"
)

// rates is what eval measures; the fields with a JSON name are its --json
// output.
type rates struct {
	EER      float64 `json:"eer"`
	TAR0001  float64 `json:"tar_at_fmr_0_001"`
	Genuine  int     `json:"genuine_pairs"`
	Impostor int     `json:"impostor_pairs"`
	Failed   int     `json:"failed_to_detect"`

	tar001                  float64
	threshold01, threshold1 float64
	genuine, impostor       []float64
}

// sample is one picture of a person.
type sample struct {
	person   string
	template face.Template
}

func runEval(ctx context.Context, t *tool) error {
	asJSON := t.flags.Bool("json", false, "print JSON")
	args, err := t.parse(1)
	if err != nil {
		return err
	}
	engine, err := t.engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	samples, failed, err := readPeople(ctx, t, engine, args[0])
	if err != nil {
		return err
	}
	r, err := measure(samples)
	if err != nil {
		return err
	}
	r.Failed = failed
	if *asJSON {
		return json.NewEncoder(t.stdout).Encode(r)
	}
	printRates(t, r)
	return nil
}

// readPeople makes templates of every picture of a folder per person; links to
// folders are followed.
func readPeople(ctx context.Context, t *tool, engine *face.Engine, root string) (samples []sample, failed int, err error) {
	people, err := os.ReadDir(root)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range people {
		folder := filepath.Join(root, p.Name())
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		pictures, err := os.ReadDir(folder)
		if err != nil {
			return nil, 0, err
		}
		for _, picture := range pictures {
			switch strings.ToLower(filepath.Ext(picture.Name())) {
			case ".jpg", ".jpeg", ".png":
			default:
				continue
			}
			data, err := os.ReadFile(filepath.Join(folder, picture.Name()))
			if err != nil {
				return nil, 0, err
			}
			template, err := engine.Template(ctx, data)
			var input *face.InputError
			switch {
			case errors.As(err, &input):
				failed++
				_, _ = fmt.Fprintf(t.stderr, "%s: %v\n", filepath.Join(p.Name(), picture.Name()), err)
			case err != nil:
				return nil, 0, err
			default:
				samples = append(samples, sample{p.Name(), template})
			}
		}
	}
	return samples, failed, nil
}

// measure compares every pair.
func measure(samples []sample) (rates, error) {
	var r rates
	for i, a := range samples {
		for _, b := range samples[:i] {
			if score := a.template.Score(b.template); a.person == b.person {
				r.genuine = append(r.genuine, score)
			} else {
				r.impostor = append(r.impostor, score)
			}
		}
	}
	r.Genuine, r.Impostor = len(r.genuine), len(r.impostor)
	if r.Genuine == 0 || r.Impostor == 0 {
		return r, errors.New("error rates need two people or more, and one with two pictures or more")
	}
	sort.Float64s(r.genuine)
	sort.Float64s(r.impostor)
	r.EER = equalError(r.genuine, r.impostor)
	r.threshold01 = thresholdAt(r.impostor, 0.001)
	r.threshold1 = thresholdAt(r.impostor, 0.01)
	r.TAR0001 = acceptedAt(r.genuine, r.threshold01)
	r.tar001 = acceptedAt(r.genuine, r.threshold1)
	return r, nil
}

// acceptedAt is the share of sorted scores at the threshold or above it.
func acceptedAt(sorted []float64, threshold float64) float64 {
	return float64(len(sorted)-sort.SearchFloat64s(sorted, threshold)) / float64(len(sorted))
}

// thresholdAt is the lowest threshold that accepts at most a share of sorted
// impostor scores.
func thresholdAt(sorted []float64, share float64) float64 {
	most := int(share * float64(len(sorted)))
	return math.Nextafter(sorted[len(sorted)-1-most], math.Inf(1))
}

// equalError is the rate at the threshold at which false matches and false
// non-matches are nearest to one another.
func equalError(genuine, impostor []float64) float64 {
	best, rate := math.Inf(1), 1.0
	for _, threshold := range append(append([]float64{}, genuine...), impostor...) {
		fmr, fnmr := acceptedAt(impostor, threshold), 1-acceptedAt(genuine, threshold)
		if gap := math.Abs(fmr - fnmr); gap < best {
			best, rate = gap, (fmr+fnmr)/2
		}
	}
	return rate
}

func printRates(t *tool, r rates) {
	t.printf("genuine pairs %d, impostor pairs %d, failed to detect %d\n", r.Genuine, r.Impostor, r.Failed)
	t.printf("EER %.2f %%\n", 100*r.EER)
	for _, row := range []struct {
		fmr            string
		tar, threshold float64
	}{{"1 %", r.tar001, r.threshold1}, {"0.1 %", r.TAR0001, r.threshold01}} {
		low, high := wilson(row.tar, r.Genuine)
		t.printf("TAR at FMR %-6s %.1f %% (95 %%: %.1f to %.1f), threshold %.3f\n",
			row.fmr, 100*row.tar, 100*low, 100*high, row.threshold)
	}
	t.printf("threshold  FMR       FNMR\n")
	for threshold := 0.30; threshold < 0.605; threshold += 0.05 {
		t.printf("%.2f       %6.3f %%  %5.1f %%\n", threshold,
			100*acceptedAt(r.impostor, threshold), 100*(1-acceptedAt(r.genuine, threshold)))
	}
}

// wilson is the 95 % interval of a share of n (Wilson's score interval).
func wilson(share float64, n int) (low, high float64) {
	const z = 1.96
	size := float64(n)
	middle := (share + z*z/(2*size)) / (1 + z*z/size)
	half := z / (1 + z*z/size) * math.Sqrt(share*(1-share)/size+z*z/(4*size*size))
	return max(0, middle-half), min(1, middle+half)
}
