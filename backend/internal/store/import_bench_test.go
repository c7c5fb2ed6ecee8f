package store_test

import (
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/storetest"
	"realname.example/shared/identity"
)

// imported is how many people an import of a city's office brings.
const imported = 200_000

// alone is how long sign-ups are measured with nothing beside them.
const alone = 5 * time.Second

// BenchmarkSQLiteImport and BenchmarkPostgreSQLImport read a file of 200,000
// people and import it while another process signs people up. They report how
// long it took, the largest heap seen, and the longest that a sign-up waited, beside
// what the longest took before with nothing beside it; nothing may be refused.
func BenchmarkSQLiteImport(b *testing.B) {
	benchImport(b, store.Config{Folder: b.TempDir(), Keys: storetest.Keys(b)})
}

func BenchmarkPostgreSQLImport(b *testing.B) {
	benchImport(b, store.Config{URL: postgres.URL(b), Keys: storetest.Keys(b)})
}

func benchImport(b *testing.B, cfg store.Config) {
	server, s := storetest.Open(b, cfg), storetest.Open(b, cfg)
	file := fileOf(imported)
	done := make(chan struct{})
	time.AfterFunc(alone, func() { close(done) })
	before := signUps(b, server, "before", done)
	done = make(chan struct{})
	ended := make(chan time.Duration)
	go func() { ended <- signUps(b, server, "beside", done) }()
	var heap atomic.Uint64
	b.ResetTimer()
	for range b.N {
		people, report, err := registry.Read(b.Context(), strings.NewReader(file), registry.Options{Now: storetest.Start})
		if err != nil || report.People != imported {
			b.Fatalf("%d people, %v", report.People, err)
		}
		if err := s.Import(b.Context(), watched(people, &heap)); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	close(done)
	b.ReportMetric((<-ended).Seconds()*1000, "longest-sign-up-ms")
	b.ReportMetric(before.Seconds()*1000, "longest-alone-ms")
	b.ReportMetric(float64(heap.Load())/(1<<20), "heap-MB")
	b.ReportMetric(imported, "rows/op")
}

// signUps makes accounts of a kind one after another until done, and returns the
// longest that one took.
func signUps(b *testing.B, s *store.Store, kind string, done <-chan struct{}) (longest time.Duration) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-done:
			return longest
		case <-tick.C:
		}
		began := time.Now()
		name := fmt.Sprint(kind, n)
		if err := s.CreateAccount(b.Context(), account.Account{ID: name, Username: name}); err != nil {
			b.Errorf("sign-up: %v", err)
		}
		longest = max(longest, time.Since(began))
	}
}

// watched notes the largest heap while people pass.
func watched(people iter.Seq2[registry.Person, error], heap *atomic.Uint64) iter.Seq2[registry.Person, error] {
	return func(yield func(registry.Person, error) bool) {
		n := 0
		for p, err := range people {
			if n++; n%20_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				heap.Store(max(heap.Load(), m.HeapInuse))
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// fileOf is a CSV file of n people with numbers of their own.
func fileOf(n int) string {
	var b strings.Builder
	b.WriteString("\xef\xbb\xbf姓名,身份证号,手机号\n")
	for i := range n {
		born := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i/20)
		digits := fmt.Sprintf("110100%s%03d", born.Format("20060102"), 101+i%20)
		fmt.Fprintf(&b, "张伟,%s%c,138%08d\n", digits, identity.CheckCharacter(digits), i)
	}
	return b.String()
}
