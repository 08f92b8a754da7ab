// Package schemas is what Terraform providers accept: the names, types and flags
// of the resources and data sources that our configurations use.
//
// INPUTS: NAME.json beside this file, each written by cmd/schemas.
// OUTPUTS: Provider, for schemaprovider to serve and for tests to look into.
package schemas

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed *.json
var files embed.FS

// Provider is one provider's file.
type Provider struct {
	Source  string `json:"source"`  // its address without the registry: "hashicorp/aws"
	Version string `json:"version"` // the version that accepts this
	From    string `json:"from"`    // what it was read from

	Config    *Block            `json:"provider"` // the block "provider" itself
	Resources map[string]*Block `json:"resources"`
	Data      map[string]*Block `json:"data"`
}

// Block is what may stand between two braces. It has the form that
// "terraform providers schema -json" prints.
type Block struct {
	Attributes map[string]*Attribute `json:"attributes,omitempty"`
	Blocks     map[string]*Nested    `json:"block_types,omitempty"`
}

// Attribute is one argument, or one value that only the provider knows. It has
// either a type or attributes of its own.
type Attribute struct {
	Type      json.RawMessage `json:"type,omitempty"` // "string", ["list","string"], ["object",{…}]
	Object    *Object         `json:"nested_type,omitempty"`
	Required  bool            `json:"required,omitempty"`
	Optional  bool            `json:"optional,omitempty"`
	Computed  bool            `json:"computed,omitempty"`
	Sensitive bool            `json:"sensitive,omitempty"`
	// Values are all that the argument may be, where the documentation lists
	// them. Terraform's own form has nothing like it.
	Values []string `json:"values,omitempty"`
}

// ReadOnly says that only the provider sets the attribute.
func (a *Attribute) ReadOnly() bool { return a.Computed && !a.Optional && !a.Required }

// Object is the type of an attribute with attributes of its own.
type Object struct {
	Attributes map[string]*Attribute `json:"attributes"`
	Nesting    string                `json:"nesting_mode"`
}

// Nested is a kind of block within another: how its blocks are kept (single,
// group, list, set, map), and how many there may be, where 0 is any number.
type Nested struct {
	Nesting  string `json:"nesting_mode"`
	Block    *Block `json:"block"`
	MinItems int64  `json:"min_items,omitempty"`
	MaxItems int64  `json:"max_items,omitempty"`
}

// Names lists the providers whose schemas are here, as configurations call them.
func Names() []string {
	entries, _ := files.ReadDir(".") // embedded: cannot fail
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// Load reads one of them.
func Load(name string) (*Provider, error) {
	text, err := files.ReadFile(name + ".json")
	if err != nil {
		return nil, fmt.Errorf("no schema of the provider %q: %w", name, err)
	}
	p := &Provider{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("schemas/%s.json: %w", name, err)
	}
	return p, nil
}
