package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// key reads an object's key and keeps one copy of each.
func (r *jsonReader) key() string {
	raw, plain := r.rawString()
	if !plain {
		return r.unquote(raw)
	}
	text := raw[1 : len(raw)-1]
	if k, ok := r.keys[string(text)]; ok {
		return k
	}
	k := string(text)
	r.keys[k] = k
	return k
}

func (r *jsonReader) str() string {
	raw, plain := r.rawString()
	if plain {
		return string(raw[1 : len(raw)-1])
	}
	return r.unquote(raw)
}

// rawString reads a string with its quotes; plain says that it has no escapes.
// After an error it is nil.
func (r *jsonReader) rawString() (raw []byte, plain bool) {
	start := r.pos
	plain = true
	for i := start + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.pos = i + 1
			return r.text[start:r.pos], plain
		case c == '\\':
			plain = false
			i++
		case c == '\n' || c == '\r':
			r.fail(start, codeJSONSyntax, "found a line break within a string", `close the string with ", or write the line break as \n`)
			return nil, false
		case c < ' ':
			r.fail(i, codeJSONSyntax, fmt.Sprintf("found the control character %#02x within a string", c), `write a tab as \t`)
			return nil, false
		}
	}
	r.fail(start, codeJSONSyntax, `the text ends within a string`, `close the string with "`)
	return nil, false
}

func (r *jsonReader) unquote(raw []byte) string {
	if r.failed {
		return ""
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		r.fail(r.pos-len(raw), codeJSONSyntax, "found a string with an escape that JSON does not have",
			`allowed are \" \\ \/ \b \f \n \r \t \uXXXX; write a backslash as \\`)
	}
	return s
}

func (r *jsonReader) number() any {
	word := r.word()
	if !json.Valid([]byte(word)) {
		r.fail(r.pos, codeJSONSyntax, fmt.Sprintf("found %s, which is no number", clip(word)), "write texts in double quotes, and numbers without leading zeros")
		return nil
	}
	v, ok := parseNumber(word)
	if !ok {
		r.fail(r.pos, codeJSONSyntax, fmt.Sprintf("found %s, which is too large a number", clip(word)), "")
		return nil
	}
	r.pos += len(word)
	return v
}

// parseNumber reads a number in JSON's form: int64 where it is whole.
func parseNumber(word string) (any, bool) {
	if i, err := strconv.ParseInt(word, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return nil, false
	}
	return wholeNumber(f), true
}

// wholeNumber is a float64 as an int64 where that loses nothing.
func wholeNumber(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return f
}

// word is what stands up to the next white space or punctuation.
func (r *jsonReader) word() string {
	end := r.pos
	for end < len(r.text) && !strings.ContainsRune(" \t\r\n,:{}[]\"'/#", rune(r.text[end])) {
		end++
	}
	return string(r.text[r.pos:end])
}
