package iac

import (
	"maps"
	"slices"
	"sync"
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
	eachConfiguration(t, func(t *testing.T, o output) {
		for _, problem := range check(o) {
			t.Error(problem)
		}
	})
}

// configuration is a config of a provider, compiled once.
type configuration struct {
	provider string
	name     string // "aws/three"
	output   func() (output, error)
}

// allConfigurations are those of every provider that emits Terraform.
var allConfigurations = sync.OnceValues(func() ([]configuration, error) {
	providers, err := terraformProviders()
	if err != nil {
		return nil, err
	}
	var all []configuration
	for _, provider := range providers {
		configs, err := configs(provider)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(configs)) {
			all = append(all, configuration{provider, provider + "/" + name, sync.OnceValues(func() (output, error) {
				return compile("check/"+provider+"/"+name, configs[name])
			})})
		}
	}
	return all, nil
})

// eachConfiguration runs a check on every output, in parallel.
func eachConfiguration(t *testing.T, check func(*testing.T, output)) {
	t.Helper()
	all, err := allConfigurations()
	if err != nil {
		t.Fatal(err)
	}
	far := &progress{what: "configurations checked", total: len(all)}
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			defer far.step()
			o, err := c.output()
			if err != nil {
				t.Fatal(err)
			}
			check(t, o)
		})
	}
}

// eachProvider runs a check on all outputs of a provider, providers in parallel.
func eachProvider(t *testing.T, what string, check func(t *testing.T, provider string, outputs []output)) {
	t.Helper()
	all, err := allConfigurations()
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string][]output{}
	for _, c := range all {
		o, err := c.output()
		if err != nil {
			t.Fatal(err)
		}
		outputs[c.provider] = append(outputs[c.provider], o)
	}
	far := &progress{what: "providers " + what, total: len(outputs)}
	for _, provider := range slices.Sorted(maps.Keys(outputs)) {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			defer far.step()
			check(t, provider, outputs[provider])
		})
	}
}
