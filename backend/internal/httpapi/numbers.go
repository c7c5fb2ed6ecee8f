package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// Numbers are what was counted as it happened, by the hours of package numbers; from
// is the first one, to the one behind the last.
type Numbers interface {
	StageCounts(ctx context.Context, span numbers.Span) ([]numbers.StageCount, error)
	CallCounts(ctx context.Context, from, to int64) ([]numbers.CallCount, error)
	CapCounts(ctx context.Context, from, to int64) ([]numbers.CapCount, error)
	// WriteCounts writes what this process has counted and not written yet.
	WriteCounts(ctx context.Context) error
	// Capped counts a call that a cap stopped.
	Capped(b verify.Bucket)
}

func (s *Server) declareNumbers() {
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminNumbers, who: whoOperator, right: operator.Any, status: http.StatusOK, tag: "operator",
		summary: "How verifications went in 48 hours or 31 days, up to a moment or to now", query: []string{"by", "until"},
		codes: []problem.Code{problem.RequestInvalid},
	}, s.numbers)
}

// numbersAsked reads which numbers a query asks for.
func (s *Server) numbersAsked(c *call) (by numbers.By, until time.Time, err error) {
	by, until = numbers.By(cmp.Or(c.gin.Query("by"), string(numbers.ByHour))), s.Now().Local()
	if by != numbers.ByHour && by != numbers.ByDay {
		return by, until, invalid("by", "value", "by is hour or day.")
	}
	if text := c.gin.Query("until"); text != "" {
		if until, err = time.Parse(time.RFC3339, text); err != nil || until.Year() < 1970 || until.Year() > 9999 {
			return by, until, invalid("until", "value", "until is a moment such as 2026-11-30T09:00:00Z.")
		}
		until = until.Local()
	}
	return by, until, nil
}

func (s *Server) numbers(ctx context.Context, c *call, _ none) (out api.AdminNumbers, err error) {
	by, until, err := s.numbersAsked(c)
	if err != nil {
		return out, err
	}
	if err := s.Numbers.WriteCounts(ctx); err != nil {
		return out, err
	}
	slots := numbers.Slots(by, until)
	from, to := numbers.Hour(slots[0]), numbers.Hour(until)+1
	out = api.AdminNumbers{By: string(by), Slots: slots, Until: numbers.Begin(to).In(until.Location())}
	var stages []numbers.StageCount
	for _, span := range numbers.Spans(slots, to) {
		some, err := s.Numbers.StageCounts(ctx, span)
		if err != nil {
			return out, err
		}
		stages = append(stages, some...)
	}
	calls, err := s.Numbers.CallCounts(ctx, from, to)
	if err != nil {
		return out, err
	}
	caps, err := s.Numbers.CapCounts(ctx, to-24, to)
	if err != nil {
		return out, err
	}
	out.Stages, out.Refused, out.Again = funnel(slots, stages)
	out.Providers, out.Caps = providerAnswers(calls), nearness(caps)
	return out, nil
}

// funnel sums counts by slot: each stage, whatever the reason, and refusals by theirs.
func funnel(slots []time.Time, counts []numbers.StageCount) (stages []api.AdminStage, refused, again []api.AdminRefusals) {
	place := map[verify.Stage]int{}
	for _, stage := range verify.Stages() {
		place[stage] = len(stages)
		stages = append(stages, api.AdminStage{Stage: string(stage), Slots: make([]int64, len(slots))})
	}
	refused, again = []api.AdminRefusals{}, []api.AdminRefusals{}
	for _, n := range counts {
		i := numbers.Slot(slots, n.Hour)
		at, known := place[n.Stage]
		if i < 0 || !known { // a newer process counts more
			continue
		}
		add(&stages[at], i, n.N)
		switch n.Stage { //nolint:exhaustive // the others have no reason that stopped anybody
		case verify.StageRejected, verify.StageFaceRefused:
			refused = addReason(refused, n, len(slots), i)
		case verify.StageAgain:
			again = addReason(again, n, len(slots), i)
		}
	}
	for _, list := range [][]api.AdminRefusals{refused, again} {
		slices.SortFunc(list, func(a, b api.AdminRefusals) int {
			return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Reason, b.Reason))
		})
	}
	return stages, refused, again
}

func add(to *api.AdminStage, slot int, n int64) {
	to.Total += n
	to.Slots[slot] += n
}

func addReason(list []api.AdminRefusals, n numbers.StageCount, slots, slot int) []api.AdminRefusals {
	i := slices.IndexFunc(list, func(r api.AdminRefusals) bool { return r.Reason == n.Reason && r.Stage == string(n.Stage) })
	if i < 0 {
		i = len(list)
		list = append(list, api.AdminRefusals{
			AdminStage: api.AdminStage{Stage: string(n.Stage), Slots: make([]int64, slots)}, Reason: n.Reason,
		})
	}
	add(&list[i].AdminStage, slot, n.N)
	return list
}

// providerAnswers sums calls that were answered alike, whatever time they took. Like
// ones stand together.
func providerAnswers(calls []numbers.CallCount) []api.AdminAnswers {
	out := []api.AdminAnswers{}
	for begin := 0; begin < len(calls); {
		first, end := calls[begin], begin
		row := api.AdminAnswers{Provider: first.Provider, Kind: first.Kind, Answer: first.Answer}
		for ; end < len(calls) && calls[end].Provider == row.Provider && calls[end].Kind == row.Kind && calls[end].Answer == row.Answer; end++ {
			row.Calls += calls[end].N
		}
		row.Half, row.Most = numbers.Within(calls[begin:end], .5), numbers.Within(calls[begin:end], .95)
		out, begin = append(out, row), end
	}
	return out
}

func nearness(caps []numbers.CapCount) []api.AdminNear {
	numbers.Sort(caps)
	out := make([]api.AdminNear, len(caps))
	for i, c := range caps {
		out[i] = api.AdminNear{Cap: string(c.Cap), Used: c.Used, Most: c.Most, Refused: c.Refused}
	}
	return out
}
