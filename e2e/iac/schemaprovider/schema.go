package schemaprovider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
)

func schemaOf(b *schemas.Block) (*tfprotov6.Schema, error) {
	block, err := blockOf(b)
	return &tfprotov6.Schema{Block: block}, err
}

func blockOf(b *schemas.Block) (*tfprotov6.SchemaBlock, error) {
	out := &tfprotov6.SchemaBlock{}
	for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
		a, err := attributeOf(name, b.Attributes[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out.Attributes = append(out.Attributes, a)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Blocks)) {
		n := b.Blocks[name]
		inner, err := blockOf(n.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		nesting, ok := blockNesting[n.Nesting]
		if !ok {
			return nil, fmt.Errorf("%s: blocks cannot be nested as %q", name, n.Nesting)
		}
		out.BlockTypes = append(out.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name, Block: inner, Nesting: nesting, MinItems: n.MinItems, MaxItems: n.MaxItems,
		})
	}
	return out, nil
}

var blockNesting = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
	"group":  tfprotov6.SchemaNestedBlockNestingModeGroup,
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
	"map":    tfprotov6.SchemaNestedBlockNestingModeMap,
}

var objectNesting = map[string]tfprotov6.SchemaObjectNestingMode{
	"single": tfprotov6.SchemaObjectNestingModeSingle,
	"list":   tfprotov6.SchemaObjectNestingModeList,
	"set":    tfprotov6.SchemaObjectNestingModeSet,
	"map":    tfprotov6.SchemaObjectNestingModeMap,
}

func attributeOf(name string, a *schemas.Attribute) (*tfprotov6.SchemaAttribute, error) {
	out := &tfprotov6.SchemaAttribute{Name: name, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive}
	if a.Object == nil {
		var err error
		out.Type, err = typeOf(a.Type)
		return out, err
	}
	nesting, ok := objectNesting[a.Object.Nesting]
	if !ok {
		return nil, fmt.Errorf("objects cannot be nested as %q", a.Object.Nesting)
	}
	out.NestedType = &tfprotov6.SchemaObject{Nesting: nesting}
	for _, k := range slices.Sorted(maps.Keys(a.Object.Attributes)) {
		inner, err := attributeOf(k, a.Object.Attributes[k])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out.NestedType.Attributes = append(out.NestedType.Attributes, inner)
	}
	return out, nil
}
