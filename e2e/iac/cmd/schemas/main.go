// Command schemas writes the schema files anew: of each provider, the resources
// and data sources that our configurations use.
//
//	go run ./cmd/schemas [NAME...]
//
// It needs npm, which downloads and runs nothing, and for the providers that
// are built from their Go module a Terraform or OpenTofu (see engine).
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
	"github.com/kube-anywhere/kube-anywhere/e2e/iac/uses"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "schemas:", err)
		os.Exit(1)
	}
}

func run(only []string) error {
	used, err := uses.Read(filepath.Join("..", "..", "providers"))
	if err != nil {
		return err
	}
	for _, u := range used {
		if len(only) > 0 && !slices.Contains(only, u.Provider) {
			continue
		}
		p, err := read(u)
		if err != nil {
			return fmt.Errorf("%s: %w", u.Provider, err)
		}
		text, err := schemas.Write(p)
		if err != nil {
			return fmt.Errorf("%s: %w", u.Provider, err)
		}
		name := filepath.Join("schemas", u.Provider+".json")
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %s %s from %s, %d resources, %d data sources\n", name, p.Source, p.Version, p.From, len(p.Resources), len(p.Data))
	}
	return nil
}
