package schema

import (
	"slices"
	"strings"
)

// leaning are the sections whose meaning leans on another: without it nothing
// certain can be said of them.
var leaning = map[string][]string{
	"kubernetes": {"registry"},
	"network":    {"controlPlane", "workers"},
	"os":         {"provider", "workers"},
}

// beyond checks the meaning of a config in which fields or types are wrong, as
// far as that goes without the sections that the problems are in. One run then
// tells more, and nothing that only follows from what it has told already.
func (b *bundle) beyond(v any, problems []Diagnostic) []Diagnostic {
	root, ok := clone(v).(map[string]any)
	if !ok {
		return nil
	}
	unclear := map[string]bool{}
	for _, p := range problems {
		unclear[section(p.Path)] = true
		for _, name := range leaning[section(p.Path)] {
			unclear[name] = true
		}
	}
	for name := range unclear {
		delete(root, name)
	}
	if _, named := root["name"]; !named {
		unclear["name"], root["name"] = true, "unnamed"
	}
	if len(b.validate(root)) > 0 {
		return nil
	}
	rest := b.resolve(root)
	return slices.DeleteFunc(check(&rest), func(d Diagnostic) bool {
		return d.Severity == Warning || unclear[section(d.Path)]
	})
}

// section is the first member that a JSON pointer goes through.
func section(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return name
}
