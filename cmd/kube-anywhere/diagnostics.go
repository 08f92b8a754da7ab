package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

// failure ends a command with exit code 1.
type failure struct{ diagnostics []schema.Diagnostic }

func (f *failure) Error() string {
	var lines []string
	for _, d := range f.diagnostics {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

// asFailure makes any error one diagnostic, so that scripts see one form only.
func asFailure(err error) *failure {
	var failed *failure
	if errors.As(err, &failed) {
		return failed
	}
	d := schema.Diagnostic{Severity: schema.Error, Code: "failed", Message: err.Error()}
	var path *fs.PathError
	if errors.As(err, &path) {
		d.Code = "file"
	}
	return &failure{[]schema.Diagnostic{d}}
}

// failWith is one error about one file.
func failWith(code, file, message, hint string) *failure {
	return &failure{[]schema.Diagnostic{{
		Severity: schema.Error, Code: code, File: file, Message: message, Hint: hint,
	}}}
}

// print shows diagnostics on standard error: for people, or as one JSON object.
func (a *app) print(list []schema.Diagnostic) {
	if len(list) == 0 {
		return
	}
	if a.json {
		_ = writeJSON(a.err, diagnosticsJSON{list})
		return
	}
	for _, d := range list {
		color := red
		if d.Severity == schema.Warning {
			color = yellow
		}
		word := string(d.Severity) + ":"
		fmt.Fprintln(a.err, strings.Replace(d.String(), word, a.paint(a.err, color, word), 1))
	}
}

// diagnosticsJSON is what -o json prints for diagnostics.
type diagnosticsJSON struct {
	Diagnostics []schema.Diagnostic `json:"diagnostics"`
}

// settle decides what diagnostics mean: an error among them, or with strict a
// warning, ends the command; otherwise they are printed and it goes on.
func (a *app) settle(list []schema.Diagnostic, strict bool) error {
	list = promote(append(a.pending, list...), strict)
	a.pending = nil
	if schema.HasErrors(list) {
		return &failure{list}
	}
	a.print(list)
	return nil
}

// promote makes warnings errors.
func promote(list []schema.Diagnostic, strict bool) []schema.Diagnostic {
	if !strict {
		return list
	}
	out := make([]schema.Diagnostic, len(list))
	for i, d := range list {
		d.Severity = schema.Error
		out[i] = d
	}
	return out
}

func writeJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // URLs and placeholders stay readable
	e.SetIndent("", "  ")
	return e.Encode(value)
}

type color string

const (
	red    color = "31"
	yellow color = "33"
	green  color = "32"
	bold   color = "1"
)

// paint colours a text for a person: only when it goes to a terminal and
// NO_COLOR (https://no-color.org) is not set.
func (a *app) paint(w io.Writer, c color, text string) string {
	if a.json || a.env.getenv("NO_COLOR") != "" || a.env.getenv("TERM") == "dumb" || !a.env.terminal(w) {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}
