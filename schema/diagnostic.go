package schema

import "fmt"

// Severity of a Diagnostic.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning" // --strict makes it an error
)

// Diagnostic is one problem with a config, or with what was made from it.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	// Code names the check, for scripts: "unknown-field", "cidr-overlap".
	Code string `json:"code"`
	// Path is a JSON pointer into the config ("/workers/0/name"), or empty.
	Path string `json:"path,omitempty"`
	// File is the name of the file the problem is in. Line and Column are in it
	// and count from 1; 0 is unknown.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Message says what was found and what was expected; Hint what to do.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// String is the form that a terminal shows, and that editors can jump to.
func (d Diagnostic) String() string {
	s := d.File
	if d.Line > 0 {
		s += fmt.Sprintf(":%d:%d", d.Line, d.Column)
	}
	if s != "" {
		s += ": "
	}
	s += string(d.Severity) + ": "
	if d.Path != "" {
		s += d.Path + ": "
	}
	s += d.Message
	if d.Hint != "" {
		s += "\n    " + d.Hint
	}
	return s
}

// HasErrors says whether any of the diagnostics is an error.
func HasErrors(ds []Diagnostic) bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}
