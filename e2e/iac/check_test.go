package iac

import (
	"maps"
	"slices"
	"testing"
)

// check is all that is known to be wrong with an output.
func check(o output) []string {
	p, problems := judge(tofu, o.configuration())
	if p == nil {
		return problems
	}
	return append(problems, inspect(o, p)...)
}

// TestConfigurations: everything that is compiled for every provider passes.
func TestConfigurations(t *testing.T) {
	providers, err := terraformProviders()
	if err != nil {
		t.Fatal(err)
	}
	for _, provider := range providers {
		all, err := configs(provider)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			t.Run(provider+"/"+name, func(t *testing.T) {
				t.Parallel()
				o, err := compile("check/"+provider+"/"+name, all[name])
				if err != nil {
					t.Fatal(err)
				}
				for _, problem := range check(o) {
					t.Error(problem)
				}
			})
		}
	}
}
