package compiler

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
	"github.com/kube-anywhere/kube-anywhere/templates"
)

// Catalog is what the folders under templates/ let a config choose.
func Catalog() schema.Catalog {
	cat := schema.Catalog{
		OSes:     templates.Names("os"),
		Networks: map[string][]byte{},
		Addons:   map[string][]byte{},
	}
	for _, name := range templates.Names("network") {
		cat.Networks[name] = templates.OptionsSchema("network/" + name)
	}
	for _, name := range templates.Names("addon") {
		cat.Addons[name] = templates.OptionsSchema("addon/" + name)
	}
	return cat
}

// facts reads every layer's meta.json. They are embedded, so a broken one is a
// defect of the program, which a test finds.
func facts(files fs.FS) plan.Facts {
	f := plan.Facts{
		OS:     map[string]plan.OSFacts{},
		Images: map[string]map[string]string{},
		Read:   func(name string) ([]byte, error) { return read(files, name) },
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
	return f
}

func meta(layer string, into any) {
	text, err := templates.Meta(layer)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		panic(fmt.Sprintf("templates/%s/meta.json: %v", layer, err))
	}
}
