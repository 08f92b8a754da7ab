package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/compiler"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

func validateCommand(a *app) *cobra.Command {
	var f configFlags
	cmd := &cobra.Command{
		Use:   "validate [-f FILE]",
		Short: "Check a config and report all its problems",
		Long: `Check a config as compile does, without making a key or writing a file.

All problems are reported in one run, each with its place in the file, what was
found and what is expected. With -o json they are one object on standard output.
The exit code is 0 when there is no error, and 1 otherwise.`,
		Example: `  kube-anywhere validate -f cluster.json
  kube-anywhere validate -f cluster.json --strict -o json | jq -r '.diagnostics[].message'
  jq '.controlPlane.count = 3' cluster.json | kube-anywhere validate -f -`,
		Args: cobra.NoArgs,
	}
	f.bind(cmd)
	f.bindStrict(cmd)
	output := bindOutput(cmd, "text", "json")
	cmd.RunE = action(func(*cobra.Command, []string) error {
		a.json = output.value == "json"
		in, err := a.input(&f)
		if err != nil {
			return err
		}
		found := promote(append(a.pending, compiler.Validate(in)...), f.strict)
		if a.json {
			return a.validateJSON(found)
		}
		a.pending = nil // they are among what was found
		if err := a.settle(found, false); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s is valid\n", in.Name)
		return nil
	})
	return cmd
}

// validateJSON prints diagnostics as data: here they are what was asked for.
func (a *app) validateJSON(found []schema.Diagnostic) error {
	valid := !schema.HasErrors(found)
	if found == nil {
		found = []schema.Diagnostic{} // an empty list, never null
	}
	err := writeJSON(a.out, struct {
		Valid bool `json:"valid"`
		diagnosticsJSON
	}{valid, diagnosticsJSON{found}})
	if err == nil && !valid {
		return &failure{} // all is said
	}
	return err
}
