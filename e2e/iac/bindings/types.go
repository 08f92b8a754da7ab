package bindings

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	getter  = regexp.MustCompile(`this\.(\w+Attribute)\(`)
	wrapped = regexp.MustCompile(`= new (?:cdkt[fn]\.)?(\w+)\(this, "[\w-]+"(?:, (true|false))?\)`)
)

// typeOf is a member's type in the form of Terraform's JSON: "string", or
// ["list", T], or ["object", {name: T}].
func (s *source) typeOf(m member) (any, error) {
	if m.argument.kind != "" && !m.isBlock {
		return storageType(m.storage, m.kind == "set")
	}
	if m.isBlock {
		object, err := s.object(m.inner())
		if m.kind == "struct" {
			return object, err
		}
		return []any{m.kind, object}, err
	}
	if w := wrapped.FindStringSubmatch(m.text); w != nil {
		return s.wrappedType(w[1], w[2] == "true")
	}
	g := getter.FindStringSubmatch(m.text)
	if g == nil {
		return nil, fmt.Errorf("nothing gets it in %q", m.text)
	}
	t, ok := getters[g[1]]
	if !ok {
		return nil, fmt.Errorf("%s is not known", g[1])
	}
	return setOf(t, strings.Contains(m.text, "Fn.tolist(")), nil
}

// getters are the types of attributes that the provider sets.
var getters = map[string]any{
	"getStringAttribute":     "string",
	"getNumberAttribute":     "number",
	"getBooleanAttribute":    "bool",
	"getListAttribute":       []any{"list", "string"},
	"getNumberListAttribute": []any{"list", "number"},
	"getStringMapAttribute":  []any{"map", "string"},
	"getNumberMapAttribute":  []any{"map", "number"},
	"getBooleanMapAttribute": []any{"map", "bool"},
}

// wrappers are classes of the bindings' own library.
var wrappers = map[string]any{
	"StringMap":     []any{"map", "string"},
	"NumberMap":     []any{"map", "number"},
	"BooleanMap":    []any{"map", "bool"},
	"StringMapList": []any{"list", []any{"map", "string"}},
}

// setOf turns a list into a set.
func setOf(t any, set bool) any {
	if list, ok := t.([]any); ok && set && list[0] == "list" {
		return []any{"set", list[1]}
	}
	return t
}

// wrappedType is the type behind a class: of the library, or of a list or map
// of the resource's own objects.
func (s *source) wrappedType(class string, set bool) (any, error) {
	if t, ok := wrappers[class]; ok {
		return setOf(t, set), nil
	}
	for _, kind := range []string{"List", "Map"} {
		element, ok := strings.CutSuffix(class, kind)
		if _, known := s.classes[element+"OutputReference"]; ok && known {
			object, err := s.object(element+"OutputReference", element)
			return setOf([]any{strings.ToLower(kind), object}, set), err
		}
	}
	return s.object(class, strings.TrimSuffix(class, "OutputReference"))
}

func (s *source) object(class, documentation string) (any, error) {
	members, err := s.members(class, documentation)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	for _, m := range members {
		if fields[m.name], err = s.typeOf(m); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return []any{"object", fields}, nil
}

// storageType reads a type like "stringMapList", the innermost first.
func storageType(storage string, set bool) (any, error) {
	simple := regexp.MustCompile(`^(string|number|boolean|any)((?:List|Map)*)$`).FindStringSubmatch(storage)
	if simple == nil {
		return nil, fmt.Errorf("the type %q is not known", storage)
	}
	var t any = map[string]string{"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}[simple[1]]
	for rest := simple[2]; rest != ""; {
		if after, ok := strings.CutPrefix(rest, "List"); ok {
			t, rest = []any{"list", t}, after
		} else {
			t, rest = []any{"map", t}, strings.TrimPrefix(rest, "Map")
		}
	}
	return setOf(t, set), nil
}
