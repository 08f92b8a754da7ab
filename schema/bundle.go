package schema

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
)

//go:embed cluster.schema.json
var clusterSchema []byte

// bundle is the cluster's schema with the options of networks, add-ons and
// providers put in place.
type bundle struct {
	schema *ordered
	tree   map[string]any // the same, for validation and defaults
}

// newBundle puts a catalog into the schema. Options schemas are part of the
// program: one that is no JSON is a defect, and panics.
func newBundle(cat Catalog) *bundle {
	b := &bundle{schema: mustOrdered("cluster.schema.json", clusterSchema)}
	b.setEnum(b.schema.at("$defs", "os", "properties", "name"), cat.OSes)
	b.addNetworks(cat.Networks)
	b.addAddons(cat.Addons)
	b.addProviders(cat.Providers)
	b.tree = plain(b.schema).(map[string]any)
	return b
}

// JSONSchema is the schema of a config, complete in itself, for editors and for
// the reference.
func JSONSchema(cat Catalog) []byte {
	text, err := indent(newBundle(cat).schema)
	if err != nil {
		panic(err) // it was decoded from JSON a moment ago
	}
	return text
}

func mustOrdered(name string, text []byte) *ordered {
	v, problems := decodeOrdered(text)
	o, ok := v.(*ordered)
	if len(problems) > 0 || !ok {
		panic(fmt.Sprintf("schema: %s is not a JSON object: %v", name, problems))
	}
	return o
}

func (b *bundle) setEnum(field *ordered, values []string) {
	if len(values) == 0 {
		return
	}
	var enum []any
	for _, v := range slices.Sorted(slices.Values(values)) {
		enum = append(enum, v)
	}
	field.set("enum", enum)
}

// addNetworks makes the options of a network those of the chosen plugin.
func (b *bundle) addNetworks(networks map[string][]byte) {
	network := b.schema.at("properties", "network")
	plugin := network.at("properties", "plugin")
	b.setEnum(plugin, slices.Collect(maps.Keys(networks)))
	var choices []any
	for i, name := range slices.Sorted(maps.Keys(networks)) {
		place := fmt.Sprintf("/properties/network/allOf/%d/then/properties/options", i)
		options := inPlace("network/"+name, networks[name], place)
		condition := object("properties", object("plugin", object("const", name)))
		if plugin.values["default"] != name {
			condition.set("required", []any{"plugin"})
		}
		choices = append(choices, object("if", condition, "then", object("properties", object("options", options))))
	}
	network.set("allOf", choices)
	if len(choices) == 0 {
		network.remove("allOf")
	}
}

// addAddons gives each add-on its options, and a default for when it is absent.
func (b *bundle) addAddons(addons map[string][]byte) {
	properties := b.schema.at("properties", "addons", "properties")
	for _, name := range slices.Sorted(maps.Keys(addons)) {
		options := inPlace("addon/"+name, addons[name], "/properties/addons/properties/"+escapeToken(name))
		if _, ok := options.values["default"]; !ok {
			options.set("default", &ordered{values: map[string]any{}})
		}
		properties.set(name, options)
	}
}

// addProviders gives each provider its options. There is no default for one that
// is absent: the config chooses by naming it.
func (b *bundle) addProviders(providers map[string]ProviderKind) {
	properties := b.schema.at("properties", "provider", "properties")
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		properties.set(name, inPlace("provider/"+name, providers[name].Options, "/properties/provider/properties/"+escapeToken(name)))
	}
}

// inPlace is an options schema made part of the cluster's.
func inPlace(name string, text []byte, place string) *ordered {
	o := mustOrdered(name, text)
	o.remove("$schema")
	o.remove("$id")
	moveRefs(o, place)
	return o
}

// object makes an ordered object of names and values in turn.
func object(members ...any) *ordered {
	o := &ordered{values: map[string]any{}}
	for i := 0; i+1 < len(members); i += 2 {
		o.set(members[i].(string), members[i+1])
	}
	return o
}
