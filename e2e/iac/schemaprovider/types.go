package schemaprovider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var simpleTypes = map[string]tftypes.Type{
	"string":  tftypes.String,
	"number":  tftypes.Number,
	"bool":    tftypes.Bool,
	"dynamic": tftypes.DynamicPseudoType,
}

// typeOf reads a type: "string", ["list", T], ["object", {name: T}].
func typeOf(text json.RawMessage) (tftypes.Type, error) {
	var name string
	if json.Unmarshal(text, &name) == nil {
		if t, ok := simpleTypes[name]; ok {
			return t, nil
		}
		return nil, fmt.Errorf("no type is called %q", name)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return nil, err
	}
	if len(parts) != 2 || json.Unmarshal(parts[0], &name) != nil {
		return nil, fmt.Errorf("found the type %s, expected a name and what it is of", text)
	}
	if name == "object" {
		return objectType(parts[1])
	}
	element, err := typeOf(parts[1])
	if err != nil {
		return nil, err
	}
	switch name {
	case "list":
		return tftypes.List{ElementType: element}, nil
	case "set":
		return tftypes.Set{ElementType: element}, nil
	case "map":
		return tftypes.Map{ElementType: element}, nil
	}
	return nil, fmt.Errorf("no type is called %q", name)
}

func objectType(text json.RawMessage) (tftypes.Type, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		t, err := typeOf(fields[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		object.AttributeTypes[name] = t
	}
	return object, nil
}
