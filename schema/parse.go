// Package schema reads cluster configs: it holds the format, every default, and
// every check that needs nothing but the config itself.
//
// INPUTS: a config as JSON or YAML; the options schemas of the folders under
// templates/ and providers/, as a Catalog.
// OUTPUTS: Cluster, complete with defaults, and Diagnostics, each with the place
// of the problem; the JSON Schema that editors and the reference use.
package schema

import (
	"cmp"
	"slices"
)

// Catalog is what the folders under templates/ and providers/ let a user choose
// from.
type Catalog struct {
	OSes     []string          // allowed values of os.name
	Networks map[string][]byte // plugin -> its options.schema.json
	Addons   map[string][]byte // add-on -> its options.schema.json, with the default of "enabled"
	// Providers are what boots the machines, by name.
	Providers map[string]ProviderKind
}

// ProviderKind is what a check must know of a provider.
type ProviderKind struct {
	Options []byte // its options.schema.json
	// MakesEndpoint says that several control-plane machines need no endpoint in
	// the config.
	MakesEndpoint bool
	// HasSpot says that there are machines to be had for less that may be taken
	// back.
	HasSpot bool
	// MakesMachines says that workers come from groups, and have no names or
	// addresses beforehand.
	MakesMachines bool
}

// Parse reads a config. File is what diagnostics call it; its ending (.json,
// .yaml, .yml) says how it is read, and without one the text decides. All
// problems come at once, but for those that only follow from others: syntax,
// then fields and types, and the meaning of what is right so far. With an error among the diagnostics the Cluster is empty; with
// warnings alone it is complete.
func Parse(doc []byte, file string, cat Catalog) (Cluster, []Diagnostic) {
	src := source{text: doc, file: file}
	tree, problems := src.read()
	if tree == nil {
		return Cluster{}, src.finish(problems)
	}
	b := newBundle(cat)
	problems = append(problems, b.validate(tree.value)...)
	if HasErrors(problems) {
		return Cluster{}, src.finish(append(problems, b.beyond(tree.value, problems, cat)...))
	}
	resolved := b.resolve(tree.value)
	problems = check(&resolved, cat)
	if HasErrors(problems) {
		return Cluster{}, src.finish(problems)
	}
	return resolved, src.finish(problems)
}

// finish gives every problem its place in the text, and puts them in its order.
func (s source) finish(problems []Diagnostic) []Diagnostic {
	if len(problems) == 0 {
		return nil
	}
	s.locate(problems)
	slices.SortStableFunc(problems, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(problems, func(a, b Diagnostic) bool { return a == b })
}
