package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// ordered is a JSON object that keeps its members in the order in which they
// were written, because readers of the schema get it in that order.
type ordered struct {
	names  []string
	values map[string]any
}

// decodeOrdered reads JSON with objects as *ordered, lists as []any, and whole
// numbers as int64.
func decodeOrdered(text []byte) (any, []Diagnostic) {
	r := &jsonReader{text: text, keys: map[string]string{}, inOrder: true}
	return r.document(), r.diagnostics()
}

// set puts a member at its place, or at the end.
func (o *ordered) set(name string, v any) {
	if _, ok := o.values[name]; !ok {
		o.names = append(o.names, name)
	}
	o.values[name] = v
}

func (o *ordered) remove(name string) {
	delete(o.values, name)
	o.names = slices.DeleteFunc(o.names, func(n string) bool { return n == name })
}

// at is the object down a path of member names.
func (o *ordered) at(path ...string) *ordered {
	for _, name := range path {
		o, _ = o.values[name].(*ordered)
		if o == nil {
			return &ordered{values: map[string]any{}}
		}
	}
	return o
}

// MarshalJSON writes the members in their order.
func (o *ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(o.values[name]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plain is an ordered value as the tree that validation reads.
func plain(v any) any {
	switch v := v.(type) {
	case *ordered:
		m := make(map[string]any, len(v.names))
		for name, member := range v.values {
			m[name] = plain(member)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = plain(item)
		}
		return list
	}
	return v
}

// moveRefs makes the local references of a schema right for its place in
// another one.
func moveRefs(v any, place string) {
	switch v := v.(type) {
	case *ordered:
		for _, name := range v.names {
			ref, ok := v.values[name].(string)
			if ok && name == "$ref" && strings.HasPrefix(ref, "#") {
				v.values[name] = "#" + place + ref[1:]
			}
			moveRefs(v.values[name], place)
		}
	case []any:
		for _, item := range v {
			moveRefs(item, place)
		}
	}
}

// indent writes a value the way the schema's own file is written.
func indent(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}
