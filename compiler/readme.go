package compiler

import (
	"bytes"
	_ "embed"
	"text/template"
	"time"
)

//go:embed readme.md.tmpl
var readmeText string

// readme is the output's README.md: what was made, how to boot it, what
// expires when.
func (o *Output) readme() ([]byte, error) {
	t, err := template.New("README.md").Parse(readmeText)
	if err != nil {
		return nil, err
	}
	day := func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }
	data := struct {
		*Output
		TokenExpires, FirstExpiry, FirstName, CAExpires string
		Goes                                            bool // up, by a script
	}{Output: o, Goes: o.Has("up"), TokenExpires: day(o.compilation.bundle.Token().Expires)}
	var first time.Time
	for _, info := range o.compilation.bundle.List() {
		if info.NotAfter == nil {
			continue // a bare key
		}
		if info.Name == "ca" {
			data.CAExpires = day(*info.NotAfter)
		}
		if first.IsZero() || info.NotAfter.Before(first) {
			first = *info.NotAfter
			data.FirstExpiry, data.FirstName = day(first), info.Name
		}
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.Bytes(), err
}
