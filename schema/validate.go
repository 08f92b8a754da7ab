package schema

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// validate says in what the tree is not as the schema wants it.
func (b *bundle) validate(v any) []Diagnostic {
	return b.compare(v, relevant(b.tree, namesIn(v)))
}

// compare says in what the tree is not as a schema, made by relevant, wants it.
func (b *bundle) compare(v, schema any) []Diagnostic {
	const url = "https://kube-anywhere.invalid/cluster.schema.json"
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, schema); err != nil {
		panic(fmt.Sprintf("schema: %v", err)) // the schema is part of the program
	}
	err := c.MustCompile(url).Validate(v)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	e := &explainer{bundle: b, root: v, misspelt: map[string]bool{}}
	e.explain(invalid)
	return e.withoutFollowUps()
}

// namesIn collects the names of all members of all objects in a value.
func namesIn(v any) map[string]bool {
	names := map[string]bool{}
	var collect func(any)
	collect = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				names[name] = true
				collect(member)
			}
		case []any:
			for _, item := range v {
				collect(item)
			}
		}
	}
	collect(v)
	return names
}

// relevant is a schema without what only people read, and with "true" for
// members that no object of the config has: compiling the whole schema would
// take a tenth of a run. What is left is where it was, and without "$id"
// locations in errors are pointers into the tree.
func relevant(schema any, names map[string]bool) any {
	switch s := schema.(type) {
	case map[string]any:
		m := make(map[string]any, len(s))
		for keyword, v := range s {
			switch keyword {
			case "$id", "title", "description", "examples", "default", "patternErrorMessage":
			case "properties":
				m[keyword] = members(v, names, func(name string) bool { return names[name] })
			case "$defs", "patternProperties", "dependentSchemas": // not names of keywords
				m[keyword] = members(v, names, func(string) bool { return true })
			default:
				m[keyword] = relevant(v, names)
			}
		}
		return m
	case []any:
		list := make([]any, len(s))
		for i, item := range s {
			list[i] = relevant(item, names)
		}
		return list
	}
	return schema
}

// members are the schemas of an object's members; those that are not wanted
// allow anything.
func members(v any, names map[string]bool, wanted func(string) bool) map[string]any {
	all, _ := v.(map[string]any)
	m := make(map[string]any, len(all))
	for name, schema := range all {
		m[name] = true
		if wanted(name) {
			m[name] = relevant(schema, names)
		}
	}
	return m
}

// explainer turns validation errors into diagnostics.
type explainer struct {
	*bundle
	root     any
	problems []Diagnostic
	misspelt map[string]bool // pointers to fields that are there by a wrong name
	missing  []missing
}

// missing is a problem with a field that is not there.
type missing struct {
	Diagnostic
	field string // its pointer
}

// violation is one keyword that a value does not satisfy.
type violation struct {
	path   []any
	value  any
	schema map[string]any // the subschema with the keyword
}

func (e *explainer) explain(err *jsonschema.ValidationError) {
	switch err.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range err.Causes {
			e.explain(cause)
		}
		return
	}
	_, fragment, _ := strings.Cut(err.SchemaURL, "#")
	v := violation{value: e.root, schema: e.lookup(fragment)}
	for _, name := range err.InstanceLocation {
		switch at := v.value.(type) {
		case map[string]any:
			v.path, v.value = append(v.path, name), at[name]
		case []any:
			i := index(name, len(at))
			v.path, v.value = append(v.path, i), at[i]
		}
	}
	switch k := err.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			e.unknownField(v, name)
		}
	case *kind.Required:
		for _, name := range k.Missing {
			e.missingField(v, name)
		}
	case *kind.Type:
		e.wrongType(v, k)
	case *kind.Enum:
		e.notAllowed(v, k.Want)
	case *kind.Const:
		e.notAllowed(v, []any{k.Want})
	default:
		e.outOfBounds(v, err.ErrorKind)
	}
}

func (e *explainer) add(v violation, code, message, hint string) {
	e.problems = append(e.problems, Diagnostic{Severity: Error, Code: code,
		Path: pointer(v.path...), Message: message, Hint: hint})
}

