package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
)

func (s *Server) declareConsoleNumbers() {
	s.console(http.MethodGet, consoleRoot+"/numbers", operator.Any, s.consoleNumbers)
}

// numbersPage is the numbers with their plots.
type numbersPage struct {
	api.AdminNumbers
	// Funnel are the stages that the first plots show, Plots those and the refusals.
	Funnel []api.AdminStage
	// Earlier and Later are the addresses of the pages beside this one, empty for
	// none.
	Earlier, Later string
}

// funnelStages are those that stand in the table, in the order of a verification.
var funnelStages = []verify.Stage{
	verify.StageBegun, verify.StageCodeSent, verify.StageCodeRight, verify.StageFace, verify.StageReview, verify.StageVerified,
	verify.StageRejected, verify.StageExpired, verify.StageCancelled,
}

func (s *Server) consoleNumbers(ctx context.Context, v *visit) error {
	all, err := s.numbers(ctx, v.call, none{})
	if err != nil {
		return err
	}
	p := numbersPage{AdminNumbers: all}
	for _, stage := range funnelStages {
		i := slices.IndexFunc(all.Stages, func(a api.AdminStage) bool { return a.Stage == string(stage) })
		p.Funnel = append(p.Funnel, all.Stages[i])
	}
	address := func(until time.Time) string {
		return "?" + url.Values{"by": {all.By}, "until": {until.Format(time.RFC3339)}}.Encode()
	}
	p.Earlier = address(all.Slots[0].Add(-time.Second))
	if now := s.Now(); all.Until.Before(now) {
		later := all.Slots[len(all.Slots)-1].Add(all.Until.Sub(all.Slots[0]))
		p.Later = address(later)
		if later.After(now) {
			p.Later = "?by=" + all.By
		}
	}
	return s.show(v, "numbers", p)
}

// Day reports whether the slots are days.
func (n numbersPage) Day() bool { return n.By == string(numbers.ByDay) }

// Slot is a slot as people read it.
func (n numbersPage) Slot(t time.Time) string {
	if n.Day() {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:00")
}

// First and Last are the ends of the plots.
func (n numbersPage) First() string { return n.Slot(n.Slots[0]) }

// Last is First's other end.
func (n numbersPage) Last() string { return n.Slot(n.Slots[len(n.Slots)-1]) }

// Size of a plot in its own units.
const plotWidth, plotHeight = 480, 80

// Box is the viewBox of a plot.
func (numbersPage) Box() string { return fmt.Sprintf("0 0 %d %d", plotWidth, plotHeight) }

// Bars draws counts as the path of an SVG: one bar a slot, the most as high as the
// plot. Nothing is drawn of zero.
func (numbersPage) Bars(counts []int64) string {
	most := max(slices.Max(counts), 1)
	step := float64(plotWidth) / float64(len(counts))
	var path strings.Builder
	for i, n := range counts {
		if n > 0 {
			height := max(float64(n)/float64(most)*plotHeight, 2) // one in thousands is seen too
			fmt.Fprintf(&path, "M%.1f %dv%.1fh%.1fV%dz", float64(i)*step+1, plotHeight, -height, step-2, plotHeight)
		}
	}
	return path.String()
}

// Most is the highest count of a plot.
func (numbersPage) Most(counts []int64) int64 { return slices.Max(counts) }

// Row is the counts of one slot, newest slots first.
func (n numbersPage) Rows() []numbersRow {
	rows := make([]numbersRow, 0, len(n.Slots))
	for i, at := range slices.Backward(n.Slots) {
		row := numbersRow{At: at}
		for _, stage := range n.Funnel {
			row.Counts = append(row.Counts, stage.Slots[i])
		}
		rows = append(rows, row)
	}
	return rows
}

// numbersRow is a slot with the counts of the funnel's stages.
type numbersRow struct {
	At     time.Time
	Counts []int64
}
