package schema

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// place is where a value stands, and its key if it is an object's member.
type place struct{ key, value position }

// locate fills in file, line and column. Positions are looked up here and only
// here, by reading the text a second time, so that a config without problems
// costs nothing for them.
func (s source) locate(problems []Diagnostic) {
	places := map[string]place{}
	for i := range problems {
		problems[i].File = s.file
		if problems[i].Line > 0 {
			continue
		}
		for ptr := problems[i].Path; ; ptr = parent(ptr) {
			if _, known := places[ptr]; known {
				break
			}
			places[ptr] = place{}
			if ptr == "" {
				break
			}
		}
	}
	if len(places) == 0 {
		return
	}
	if s.isJSON() {
		placeJSON(s.text, places)
	} else {
		placeYAML(s.text, places)
	}
	for i := range problems {
		if problems[i].Line == 0 {
			at := nearest(places, problems[i])
			problems[i].Line, problems[i].Column = at.line, at.column
		}
	}
}

// nearest is the place of a problem's value, or of what would hold it if the
// value is a default and not in the text.
func nearest(places map[string]place, d Diagnostic) position {
	for ptr := d.Path; ptr != ""; ptr = parent(ptr) {
		at := places[ptr]
		if ptr == d.Path && d.Code == codeUnknownField && at.key.line > 0 {
			return at.key
		}
		if at.value.line > 0 {
			return at.value
		}
	}
	return places[""].value
}

// positionsOf turns byte offsets into positions, in one pass over the text.
func positionsOf(text []byte, offsets []int) map[int]position {
	slices.Sort(offsets)
	found := make(map[int]position, len(offsets))
	at, line, column := 0, 1, 1
	for _, offset := range offsets {
		offset := min(offset, len(text))
		part := text[at:offset]
		if n := bytes.Count(part, []byte("\n")); n > 0 {
			line, column = line+n, 1
			part = part[bytes.LastIndexByte(part, '\n')+1:]
		}
		column += utf8.RuneCount(part)
		at = offset
		found[offset] = position{line, column}
	}
	return found
}
