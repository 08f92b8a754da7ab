// Package examples holds example configs, which "init --example" prints, the
// demo compiles and every test that needs a real config reads.
//
// INPUTS: none.
// OUTPUTS: the configs beside this file, by name without ".json".
package examples

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.json
var files embed.FS

// Names lists the examples, the smallest first.
func Names() []string {
	entries, _ := files.ReadDir(".") // embedded: cannot fail
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	slices.SortStableFunc(names, func(a, b string) int { return len(read(a)) - len(read(b)) })
	return names
}

// Get gives one example, and whether there is one of that name.
func Get(name string) ([]byte, bool) {
	text := read(name)
	return text, text != nil
}

func read(name string) []byte {
	text, err := files.ReadFile(name + ".json")
	if err != nil {
		return nil
	}
	return text
}
