package iac

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
	"github.com/kube-anywhere/kube-anywhere/e2e/iac/uses"
)

// TestSchemasHaveWhatIsUsed: the schema files are those of the configurations
// as they are now.
func TestSchemasHaveWhatIsUsed(t *testing.T) {
	used, err := uses.Read(filepath.Join("..", "..", "providers"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, u := range used {
		names = append(names, u.Provider)
		p, err := schemas.Load(u.Provider)
		if err != nil {
			t.Errorf("%v; run: go run ./cmd/schemas %s", err, u.Provider)
			continue
		}
		for kind, lists := range map[string][2][]string{
			"resources":    {u.Resources, slices.Sorted(maps.Keys(p.Resources))},
			"data sources": {u.Data, slices.Sorted(maps.Keys(p.Data))},
		} {
			if !slices.Equal(lists[0], lists[1]) {
				t.Errorf("configurations use the %s %q, and schemas/%s.json has %q; run: go run ./cmd/schemas %s", kind, lists[0], u.Provider, lists[1], u.Provider)
			}
		}
	}
	for _, name := range schemas.Names() {
		if !slices.Contains(names, name) {
			t.Errorf("no configuration uses schemas/%s.json", name)
		}
	}
}
