package schema

import "fmt"

// jsonReader reads JSON strictly. encoding/json hides repeated keys and says
// little about what is wrong where, which a text written by hand deserves.
type jsonReader struct {
	text     []byte
	pos      int
	path     []any             // keys and indices down to the current value
	keys     map[string]string // keys seen, so that each is kept once
	problems []located
	failed   bool
	places   map[string]offsets // what placeJSON looks for, or nil
	inOrder  bool               // objects become *ordered
}

// located is a problem at a byte offset.
type located struct {
	Diagnostic
	offset int
}

// offsets are where a member's key and value begin.
type offsets struct{ key, value int }

func readJSON(text []byte) (*tree, []Diagnostic) {
	r := &jsonReader{text: text, keys: map[string]string{}}
	v := r.document()
	ds := r.diagnostics()
	if r.failed {
		return nil, ds
	}
	return &tree{v}, ds
}

// placeJSON fills in places; the text is known to be good.
func placeJSON(text []byte, places map[string]place) {
	r := &jsonReader{text: text, keys: map[string]string{}, places: make(map[string]offsets, len(places))}
	for ptr := range places {
		r.places[ptr] = offsets{-1, -1}
	}
	r.document()
	var all []int
	for _, o := range r.places {
		if o.value >= 0 {
			all = append(all, o.key, o.value)
		}
	}
	at := positionsOf(text, all)
	for ptr, o := range r.places {
		if o.value >= 0 {
			places[ptr] = place{key: at[o.key], value: at[o.value]}
		}
	}
}

func (r *jsonReader) diagnostics() []Diagnostic {
	all := make([]int, len(r.problems))
	for i, p := range r.problems {
		all[i] = p.offset
	}
	at := positionsOf(r.text, all)
	var ds []Diagnostic
	for _, p := range r.problems {
		where := at[min(p.offset, len(r.text))]
		p.Line, p.Column = where.line, where.column
		ds = append(ds, p.Diagnostic)
	}
	return ds
}

// fail reports an error that ends the reading.
func (r *jsonReader) fail(offset int, code, message, hint string) {
	if r.failed {
		return
	}
	r.failed = true
	r.problems = append(r.problems, located{Diagnostic{Severity: Error, Code: code, Message: message, Hint: hint}, offset})
	r.pos = len(r.text)
}

func (r *jsonReader) document() any {
	v := r.value(0)
	r.space()
	if !r.failed && r.pos < len(r.text) {
		r.unexpected("the end of the text", "remove what follows the config")
	}
	return v
}

// space skips white space.
func (r *jsonReader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\r', '\n':
			r.pos++
		default:
			return
		}
	}
}

// peek is the next byte that is not white space; 0 at the end.
func (r *jsonReader) peek() byte {
	r.space()
	if r.pos >= len(r.text) {
		return 0
	}
	return r.text[r.pos]
}

// value reads one value, whose key begins at the offset key.
func (r *jsonReader) value(key int) any {
	c := r.peek()
	if r.places != nil && !r.failed {
		ptr := pointer(r.path...)
		if o, wanted := r.places[ptr]; wanted && o.value < 0 {
			r.places[ptr] = offsets{key, r.pos}
		}
	}
	switch {
	case c == '{' || c == '[':
		return r.nested(c)
	case c == '"':
		return r.str()
	case c == '-' || '0' <= c && c <= '9':
		return r.number()
	}
	switch word := r.word(); word {
	case "true", "false":
		r.pos += len(word)
		return word == "true"
	case "null":
		r.pos += len(word)
		return nil
	}
	r.unexpected("a value", "")
	return nil
}

func (r *jsonReader) nested(c byte) any {
	if len(r.path) >= maxDepth {
		r.fail(r.pos, codeTooDeep, tooDeep, "")
		return nil
	}
	if c == '{' {
		return r.object()
	}
	return r.array()
}

func (r *jsonReader) object() any {
	o := ordered{values: map[string]any{}}
	r.pos++
	if r.peek() == '}' {
		r.pos++
	} else {
		r.members(&o)
	}
	if r.inOrder {
		return &o
	}
	return o.values
}

func (r *jsonReader) members(o *ordered) {
	for !r.failed {
		if r.peek() != '"' {
			r.unexpected("a field name in double quotes", "")
			break
		}
		start := r.pos
		name := r.key()
		if r.peek() != ':' {
			r.unexpected(fmt.Sprintf(`":" after the field name %q`, name), "")
			break
		}
		r.pos++
		r.path = append(r.path, name)
		r.refuseDuplicate(o.values, name, start)
		o.set(name, r.value(start))
		r.path = r.path[:len(r.path)-1]
		if !r.more('}') {
			break
		}
	}
}

func (r *jsonReader) refuseDuplicate(obj map[string]any, name string, offset int) {
	if _, twice := obj[name]; twice && !r.failed {
		r.problems = append(r.problems, located{duplicateKey(pointer(r.path...), name), offset})
	}
}

func duplicateKey(ptr, name string) Diagnostic {
	return Diagnostic{Severity: Error, Code: codeDuplicateKey, Path: ptr,
		Message: fmt.Sprintf("the field %q is given twice", name), Hint: "keep one of the two"}
}

func (r *jsonReader) array() any {
	list := []any{}
	r.pos++
	if r.peek() == ']' {
		r.pos++
		return list
	}
	for !r.failed {
		r.path = append(r.path, len(list))
		r.space()
		list = append(list, r.value(r.pos))
		r.path = r.path[:len(r.path)-1]
		if !r.more(']') {
			break
		}
	}
	return list
}

// more reads "," and says whether another item follows, or reads the end.
func (r *jsonReader) more(end byte) bool {
	if r.failed {
		return false
	}
	switch r.peek() {
	case ',':
		comma := r.pos
		r.pos++
		if c := r.peek(); c == '}' || c == ']' {
			r.fail(comma, codeJSONSyntax, fmt.Sprintf("found a comma before %q", c), "remove the comma")
			return false
		}
		return true
	case end:
		r.pos++
		return false
	}
	r.unexpected(fmt.Sprintf(`"," or "%c"`, end), "")
	return false
}
