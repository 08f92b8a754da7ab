package iac

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// plan is what Terraform would make, as "show -json" prints it.
type plan struct {
	Changes []resource        `json:"resource_changes"`
	Outputs map[string]change `json:"output_changes"`
	Config  struct {
		Root struct {
			Resources []declaration
			Modules   map[string]any `json:"module_calls"`
		} `json:"root_module"`
	} `json:"configuration"`
}

// resource is one resource of a plan.
type resource struct {
	Address, Mode, Type, Name string
	Index                     any
	Change                    change
	// Given is what the configuration says of it, by argument.
	Given map[string]any `json:"-"`
}

type change struct {
	Actions []string
	Before  any
	After   any
	Unknown any `json:"after_unknown"`
	Secret  any `json:"after_sensitive"`
}

// declaration is a resource as its configuration has it.
type declaration struct {
	Address, Mode, Type, Name string
	Provisioners              []any
	Expressions               map[string]any
}

// readPlan reads what "show -json" printed.
func readPlan(text []byte) (*plan, error) {
	p := &plan{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, err
	}
	for i, r := range p.Changes {
		for _, d := range p.Config.Root.Resources {
			if d.Mode == r.Mode && d.Type == r.Type && d.Name == r.Name {
				p.Changes[i].Given = d.Expressions
			}
		}
	}
	return p, nil
}

// value is what stands at a path ("root_block_device.0.encrypted"), or nil.
func (r resource) value(path string) any { return at(r.Change.After, path) }

// text is a value as a text. The unknown is "?", and what is not there is empty.
func (r resource) text(path string) string {
	if at(r.Change.Unknown, path) == true {
		return "?"
	}
	switch v := r.value(path).(type) {
	case nil:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

// texts is a value as a list of texts: one text is a list of one.
func (r resource) texts(path string) []string {
	var out []string
	switch v := r.value(path).(type) {
	case nil:
	case []any:
		for _, one := range v {
			out = append(out, fmt.Sprint(one))
		}
	default:
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// number is a value as a number, 0 where there is none.
func (r resource) number(path string) int {
	n, _ := r.value(path).(float64)
	return int(n)
}

// key is the resource's among those that one declaration makes.
func (r resource) key() string { return fmt.Sprint(r.Index) }

// blocks are the paths of the blocks of a kind.
func (r resource) blocks(path string) []string {
	list, _ := r.value(path).([]any)
	var out []string
	for i := range list {
		out = append(out, fmt.Sprintf("%s.%d", path, i))
	}
	return out
}

// made says whether the value, or a part of it, is something that the plan
// makes: a value that nobody knows yet.
func (r resource) made(path string) bool {
	switch v := at(r.Change.Unknown, path).(type) {
	case bool:
		return v
	case []any:
		return slices.Contains(v, any(true))
	}
	return false
}

// at walks into maps by key and into lists by number.
func at(v any, path string) any {
	if path == "" {
		return v
	}
	step, rest, _ := strings.Cut(path, ".")
	switch v := v.(type) {
	case map[string]any:
		return at(v[step], rest)
	case []any:
		var i int
		if _, err := fmt.Sscan(step, &i); err == nil && i < len(v) {
			return at(v[i], rest)
		}
	}
	return nil
}
