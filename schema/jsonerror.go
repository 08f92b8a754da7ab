package schema

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// unexpected reports what stands where something else was expected, with
// advice for the mistakes that people make.
func (r *jsonReader) unexpected(wanted, hint string) {
	r.space()
	if r.pos >= len(r.text) {
		r.fail(r.pos, codeJSONSyntax, "the text ends too early, expected "+wanted, "close every { [ and \"")
		return
	}
	rest := string(r.text[r.pos:])
	if strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "/*") || rest[0] == '#' {
		r.fail(r.pos, codeJSONComment, "JSON has no comments",
			`remove the comment, or write the config as YAML, which is accepted too and has comments that begin with "#"`)
		return
	}
	word := r.word()
	first, _ := utf8.DecodeRuneInString(rest)
	found := word
	if word == "" {
		found = string(first)
	}
	found = clip(found)
	if first == '"' {
		found = "a text"
	}
	if advice := jsonAdvice(first, word, wanted); advice != "" {
		hint = advice
	}
	r.fail(r.pos, codeJSONSyntax, fmt.Sprintf("found %s, expected %s", found, wanted), hint)
}

func jsonAdvice(first rune, word, wanted string) string {
	switch {
	case first == '\'':
		return `use double quotes (")`
	case strings.Contains(wanted, `","`):
		return "a comma is missing before this"
	case strings.Contains(wanted, "field name in"):
		return `write field names in double quotes (")`
	case wanted != "a value" || word == "":
		return ""
	}
	switch strings.ToLower(word) {
	case "true", "yes", "on":
		return "write true"
	case "false", "no", "off":
		return "write false"
	case "null", "none", "nil", "nan", "undefined":
		return "leave the field out to get its default"
	}
	return `write texts in double quotes (")`
}

// clip keeps a text that a message quotes short and on one line.
func clip(s string) string {
	const longest = 60
	quoted := fmt.Sprintf("%q", s)
	if utf8.RuneCountInString(quoted) <= longest {
		return quoted
	}
	return string([]rune(quoted)[:longest-3]) + `..."`
}
