package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxAliased is how many values aliases may add up to: a small text must not
// become a large tree.
const maxAliased = 100_000

// yamlReader turns YAML nodes into a tree.
type yamlReader struct {
	problems []Diagnostic
	aliased  int // values reached through aliases
	inAlias  int
	path     []any
	failed   bool
	places   map[string]place // what placeYAML looks for, or nil
}

func readYAML(text []byte) (*tree, []Diagnostic) {
	doc, d := parseYAML(text)
	if d != nil {
		return nil, []Diagnostic{*d}
	}
	r := &yamlReader{}
	v := r.value(doc)
	if r.failed {
		return nil, r.problems
	}
	return &tree{v}, r.problems
}

// placeYAML fills in places; the text is known to be good.
func placeYAML(text []byte, places map[string]place) {
	doc, d := parseYAML(text)
	if d != nil {
		return
	}
	r := &yamlReader{places: places}
	places[""] = place{value: position{doc.Line, doc.Column}}
	r.value(doc)
}

// parseYAML reads the one document of a text.
func parseYAML(text []byte) (*yaml.Node, *Diagnostic) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return nil, &Diagnostic{Severity: Error, Code: codeEmpty, Line: 1, Column: 1,
			Message: "the config is empty", Hint: "the smallest config is: name: demo"}
	}
	if err != nil {
		return nil, yamlError(text, err)
	}
	if err := dec.Decode(&second); err == nil {
		return nil, &Diagnostic{Severity: Error, Code: codeYAMLFeature, Line: second.Line, Column: second.Column,
			Message: "found a second YAML document, expected one", Hint: "remove the second document, or put it into a file of its own"}
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlError(text, err)
	}
	return doc.Content[0], nil
}

// yamlOffByOne are the messages of the library's parser, not of its scanner.
var yamlOffByOne = regexp.MustCompile(`^did not find expected (key|node content|',' or|'-' indicator|<)`)

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// yamlError turns the parser's error, which has a line at most, into a
// diagnostic. A tab is by far the most frequent cause and gets a message of
// its own.
func yamlError(text []byte, err error) *Diagnostic {
	d := &Diagnostic{Severity: Error, Code: codeYAMLSyntax, Line: 1, Column: 1, Message: err.Error()}
	if m := yamlLine.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " ")); m != nil {
		d.Message = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			d.Line = n
			// For these errors, and for these alone, the library counts from 0.
			if yamlOffByOne.MatchString(d.Message) && n < bytes.Count(text, []byte("\n")) {
				d.Line++
			}
		}
	}
	d.Message = "this is not YAML: " + d.Message
	for i, line := range bytes.Split(text, []byte("\n")) {
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if tab := bytes.IndexByte(indent, '\t'); tab >= 0 && i+1 >= d.Line-1 && i+1 <= d.Line+1 {
			d.Code, d.Line, d.Column = codeYAMLTab, i+1, tab+1
			d.Message, d.Hint = "found a tab in the indentation", "YAML is indented with spaces only"
			break
		}
	}
	return d
}

func (r *yamlReader) fail(n *yaml.Node, code, message, hint string) {
	r.failed = true
	r.problems = append(r.problems, Diagnostic{Severity: Error, Code: code, Path: pointer(r.path...),
		Line: n.Line, Column: n.Column, Message: message, Hint: hint})
}

func (r *yamlReader) value(n *yaml.Node) any {
	if len(r.path) > maxDepth {
		r.fail(n, codeTooDeep, tooDeep, "")
		r.problems[len(r.problems)-1].Path = "" // it would fill the message
		return nil
	}
	if r.inAlias > 0 {
		if r.aliased++; r.aliased > maxAliased {
			if r.aliased == maxAliased+1 {
				r.fail(n, codeYAMLFeature, fmt.Sprintf("aliases stand for more than %d values", maxAliased), "write the values out")
			}
			return nil
		}
	}
	switch n.Kind {
	case yaml.AliasNode:
		r.inAlias++
		defer func() { r.inAlias-- }()
		return r.value(n.Alias)
	case yaml.MappingNode:
		return r.mapping(n)
	case yaml.SequenceNode:
		return r.sequence(n)
	}
	return r.scalar(n)
}

func (r *yamlReader) mapping(n *yaml.Node) any {
	obj := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" {
			r.fail(n.Content[i], codeYAMLFeature, "found a key that is no text, expected a field name", "merge keys (<<) and keys of several parts are not supported")
			continue
		}
		name := key.Value
		r.path = append(r.path, name)
		if _, twice := obj[name]; twice {
			d := duplicateKey(pointer(r.path...), name)
			d.Line, d.Column = key.Line, key.Column
			r.problems = append(r.problems, d)
		}
		r.place(n.Content[i], value)
		obj[name] = r.value(value)
		r.path = r.path[:len(r.path)-1]
	}
	return obj
}

func (r *yamlReader) sequence(n *yaml.Node) any {
	list := make([]any, 0, len(n.Content))
	for i, item := range n.Content {
		r.path = append(r.path, i)
		r.place(item, item)
		list = append(list, r.value(item))
		r.path = r.path[:len(r.path)-1]
	}
	return list
}

func (r *yamlReader) place(key, value *yaml.Node) {
	if r.places == nil {
		return
	}
	ptr := pointer(r.path...)
	if at, wanted := r.places[ptr]; wanted && at.value.line == 0 {
		r.places[ptr] = place{key: position{key.Line, key.Column}, value: position{value.Line, value.Column}}
	}
}

func (r *yamlReader) scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return n.Value
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int", "!!float":
		if v, ok := yamlNumber(n); ok {
			return v
		}
		r.fail(n, codeYAMLFeature, fmt.Sprintf("found %s, which is no number that JSON has", clip(n.Value)), "write texts in quotes")
		return nil
	}
	r.fail(n, codeYAMLFeature, fmt.Sprintf("found the YAML tag %s, expected a plain value", clip(n.Tag)), "remove the tag")
	return nil
}

func yamlNumber(n *yaml.Node) (any, bool) {
	var i int64
	if n.ShortTag() == "!!int" && n.Decode(&i) == nil {
		return i, true
	}
	var f float64
	if n.Decode(&f) != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, false
	}
	return wholeNumber(f), true
}