func (e *explainer) unknownField(v violation, name string) {
	known := slices.Sorted(maps.Keys(e.properties(v.schema)))
	hint := didYouMean(name, known, "fields here")
	if best := nearestName(name, known); best != "" {
		e.misspelt[pointer(append(v.path, best)...)] = true
	}
	if home := e.homes(name); nearestName(name, known) == "" && len(home) > 0 {
		hint = "did you mean " + strings.Join(home, " or ") + "?"
	}
	if len(known) == 0 {
		hint = "nothing can be set here"
	}
	v.path = append(v.path, name)
	e.add(v, codeUnknownField, fmt.Sprintf("unknown field %q", name), hint)
}

// homes are the places of a field of the top-level objects, for people who put
// it a level too high or into the wrong object.
func (e *explainer) homes(name string) []string {
	top := e.tree["properties"].(map[string]any)
	var found []string
	for _, object := range slices.Sorted(maps.Keys(top)) {
		s := top[object].(map[string]any)
		if e.properties(s)[name] != nil && object != "addons" {
			found = append(found, object+"."+name)
		}
	}
	return found
}

// properties are the fields of an object's schema, also behind a reference.
func (e *explainer) properties(schema map[string]any) map[string]any {
	if ref, ok := schema["$ref"].(string); ok && schema["properties"] == nil {
		return e.properties(e.lookup(ref))
	}
	properties, _ := schema["properties"].(map[string]any)
	return properties
}

// withoutFollowUps leaves out fields that are missing only because their name
// is misspelt, which has been said.
func (e *explainer) withoutFollowUps() []Diagnostic {
	for _, m := range e.missing {
		if !e.misspelt[m.field] {
			e.problems = append(e.problems, m.Diagnostic)
		}
	}
	return e.problems
}

func (e *explainer) missingField(v violation, name string) {
	hint := ""
	if s, ok := e.properties(v.schema)[name].(map[string]any); ok {
		if examples, ok := s["examples"].([]any); ok && len(examples) > 0 {
			hint = fmt.Sprintf("for example %q: %s", name, show(examples[0]))
		}
	}
	e.missing = append(e.missing, missing{
		Diagnostic{Severity: Error, Code: codeMissingField, Path: pointer(v.path...),
			Message: fmt.Sprintf("the field %q is missing", name), Hint: hint},
		pointer(append(v.path, name)...),
	})
}

func (e *explainer) wrongType(v violation, k *kind.Type) {
	want := make([]string, len(k.Want))
	for i, t := range k.Want {
		want[i] = typeName(t)
	}
	hint := ""
	switch {
	case k.Got == "null":
		hint = "give a value, or leave the field out to get its default"
	case slices.Contains(k.Want, "string") && (k.Got == "number" || k.Got == "boolean"):
		hint = "put the value in quotes"
	case slices.Contains(k.Want, "object") && k.Got == "boolean" && len(v.path) == 2 && v.path[0] == "addons":
		hint = fmt.Sprintf(`write {"enabled": %v}`, v.value)
	case slices.Contains(k.Want, "object") && k.Got == "string" && e.properties(v.schema)["name"] != nil:
		hint = fmt.Sprintf(`write {"name": %s}`, show(v.value))
	case slices.Contains(k.Want, "array") && k.Got != "object":
		hint = "put the value in a list: [" + show(v.value) + "]"
	case slices.Contains(k.Want, "integer") && k.Got == "string":
		hint = "write the number without quotes"
	case slices.Contains(k.Want, "boolean"):
		hint = "write true or false without quotes"
	}
	e.add(v, codeType, fmt.Sprintf("found %s, expected %s", describe(v.value), strings.Join(want, " or ")), hint)
}

func (e *explainer) notAllowed(v violation, want []any) {
	var allowed []string
	for _, w := range want {
		s, ok := w.(string)
		if !ok {
			s = show(w)
		}
		allowed = append(allowed, s)
	}
	hint := ""
	if s, ok := v.value.(string); ok {
		if best := nearestName(s, allowed); best != "" {
			hint = "did you mean " + quote(best) + "?"
		}
	}
	expected := "one of " + strings.Join(allowed, ", ")
	if len(allowed) == 1 {
		expected = allowed[0]
	}
	e.add(v, codeEnum, fmt.Sprintf("found %s, expected %s", describe(v.value), expected), hint)
}
