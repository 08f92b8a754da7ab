// Package uses finds which resources and data sources our configurations use.
//
// INPUTS: the .tf files of the providers.
// OUTPUTS: their names, by the provider that they belong to.
package uses

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Used is what is used of one Terraform provider.
type Used struct {
	Provider        string // as configurations call it: "google"
	Resources, Data []string
}

var declared = regexp.MustCompile(`(?m)^(resource|data)\s+"([a-z0-9_]+)"`)

// Read looks at DIR/*/terraform/*.tf.
func Read(dir string) ([]Used, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "terraform", "*.tf"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s has no configurations: %v", dir, err)
	}
	var all []Used
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			all = add(all, m[1], m[2])
		}
	}
	for _, u := range all {
		slices.Sort(u.Resources)
		slices.Sort(u.Data)
	}
	slices.SortFunc(all, func(a, b Used) int { return strings.Compare(a.Provider, b.Provider) })
	return all, nil
}

// add puts a name under its provider, which is what stands before its first "_".
func add(all []Used, kind, name string) []Used {
	provider, _, _ := strings.Cut(name, "_")
	if provider == "terraform" { // built in
		return all
	}
	i := slices.IndexFunc(all, func(u Used) bool { return u.Provider == provider })
	if i < 0 {
		all, i = append(all, Used{Provider: provider}), len(all)
	}
	names := &all[i].Resources
	if kind == "data" {
		names = &all[i].Data
	}
	if !slices.Contains(*names, name) {
		*names = append(*names, name)
	}
	return all
}
