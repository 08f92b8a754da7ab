package schema

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// source is the text of one config.
type source struct {
	text []byte
	file string
}

// tree is a decoded config. Objects are map[string]any, arrays []any, and
// numbers int64 where they are whole and float64 otherwise.
type tree struct{ value any }

// position is a place in the text, counted from 1 in lines and characters.
type position struct{ line, column int }

// maxDepth is how far objects and arrays may nest. The config itself needs
// eight; this keeps hostile input from exhausting the stack.
const maxDepth = 100

var tooDeep = fmt.Sprintf("objects and lists nest more than %d levels deep", maxDepth)

// isJSON says how the text is to be read.
func (s source) isJSON() bool {
	switch strings.ToLower(path.Ext(s.file)) {
	case ".json":
		return true
	case ".yaml", ".yml":
		return false
	}
	start := bytes.TrimLeft(s.text, " \t\r\n")
	return len(start) > 0 && (start[0] == '{' || start[0] == '[' || start[0] == '/')
}

// read decodes the text. The tree is nil when the syntax is so wrong that
// nothing else can be said; a repeated key is an error and leaves a tree.
func (s source) read() (*tree, []Diagnostic) {
	if d, bad := s.unreadable(); bad {
		return nil, []Diagnostic{d}
	}
	if s.isJSON() {
		return readJSON(s.text)
	}
	return readYAML(s.text)
}

// unreadable finds what makes a text neither JSON nor YAML.
func (s source) unreadable() (Diagnostic, bool) {
	d := Diagnostic{Severity: Error, Line: 1, Column: 1}
	switch {
	case bytes.HasPrefix(s.text, []byte("\xef\xbb\xbf")):
		d.Code, d.Message = codeBOM, "the text begins with a byte-order mark"
		d.Hint = "save the file as UTF-8 without a byte-order mark"
	case bytes.HasPrefix(s.text, []byte("\xff\xfe")), bytes.HasPrefix(s.text, []byte("\xfe\xff")):
		d.Code, d.Message = codeEncoding, "the text is UTF-16, expected UTF-8"
		d.Hint = "save the file as UTF-8"
	case !utf8.Valid(s.text):
		at := 0
		for {
			r, size := utf8.DecodeRune(s.text[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		p := positionsOf(s.text, []int{at})[at]
		d.Line, d.Column = p.line, p.column
		d.Code, d.Message = codeEncoding, "found a byte that is not UTF-8"
		d.Hint = "save the file as UTF-8"
	case len(bytes.TrimSpace(s.text)) == 0:
		d.Code, d.Message = codeEmpty, "the config is empty"
		d.Hint = `the smallest config is {"name": "demo"}`
	default:
		return d, false
	}
	return d, true
}

// pointer makes a JSON pointer of names and indices.
func pointer(parts ...any) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		switch p := p.(type) {
		case int:
			b.WriteString(strconv.Itoa(p))
		case string:
			b.WriteString(escapeToken(p))
		}
	}
	return b.String()
}

// escapeToken is one name as a JSON pointer (RFC 6901) writes it.
func escapeToken(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// parent is the pointer to what holds a pointer's value; "" is the whole text.
func parent(ptr string) string { return ptr[:max(0, strings.LastIndexByte(ptr, '/'))] }
