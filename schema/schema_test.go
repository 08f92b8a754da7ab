package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	kubelet "k8s.io/kubelet/config/v1beta1"
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

// TestFlagTables compares the table of flags with the templates: every flag
// that a static pod has is one that a user cannot repeat.
func TestFlagTables(t *testing.T) {
	flag := regexp.MustCompile(`- --([a-z0-9-]+)`)
	for component, file := range map[string]string{
		"apiserver": "kube-apiserver", "controllerManager": "kube-controller-manager", "scheduler": "kube-scheduler", "etcd": "etcd",
	} {
		text, err := os.ReadFile(filepath.Join("../templates/role/base/controlplane/etc/kubernetes/manifests", file+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		found := flag.FindAllSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s.yaml has no flags", file)
		}
		for _, m := range found {
			if _, ok := flagHomes[component][string(m[1])]; !ok {
				t.Errorf("%s sets --%s, which flagHomes lacks", file, m[1])
			}
		}
	}
	for component, flags := range flagsGone {
		for name := range flags {
			if _, ok := flagHomes[component][name]; ok {
				t.Errorf("%s: --%s is in both tables", component, name)
			}
		}
	}
}

// TestKubeletFields compares the kubelet's fields with upstream's type.
func TestKubeletFields(t *testing.T) {
	ours := slices.Concat(strings.Fields(kubeletFields), slices.Collect(maps.Keys(kubeletHomes)))
	upstream := []string{"apiVersion", "kind"}
	typ := reflect.TypeFor[kubelet.KubeletConfiguration]()
	for i := range typ.NumField() {
		if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name != "" {
			upstream = append(upstream, name)
		}
	}
	slices.Sort(ours)
	slices.Sort(upstream)
	if diff := cmp.Diff(upstream, ours); diff != "" {
		t.Errorf("(-upstream +ours):\n%s", diff)
	}
}

// TestHomesExist makes sure that hints name fields that exist.
func TestHomesExist(t *testing.T) {
	b := newBundle(testCatalog)
	tables := slices.Collect(maps.Values(flagHomes))
	for _, table := range append(tables, kubeletHomes) {
		for _, home := range table {
			for field := range strings.SplitSeq(home, " and ") {
				if home != "" && !b.has(field) {
					t.Errorf("a hint names %q, which is no field", field)
				}
			}
		}
	}
}

func (b *bundle) has(field string) bool {
	at := b.tree
	for name := range strings.SplitSeq(field, ".") {
		name, isList := strings.CutSuffix(name, "[]")
		e := explainer{bundle: b}
		next, ok := e.properties(at)[name].(map[string]any)
		if !ok {
			return false
		}
		if at = next; isList {
			at = next["items"].(map[string]any)
		}
	}
	return true
}
