package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// outOfBounds explains the keywords about how large, long or many a value is.
func (e *explainer) outOfBounds(v violation, k jsonschema.ErrorKind) {
	found := "found " + describe(v.value) + ", expected "
	switch k := k.(type) {
	case *kind.Minimum:
		e.add(v, codeRange, found+"at least "+rational(k.Want), "")
	case *kind.Maximum:
		e.add(v, codeRange, found+"at most "+rational(k.Want), "")
	case *kind.ExclusiveMinimum:
		e.add(v, codeRange, found+"more than "+rational(k.Want), "")
	case *kind.ExclusiveMaximum:
		e.add(v, codeRange, found+"less than "+rational(k.Want), "")
	case *kind.MultipleOf:
		e.add(v, codeRange, found+"a multiple of "+rational(k.Want), "")
	case *kind.Pattern:
		wanted, ok := v.schema["patternErrorMessage"].(string)
		if !ok {
			wanted = "a text of the form " + k.Want
		}
		e.add(v, codePattern, found+wanted, "")
	case *kind.MinLength:
		e.add(v, codeLength, fmt.Sprintf("found %d characters, expected at least %d", k.Got, k.Want), "")
	case *kind.MaxLength:
		e.add(v, codeLength, fmt.Sprintf("found %d characters, expected at most %d", k.Got, k.Want), "")
	case *kind.MinItems:
		e.add(v, codeLength, fmt.Sprintf("found %d items, expected at least %d", k.Got, k.Want), "")
	case *kind.MaxItems:
		e.add(v, codeLength, fmt.Sprintf("found %d items, expected at most %d", k.Got, k.Want), "")
	case *kind.MinProperties:
		e.add(v, codeLength, fmt.Sprintf("found %d fields, expected at least %d", k.Got, k.Want), e.fieldsHere(v))
	case *kind.MaxProperties:
		e.add(v, codeLength, fmt.Sprintf("found %d fields, expected at most %d", k.Got, k.Want), e.fieldsHere(v))
	case *kind.UniqueItems:
		v.path = append(v.path, max(k.Duplicates[0], k.Duplicates[1]))
		e.add(v, codeLength, fmt.Sprintf("found the same item as at %d", min(k.Duplicates[0], k.Duplicates[1])), "remove one of the two")
	default: // keywords that only an options schema uses
		wanted, _ := v.schema["description"].(string)
		e.add(v, codeSchema, "found "+describe(v.value)+", which is not allowed here", wanted)
	}
}

// fieldsHere lists the fields of an object, as a hint.
func (e *explainer) fieldsHere(v violation) string {
	if known := slices.Sorted(maps.Keys(e.properties(v.schema))); len(known) > 0 {
		return "fields here: " + strings.Join(known, ", ")
	}
	return ""
}

func rational(r *big.Rat) string { return r.RatString() }

// describe names a value and its type.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing (null)"
	case string:
		return clip(v)
	case bool:
		return fmt.Sprint(v)
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return "the number " + show(v)
}

func typeName(jsonType string) string {
	return map[string]string{
		"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
		"object": "an object", "array": "a list", "null": "null",
	}[jsonType]
}

// show is a value as JSON, kept short.
func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const longest = 80
	if s := []rune(string(text)); len(s) > longest {
		return string(s[:longest-3]) + "..."
	}
	return string(text)
}

func quote(s string) string { return `"` + s + `"` }
