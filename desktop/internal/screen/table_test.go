package screen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"testing"

	"realname.example/desktop/internal/flow"
)

// Screens lists those of the table, for tests of the whole window.
func Screens() []flow.Screen { return slices.Collect(maps.Keys(screens)) }

func TestEveryScreenCanBeMade(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../flow/screen.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || screens[flow.Screen(name)] == nil {
			t.Errorf("%s (%q) is not in the table: %v", spec.Names[0], name, err)
		}
		declared++
		return true
	})
	if declared == 0 || declared != len(screens) {
		t.Errorf("%d screens are declared, %d are in the table", declared, len(screens))
	}
}
