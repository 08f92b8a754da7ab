// Package schemaprovider is a Terraform provider that knows a schema and nothing
// else. With it Terraform checks a configuration, evaluates it and makes plans,
// without a registry and without a cloud; it even applies them, to nothing.
//
// INPUTS: schemas.Provider, and answers for values that a configuration works
// with.
// OUTPUTS: a server of Terraform's plugin protocol 6.
package schemaprovider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
)

// Answers are values that only a real provider knows: by data source or
// resource, then by attribute. What has no answer here gets a placeholder.
type Answers map[string]map[string]json.RawMessage

// Replacing are the arguments that make a resource anew when they change, by its
// type. The real provider has many more: here are those that a configuration
// counts on.
type Replacing map[string][]string

// Serve speaks the protocol with the Terraform that started this process, until
// that has enough.
func Serve(p *schemas.Provider, answers Answers, replacing Replacing) error {
	s, err := newServer(p, answers)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Source, err)
	}
	s.replacing = replacing
	return tf6server.Serve("schema-only/"+p.Source, func() tfprotov6.ProviderServer { return s })
}

// server holds each schema twice: as it was read, and as the protocol has it.
type server struct {
	// What is not implemented is never called for a configuration without
	// functions, imports and the like.
	tfprotov6.ProviderServer

	schema          *schemas.Provider
	answers         Answers
	replacing       Replacing
	config          *tfprotov6.Schema
	resources, data map[string]*tfprotov6.Schema
}

func newServer(p *schemas.Provider, answers Answers) (*server, error) {
	s := &server{schema: p, answers: answers}
	var err error
	if s.config, err = schemaOf(p.Config); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	if s.resources, err = schemasOf(p.Resources); err != nil {
		return nil, err
	}
	s.data, err = schemasOf(p.Data)
	return s, err
}

func schemasOf(blocks map[string]*schemas.Block) (map[string]*tfprotov6.Schema, error) {
	out := map[string]*tfprotov6.Schema{}
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		schema, err := schemaOf(blocks[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = schema
	}
	return out, nil
}
