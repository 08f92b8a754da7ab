package bindings

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
)

// source is the TypeScript of one resource. It has a class for the resource and
// one for each kind of block, and in a class each attribute begins with a
// comment that says what it is:
//
//	// user_data - computed: true, optional: true, required: false
//
// What a user may set is also in a function (of a resource: a method) that
// writes it down, with the kind and the type of each argument.
type source struct {
	classes map[string]string              // a class's text by its name
	writes  map[string]map[string]argument // arguments by attribute, by the class's name
	// documented are the attributes that a user may set, by the name of the
	// interface.
	documented map[string][]property
}

// property is an attribute as an interface documents it.
type property struct {
	name     string
	required bool
	values   []string // all that it may be, where they are listed
}

// argument is what a user may set, as the bindings write it down.
type argument struct {
	value   string // the expression that writes it
	isBlock bool
	kind    string // simple, list, set, map, struct
	storage string // the type: "string", "numberList", or the name of a class
}

var (
	classHead     = regexp.MustCompile(`(?m)^export class (\w+) extends cdkt[fn]\.(\w+) \{$`)
	interfaceHead = regexp.MustCompile(`(?m)^export interface (\w+)[^{]*\{$`)
	functionHead  = regexp.MustCompile(`(?m)^export function (\w+)ToHclTerraform\(`)
	flags         = regexp.MustCompile(`(?m)^  // ([\w-]+) - computed: (true|false), optional: (true|false), required: (true|false)$`)
	written       = regexp.MustCompile(`(?m)^\s+"?([\w-]+)"?: \{\n\s+value: (.*),\n\s+isBlock: (true|false),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)",\n\s+\},`)
	resourceType  = regexp.MustCompile(`tfResourceType = "(\w+)"`)
	readonly      = regexp.MustCompile(`(?s)/\*\*(.*?)\*/\s+readonly \w+(\??):`)
	link          = regexp.MustCompile(`\{@link \S+#([\w-]+) `)
	possible      = regexp.MustCompile(`Possible values: ?(\["[^\]]*"\])`)
)

// parse finds the resource's class and turns it into a block.
func parse(typescript, name string) (*schemas.Block, error) {
	s := source{classes: map[string]string{}, writes: map[string]map[string]argument{}, documented: map[string][]property{}}
	root := ""
	for _, at := range classHead.FindAllStringSubmatchIndex(typescript, -1) {
		class, base := typescript[at[2]:at[3]], typescript[at[4]:at[5]]
		text := body(typescript[at[0]:])
		s.classes[class] = text
		if !strings.HasPrefix(base, "Terraform") {
			continue
		}
		root = class
		s.writes[class] = arguments(text)
		if is := resourceType.FindStringSubmatch(text); is == nil || is[1] != name {
			return nil, fmt.Errorf("the class %s is of %q", class, is)
		}
	}
	if root == "" {
		return nil, fmt.Errorf("no class of a resource, data source or provider")
	}
	for _, at := range functionHead.FindAllStringSubmatchIndex(typescript, -1) {
		s.writes[blockClass(typescript[at[2]:at[3]])] = arguments(body(typescript[at[0]:]))
	}
	for _, at := range interfaceHead.FindAllStringSubmatchIndex(typescript, -1) {
		s.documented[typescript[at[2]:at[3]]] = properties(body(typescript[at[0]:]))
	}
	return s.block(root, root+"Config")
}

// body is the text up to the brace in the first column that closes it.
func body(text string) string {
	inside, _, _ := strings.Cut(text, "\n}")
	return inside
}

// blockClass is the class of the blocks that a function writes down.
func blockClass(function string) string {
	return strings.ToUpper(function[:1]) + function[1:] + "OutputReference"
}

func arguments(text string) map[string]argument {
	out := map[string]argument{}
	for _, m := range written.FindAllStringSubmatch(text, -1) {
		out[m[1]] = argument{value: m[2], isBlock: m[3] == "true", kind: m[4], storage: m[5]}
	}
	return out
}

// properties reads an interface. Of the values that its comments list only a
// list in JSON's form is whole; others are prose.
func properties(text string) []property {
	var out []property
	for _, m := range readonly.FindAllStringSubmatch(text, -1) {
		name := link.FindStringSubmatch(m[1])
		if name == nil {
			continue
		}
		p := property{name: name[1], required: m[2] == ""}
		if list := possible.FindStringSubmatch(m[1]); list != nil && json.Unmarshal([]byte(list[1]), &p.values) != nil {
			p.values = nil
		}
		out = append(out, p)
	}
	return out
}
