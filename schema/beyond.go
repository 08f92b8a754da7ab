package schema

import (
	"slices"
	"strings"
)

// leaning are parts of the paths whose meaning leans on a section: without it
// nothing certain can be said of them.
var leaning = map[string][]string{
	"kubernetes": {"/registry/"},
	"network":    {"ddress"},
	"os":         {"/provider/", "/os/"},
}

// beyond checks the meaning of a config in which fields or types are wrong, as
// far as that goes without the sections that the problems are in. One run then
// tells more, and nothing that only follows from what it has told already.
func (b *bundle) beyond(v any, problems []Diagnostic, cat Catalog) []Diagnostic {
	root, ok := clone(v).(map[string]any)
	if !ok {
		return nil
	}
	told := map[string]bool{"name": root["name"] == nil}
	var unclear []string
	for _, p := range problems {
		name := section(p.Path)
		told[name] = true
		unclear = append(unclear, leaning[name]...)
		delete(root, name)
	}
	if told["name"] {
		root["name"] = "unnamed"
	}
	if len(b.validate(root)) > 0 {
		return nil
	}
	rest := b.resolve(root)
	return slices.DeleteFunc(check(&rest, cat), func(d Diagnostic) bool {
		leans := func(part string) bool { return strings.Contains(d.Path+"/", part) }
		return d.Severity == Warning || told[section(d.Path)] || slices.ContainsFunc(unclear, leans)
	})
}

// section is the first member that a JSON pointer goes through.
func section(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return name
}
