// Package userdata makes plain payload files, for any cloud or hypervisor that
// hands user-data to its machines.
//
// INPUTS: provider.userdata of the config.
// OUTPUTS: nothing beyond the payloads themselves.
package userdata

import (
	_ "embed"
	"fmt"
	"io/fs"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

//go:embed options.schema.json
var optionsSchema []byte

// Provider is the provider "userdata".
type Provider struct{}

// options are provider.userdata of the config.
type options struct {
	Limit   int      `json:"limit"`
	Formats []string `json:"formats"`
}

// Name is "userdata".
func (Provider) Name() string { return "userdata" }

// OptionsSchema describes limit and formats.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are the configured ones: nothing is known of the platform.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	var o options
	plan.Provider{Name: "userdata", Options: config}.Decode(&o)
	return plan.ProviderFacts{Limit: o.Limit, Formats: o.Formats}
}

// Check looks at whether every OS boots with the formats asked for.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	var diags []schema.Diagnostic
	for i, format := range p.Provider.Formats {
		for _, os := range p.OSes() {
			if format == "auto" || format == "script" || format == os.Facts.Format {
				continue
			}
			diags = append(diags, schema.Diagnostic{Severity: schema.Error, Code: "format-os",
				Path:    fmt.Sprintf("/provider/userdata/formats/%d", i),
				Message: fmt.Sprintf("%s does not boot with %s", os.Name, format),
				Hint:    `use "auto", or "script"`,
			})
		}
	}
	return diags
}

// Layers has none: machines are what their role and OS make them.
func (Provider) Layers() fs.FS { return nil }

// Store is none.
func (Provider) Store(plan.Plan, string) plan.Store { return plan.Store{} }

// Artifacts are none.
func (Provider) Artifacts(plan.Plan, []plan.Payload, plan.Store) ([]plan.File, error) { return nil, nil }
