package compiler

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers"
	"github.com/kube-anywhere/kube-anywhere/schema"
	"github.com/kube-anywhere/kube-anywhere/templates"
)

// Catalog is what the folders under templates/ and providers/ let a config
// choose.
func Catalog() schema.Catalog {
	cat := schema.Catalog{
		OSes:     templates.Names("os"),
		Networks: map[string][]byte{},
		Addons:   map[string][]byte{},

		Providers: map[string]schema.ProviderKind{},
	}
	for _, name := range templates.Names("network") {
		cat.Networks[name] = templates.OptionsSchema("network/" + name)
	}
	for _, name := range templates.Names("addon") {
		cat.Addons[name] = templates.OptionsSchema("addon/" + name)
	}
	for _, p := range providers.All() {
		facts := p.Facts(nil)
		cat.Providers[p.Name()] = schema.ProviderKind{
			Options:       p.OptionsSchema(),
			MakesEndpoint: facts.Endpoint != plan.NoEndpoint,
			HasSpot:       facts.HasSpot,
			MakesMachines: facts.MakesDisks,
		}
	}
	return cat
}

// facts reads every layer's meta.json. They are embedded, so a broken one is a
// defect of the program, which a test finds.
func facts(files fs.FS, cluster schema.Cluster) plan.Facts {
	provider := providers.Chosen(cluster.Provider)
	f := plan.Facts{
		OS:       map[string]plan.OSFacts{},
		Provider: provider.Facts(cluster.Provider[provider.Name()]),
		Images:   map[string]map[string]string{},
		Read:     func(name string) ([]byte, error) { return read(files, name) },
	}
	for _, name := range templates.Names("os") {
		var os plan.OSFacts
		meta("os/"+name, &os)
		f.OS[name] = os
	}
	for _, kind := range []string{"network", "addon"} {
		for _, name := range templates.Names(kind) {
			var layer struct {
				Images map[string]string `json:"images"`
			}
			meta(kind+"/"+name, &layer)
			f.Images[kind+"/"+name] = layer.Images
		}
	}
	if f.Provider.CloudControllers {
		var layer struct {
			Images map[string]string `json:"images"`
		}
		text, err := fs.ReadFile(provider.Layers(), "cloud-controller-manager/meta.json")
		mustRead("provider "+provider.Name(), text, err, &layer)
		f.Images[plan.CloudControllers] = layer.Images
	}
	return f
}

func meta(layer string, into any) {
	text, err := templates.Meta(layer)
	mustRead("templates/"+layer, text, err, into)
}

func mustRead(where string, text []byte, err error, into any) {
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		panic(fmt.Sprintf("%s/meta.json: %v", where, err))
	}
}
