package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// node is as much of JSON Schema as the reference shows.
type node struct {
	Ref                  string          `json:"$ref"`
	Title                string          `json:"title"`
	Description          string          `json:"description"`
	Type                 any             `json:"type"`
	Enum                 []any           `json:"enum"`
	Default              json.RawMessage `json:"default"`
	Examples             []any           `json:"examples"`
	Required             []string        `json:"required"`
	Properties           ordered         `json:"properties"`
	Items                *node           `json:"items"`
	AdditionalProperties json.RawMessage `json:"additionalProperties"`
	Defs                 map[string]node `json:"$defs"`
}

// ordered is an object's properties in the order of the file, which is the
// order in which a person should read them.
type ordered []property

type property struct {
	name string
	node node
}

func (o *ordered) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	if _, err := d.Token(); err != nil { // {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var n node
		if err := d.Decode(&n); err != nil {
			return err
		}
		*o = append(*o, property{name.(string), n})
	}
	return nil
}

// TestConfigReference keeps docs/config.md as the schema describes itself.
func TestConfigReference(t *testing.T) {
	var root node
	if err := json.Unmarshal(schema.JSONSchema(compiler.Catalog()), &root); err != nil {
		t.Fatal(err)
	}
	r := reference{defs: root.Defs}
	r.b.WriteString("# The cluster config\n\n<!-- Made from schema/cluster.schema.json by \"make generate\". -->\n\n")
	fmt.Fprintf(&r.b, "%s JSON is the format; YAML is read too.\n"+
		"`kube-anywhere schema` prints the schema that this page is made from, and\n"+
		"`cluster.resolved.json` in the output shows a config with every default filled in.\n", root.Description)
	r.object("", root)
	catalog := compiler.Catalog()
	r.layers("network.options", "plugin", catalog.Networks)
	r.layers("addons", "add-on", catalog.Addons)
	current(t, filepath.Join(docsDir, "config.md"), []byte(r.b.String()))
}

// reference writes one table per object.
type reference struct {
	b    strings.Builder
	defs map[string]node
	done []string // definitions that have their table
}

// resolve follows a $ref; what stands beside it counts first.
func (r *reference) resolve(n node) (node, string) {
	name, ok := strings.CutPrefix(n.Ref, "#/$defs/")
	if !ok {
		return n, ""
	}
	def := r.defs[name]
	def.Title, def.Description, def.Examples = n.Title, n.Description, n.Examples
	if n.Default != nil {
		def.Default = n.Default
	}
	if n.Required != nil {
		def.Required = n.Required
	}
	return def, name
}

// object writes the table of one object, then those of the objects in it.
func (r *reference) object(path string, n node) {
	if path != "" {
		fmt.Fprintf(&r.b, "\n## `%s`\n", path)
		if n.Description != "" {
			fmt.Fprintf(&r.b, "\n%s\n", n.Description)
		}
	}
	r.table(n)
	for _, p := range n.Properties {
		r.nested(strings.TrimPrefix(path+"."+p.name, "."), p.node)
	}
}

func (r *reference) table(n node) {
	r.b.WriteString("\n| field | type | default | meaning |\n|---|---|---|---|\n")
	for _, p := range n.Properties {
		field, _ := r.resolve(p.node)
		fallback := "–"
		if slices.Contains(n.Required, p.name) {
			fallback = "*required*"
		} else if field.Default != nil {
			fallback = code(compact(field.Default))
		}
		fmt.Fprintf(&r.b, "| `%s` | %s | %s | %s |\n", p.name, r.typeOf(field), fallback, cell(meaning(field)))
	}
}

// nested writes the table of a property that is, or holds, an object with
// properties. A definition that several places share is written once.
func (r *reference) nested(path string, n node) {
	field, def := r.resolve(n)
	if field.Items != nil {
		path += "[]"
		field, def = r.resolve(*field.Items)
	}
	switch {
	case len(field.Properties) == 0, slices.Contains(r.done, def):
		return
	case def != "":
		r.done = append(r.done, def)
	}
	r.object(path, field)
}

func (r *reference) typeOf(n node) string {
	kind := fmt.Sprint(n.Type)
	switch {
	case len(n.Enum) > 0:
		var values []string
		for _, v := range n.Enum {
			values = append(values, code(fmt.Sprint(v)))
		}
		return strings.Join(values, ", ")
	case n.Items != nil:
		items, _ := r.resolve(*n.Items)
		return "list of " + r.typeOf(items)
	case kind == "object" && len(n.Properties) == 0:
		return "map"
	default:
		return kind
	}
}

func meaning(n node) string {
	text := n.Description
	if len(n.Examples) > 0 && len(n.Properties) == 0 && n.Items == nil {
		example, _ := json.Marshal(n.Examples[0])
		if s := strings.Trim(string(example), `"`); len(s) < 60 && n.Type != "boolean" {
			text += " Example: " + code(string(example))
		}
	}
	return text
}

func compact(text json.RawMessage) string {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return string(text)
	}
	b, _ := json.Marshal(v) // came from JSON
	return string(b)
}

func code(text string) string { return "`" + text + "`" }

// cell is a text that cannot end a table's cell.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", `\|`), "\n", " ")
}

// layers writes the options of what stands in folders under templates/.
func (r *reference) layers(field, what string, schemas map[string][]byte) {
	for _, name := range sortedKeys(schemas) {
		var n node
		if err := json.Unmarshal(schemas[name], &n); err != nil {
			n.Description = err.Error()
		}
		fmt.Fprintf(&r.b, "\n## `%s` of the %s `%s`\n", field, what, name)
		if n.Description != "" {
			fmt.Fprintf(&r.b, "\n%s\n", n.Description)
		}
		if len(n.Properties) == 0 {
			r.b.WriteString("\nIt has no options.\n")
			continue
		}
		r.table(n)
	}
}
