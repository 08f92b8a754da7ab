package schema

import (
	"maps"
	"reflect"
	"strings"
)

// resolve fills in all defaults and makes the tree, which the schema has
// accepted, a Cluster.
func (b *bundle) resolve(v any) Cluster {
	root := v.(map[string]any)
	countMachines(root)
	b.fillIn(b.tree, root)
	var c Cluster
	decode(reflect.ValueOf(&c).Elem(), root)
	return c
}

// countMachines makes the number of listed machines the count, where a count is
// not given. It is the one value that no default in the schema can express.
func countMachines(root map[string]any) {
	groups, _ := root["workers"].([]any)
	for _, g := range append(groups[:len(groups):len(groups)], root["controlPlane"]) {
		group, _ := g.(map[string]any)
		machines, _ := group["machines"].([]any)
		if _, given := group["count"]; !given && len(machines) > 0 {
			group["count"] = int64(len(machines))
		}
	}
}

// fillIn puts a schema's defaults into a value, and into what the value holds.
func (b *bundle) fillIn(schema map[string]any, v any) {
	if ref, ok := schema["$ref"].(string); ok {
		b.fillIn(b.lookup(ref), v)
	}
	switch v := v.(type) {
	case map[string]any:
		b.fillObject(schema, v)
	case []any:
		if items, ok := schema["items"].(map[string]any); ok && b.hasDefaults(items) {
			for _, item := range v {
				b.fillIn(items, item)
			}
		}
	}
}

func (b *bundle) fillObject(schema, obj map[string]any) {
	properties, _ := schema["properties"].(map[string]any)
	for name, p := range properties {
		p := p.(map[string]any)
		if _, given := obj[name]; !given {
			def, ok := p["default"]
			if !ok {
				continue
			}
			obj[name] = clone(def)
		}
		b.fillIn(p, obj[name])
	}
	choices, _ := schema["allOf"].([]any)
	for _, choice := range choices {
		choice := choice.(map[string]any)
		if condition, ok := choice["if"].(map[string]any); ok && chosen(condition, obj) {
			then, _ := choice["then"].(map[string]any)
			b.fillIn(then, obj)
		}
	}
}

// chosen says whether an object has the constants that a condition names. It is
// the only kind of condition that the bundle has.
func chosen(condition, obj map[string]any) bool {
	properties, _ := condition["properties"].(map[string]any)
	for name, p := range properties {
		if want, ok := p.(map[string]any)["const"]; ok && obj[name] != want {
			return false
		}
	}
	return len(properties) > 0
}

// hasDefaults saves walking over thousands of items that have none.
func (b *bundle) hasDefaults(schema map[string]any) bool {
	if ref, ok := schema["$ref"].(string); ok && b.hasDefaults(b.lookup(ref)) {
		return true
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, p := range properties {
		p := p.(map[string]any)
		if _, ok := p["default"]; ok || b.hasDefaults(p) {
			return true
		}
	}
	items, ok := schema["items"].(map[string]any)
	return ok && b.hasDefaults(items)
}

// lookup is the subschema at a local reference ("#/$defs/os").
func (b *bundle) lookup(ref string) map[string]any {
	var at any = b.tree
	for name := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(ref, "#"), "/"), "/") {
		if name == "" {
			continue
		}
		name = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			at = v[index(name, len(v))]
		}
	}
	m, _ := at.(map[string]any)
	return m
}

// clone copies a default, so that filling in its own members leaves the schema
// alone.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := maps.Clone(v)
		for name := range m {
			m[name] = clone(m[name])
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = clone(v[i])
		}
		return list
	}
	return v
}
