package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// walk visits every subschema with its JSON pointer.
func walk(v any, ptr string, visit func(ptr string, schema map[string]any)) {
	schema, ok := v.(map[string]any)
	if !ok {
		return
	}
	visit(ptr, schema)
	for _, group := range []string{"properties", "$defs"} {
		members, _ := schema[group].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			walk(members[name], ptr+pointer(group, name), visit)
		}
	}
	for _, group := range []string{"items", "additionalProperties", "then"} {
		walk(schema[group], ptr+"/"+group, visit)
	}
	choices, _ := schema["allOf"].([]any)
	for i, c := range choices {
		walk(c, ptr+pointer("allOf", i), visit)
	}
}

// TestEveryFieldIsDescribed reads what editors and the reference show.
func TestEveryFieldIsDescribed(t *testing.T) {
	b := newBundle(testCatalog)
	fields := 0
	walk(b.tree, "", func(ptr string, schema map[string]any) {
		if schema["type"] == "object" && schema["additionalProperties"] == nil && !strings.HasSuffix(ptr, "/network/properties/options") {
			t.Errorf("%s: an object without additionalProperties takes misspelt fields", ptr)
		}
		if strings.Contains(ptr, "/allOf/") {
			return // options: the test's own
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, p := range properties {
			fields++
			p := p.(map[string]any)
			for _, text := range []string{"title", "description"} {
				if s, _ := p[text].(string); s == "" {
					t.Errorf("%s/properties/%s has no %s", ptr, name, text)
				}
			}
			if s, _ := p["description"].(string); !strings.HasSuffix(s, ".") {
				t.Errorf("%s/properties/%s: the description is no sentence", ptr, name)
			}
			if examples, _ := p["examples"].([]any); len(examples) == 0 {
				t.Errorf("%s/properties/%s has no examples", ptr, name)
			}
		}
	})
	if fields < 80 {
		t.Errorf("found %d fields; is the walk complete?", fields)
	}
}

// TestDefaultsAndExamplesAreValid checks each against the subschema that has it.
func TestDefaultsAndExamplesAreValid(t *testing.T) {
	b := newBundle(testCatalog)
	delete(b.tree, "$id")
	c := jsonschema.NewCompiler()
	const url = "https://example.com/schema.json"
	if err := c.AddResource(url, b.tree); err != nil {
		t.Fatal(err)
	}
	defaults := 0
	walk(b.tree, "", func(ptr string, schema map[string]any) {
		values, _ := schema["examples"].([]any)
		if d, ok := schema["default"]; ok {
			defaults++
			values = append(values[:len(values):len(values)], d)
		}
		compiled, err := c.Compile(url + "#" + ptr)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if err := compiled.Validate(v); err != nil {
				t.Errorf("%s: %s: %v", ptr, show(v), err)
			}
		}
	})
	if defaults < 25 {
		t.Errorf("found %d defaults; is the walk complete?", defaults)
	}
}

// TestExamplesMeanSomething puts the example of each top-level field into a
// config and lets every check look at it.
func TestExamplesMeanSomething(t *testing.T) {
	properties := newBundle(testCatalog).tree["properties"].(map[string]any)
	for name, p := range properties {
		for _, example := range p.(map[string]any)["examples"].([]any) {
			text, err := json.Marshal(map[string]any{"name": "demo", name: example})
			if err != nil {
				t.Fatal(err)
			}
			mustParse(t, string(text), name+".json")
		}
	}
}

// TestFieldsAgree compares the schema's fields with those of the Go types, so
// that neither has one that the other lacks.
func TestFieldsAgree(t *testing.T) {
	b := newBundle(Catalog{})
	agree(t, b, "", b.tree, reflect.TypeFor[Cluster]())
}

func agree(t *testing.T, b *bundle, path string, schema map[string]any, typ reflect.Type) {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema = b.lookup(ref)
	}
	want := map[string]string{
		"object": "struct map", "array": "slice", "string": "string", "integer": "int", "boolean": "bool",
	}[fmt.Sprint(schema["type"])]
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if !slices.Contains(strings.Fields(want), typ.Kind().String()) {
		t.Errorf("%s is %v in the schema and %s in Go", path, schema["type"], typ)
		return
	}
	switch typ.Kind() {
	case reflect.Slice:
		agree(t, b, path+"[]", schema["items"].(map[string]any), typ.Elem())
	case reflect.Struct:
		agreeFields(t, b, path, schema, typ)
	case reflect.Map:
		if items, ok := schema["additionalProperties"].(map[string]any); ok {
			agree(t, b, path+"{}", items, typ.Elem())
		}
	}
}

func agreeFields(t *testing.T, b *bundle, path string, schema map[string]any, typ reflect.Type) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	left := maps.Clone(properties)
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		p, ok := properties[name].(map[string]any)
		if !ok {
			// One Go type serves files and texts, and only files have a mode.
			if typ != reflect.TypeFor[File]() || name != "mode" {
				t.Errorf("%s.%s is in Go but not in the schema", path, name)
			}
			continue
		}
		delete(left, name)
		agree(t, b, path+"."+name, p, typ.Field(i).Type)
	}
	for name := range left {
		t.Errorf("%s.%s is in the schema but not in Go", path, name)
	}
}

// TestJSONSchema makes sure that what users get is whole: it compiles by
// itself, keeps its order, and says the same every time.
func TestJSONSchema(t *testing.T) {
	text := JSONSchema(testCatalog)
	if !bytes.Equal(text, JSONSchema(testCatalog)) {
		t.Error("two runs differ")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://example.com/bundled.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("https://example.com/bundled.json")
	if err != nil {
		t.Fatal(err)
	}
	for config, good := range map[string]bool{
		`{"name":"demo"}`: true,
		`{"name":"demo","network":{"options":{"backend":"wireguard"}}}`:                   true,
		`{"name":"demo","network":{"options":{"backend":"wire"}}}`:                        false,
		`{"name":"demo","network":{"plugin":"none","options":{"backend":"wireguard"}}}`:   false,
		`{"name":"demo","network":{"plugin":"kube-router","options":{"overlay":"full"}}}`: true,
		`{"name":"demo","addons":{"coredns":{"replicas":0}}}`:                             false,
		`{"name":"demo","os":{"name":"windows"}}`:                                         false,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(config))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(v); (err == nil) != good {
			t.Errorf("%s: %v", config, err)
		}
	}
	if name, network := bytes.Index(text, []byte(`"name": {`)), bytes.Index(text, []byte(`"network": {`)); name < 0 || name > network {
		t.Error("the fields are not in the order of cluster.schema.json")
	}
}
