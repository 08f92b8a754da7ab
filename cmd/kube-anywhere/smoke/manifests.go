package smoke

import (
	"embed"
	"encoding/json"
	"strings"
	"text/template"
)

//go:embed manifests/*.yaml
var manifests embed.FS

// values are the holes of the manifests.
type values struct{ Name, Image, Value string }

// render gives one manifest. The files are part of the program, so that an error
// in one is the program's.
func render(file string, v values) string {
	text, err := manifests.ReadFile("manifests/" + file)
	if err != nil {
		panic(err)
	}
	funcs := template.FuncMap{"quote": func(s string) (string, error) {
		b, err := json.Marshal(s)
		return string(b), err
	}}
	t := template.Must(template.New(file).Funcs(funcs).Option("missingkey=error").Parse(string(text)))
	var b strings.Builder
	if err := t.Execute(&b, v); err != nil {
		panic(err)
	}
	return b.String()
}
