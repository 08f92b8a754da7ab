// Package templates holds the text that lands on machines, as folders called
// layers. A layer has up to three trees, each laid out like a machine's root:
//
//	machine/       lands on every machine
//	controlplane/  lands on control-plane machines
//	worker/        lands on workers
//
// and beside them meta.json (facts), and options.schema.json where a user can
// set options. A network plugin, an add-on or an operating system is such a
// folder and no Go.
package templates

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed role os network addon
var files embed.FS

// Tree is what one layer puts on machines of one kind ("machine",
// "controlplane" or "worker"): template texts by absolute path on the machine.
// A layer that has no such tree gives an empty map.
func Tree(layer, kind string) (map[string]string, error) { return TreeOf(files, layer, kind) }

// TreeOf is Tree for layers that are kept elsewhere, nil for none.
func TreeOf(files fs.FS, layer, kind string) (map[string]string, error) {
	root := path.Join(layer, kind)
	tree := map[string]string{}
	if files == nil {
		return tree, nil
	}
	if _, err := fs.Stat(files, root); err != nil {
		return tree, nil
	}
	err := fs.WalkDir(files, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		tree[strings.TrimPrefix(name, root)] = string(text)
		return err
	})
	return tree, err
}

// Names lists the layers of one kind ("os", "network" or "addon"), sorted: the
// folders that have a meta.json.
func Names(kind string) []string {
	entries, _ := files.ReadDir(kind) // embedded: cannot fail
	var names []string
	for _, e := range entries {
		if _, err := fs.Stat(files, path.Join(kind, e.Name(), "meta.json")); err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// Meta is a layer's meta.json.
func Meta(layer string) ([]byte, error) { return files.ReadFile(path.Join(layer, "meta.json")) }

// OptionsSchema is the JSON Schema of a layer's options; a layer without one
// has no options.
func OptionsSchema(layer string) []byte {
	text, err := files.ReadFile(path.Join(layer, "options.schema.json"))
	if err != nil {
		return []byte(`{"type":"object","additionalProperties":false}`)
	}
	return text
}
