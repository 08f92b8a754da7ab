package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func schemaCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a config",
		Long: `Print the JSON Schema (2020-12) of a config, with the options of every network
plugin and add-on in it. It describes each field with its default, and an editor
that reads it completes and checks a config as you type.`,
		Example: `  kube-anywhere schema > cluster.schema.json
  kube-anywhere schema | jq -r '.properties.network.properties.plugin.description'`,
		Args: cobra.NoArgs,
	}
	cmd.RunE = action(func(*cobra.Command, []string) error {
		_, err := a.out.Write(schema.JSONSchema(compiler.Catalog()))
		return err
	})
	return cmd
}

// providers are the names that the config's provider object allows.
func providers() []string {
	var s struct {
		Properties struct {
			Provider struct {
				Properties map[string]any `json:"properties"`
			} `json:"provider"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(schema.JSONSchema(compiler.Catalog()), &s); err != nil {
		return nil
	}
	return sortedKeys(s.Properties.Provider.Properties)
}
