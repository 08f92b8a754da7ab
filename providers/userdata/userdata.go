// Package userdata makes plain payload files, for any cloud or hypervisor that
// hands user-data to its machines.
//
// INPUTS: provider.userdata of the config.
// OUTPUTS: forms/ (the payloads as CDs, QEMU files or vSphere keys), and with a
// platform START.md and start/ (payloads as that platform wants them).
package userdata

import (
	_ "embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

//go:embed options.schema.json
var optionsSchema []byte

// Provider is the provider "userdata".
type Provider struct{}

// options are provider.userdata of the config.
type options struct {
	Limit    int      `json:"limit"`
	Formats  []string `json:"formats"`
	Forms    []string `json:"forms"`
	Platform string   `json:"platform"`
}

// limit is how much user-data there may be.
func (o options) limit() int {
	if known := platforms[o.Platform].limit; known > 0 {
		return known
	}
	return o.Limit
}

// Name is "userdata".
func (Provider) Name() string { return "userdata" }

// OptionsSchema describes provider.userdata.
func (Provider) OptionsSchema() []byte { return optionsSchema }

// Facts are the configured ones, and the platform's: nothing else is known.
func (Provider) Facts(config schema.Options) plan.ProviderFacts {
	var o options
	plan.Provider{Name: "userdata", Options: config}.Decode(&o)
	return plan.ProviderFacts{Limit: o.limit(), Formats: o.Formats}
}

// Check looks at whether every OS boots with the formats and the forms asked
// for.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	var o options
	p.Provider.Decode(&o)
	var diags []schema.Diagnostic
	fail := func(code, list string, i int, hint, format string, args ...any) {
		diags = append(diags, schema.Diagnostic{Severity: schema.Error, Code: code,
			Path:    fmt.Sprintf("/provider/userdata/%s/%d", list, i),
			Message: fmt.Sprintf(format, args...), Hint: hint,
		})
	}
	for i, format := range p.Provider.Formats {
		for _, os := range p.OSes() {
			if format != "auto" && format != "script" && format != os.Facts.Format {
				fail("format-os", "formats", i, `use "auto", or "script"`, "%s does not boot with %s", os.Name, format)
			}
		}
	}
	for i, form := range o.Forms {
		for _, os := range p.OSes() {
			switch {
			case form == "fw-cfg" && os.Facts.Format != "ignition":
				fail("form-os", "forms", i, `use "nocloud"`, "%s does not look for its payload in QEMU's fw_cfg", os.Name)
			case !slices.Contains(p.Provider.Formats, "auto") && !slices.Contains(p.Provider.Formats, os.Facts.Format):
				fail("form-os", "forms", i, `add "auto" to formats`, "%s holds what %s boots with, which formats leaves out", form, os.Name)
			}
		}
	}
	return diags
}

// Layers has none: machines are what their role and OS make them.
func (Provider) Layers() fs.FS { return nil }

// Store is none.
func (Provider) Store(plan.Plan, string) plan.Store { return plan.Store{} }

// Artifacts are the forms, and how to start machines.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, _ plan.Store) ([]plan.File, error) {
	var o options
	p.Provider.Decode(&o)
	all, err := machines(p, payloads)
	if err != nil {
		return nil, err
	}
	var files []plan.File
	for _, name := range o.Forms {
		for i, m := range all {
			f, use := forms[name](m)
			files = append(files, f)
			all[i].uses = append(all[i].uses, use)
		}
	}
	if o.Platform != "" {
		handed, err := platforms[o.Platform].hand(all, o.limit())
		if err != nil {
			return nil, fmt.Errorf("platform %s: %w", o.Platform, err)
		}
		files = append(files, handed...)
	}
	if len(o.Forms) == 0 && o.Platform == "" {
		return nil, nil
	}
	start, err := start(p, platforms[o.Platform], all)
	return append(files, start), err
}
