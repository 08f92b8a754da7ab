package bindings

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/iac/schemas"
)

// member is one attribute or kind of block of a class.
type member struct {
	name                         string
	computed, optional, required bool
	values                       []string // all that it may be, where they are listed
	text                         string   // the code that gets it
	argument                              // zero where only the provider sets it
}

// values are all that an attribute may be, where documentation lists them.
func (s *source) values(documentation, name string) []string {
	for _, p := range s.documented[documentation] {
		if p.name == name {
			return p.values
		}
	}
	return nil
}

// members are a class's. The blocks of a provider have none, as nobody reads
// them: what documents them says which there are.
func (s *source) members(class, documentation string) ([]member, error) {
	var out []member
	text, ok := s.classes[class]
	if !ok && s.documented[documentation] == nil {
		return nil, fmt.Errorf("there is neither a class %s nor an interface %s", class, documentation)
	}
	if !ok {
		for _, p := range s.documented[documentation] {
			out = append(out, member{name: p.name, optional: !p.required, required: p.required, values: p.values, argument: s.writes[class][p.name]})
		}
		return out, nil
	}
	heads := flags.FindAllStringSubmatchIndex(text, -1)
	for i, at := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		name := text[at[2]:at[3]]
		out = append(out, member{
			name:     name,
			computed: text[at[4]:at[5]] == "true",
			optional: text[at[6]:at[7]] == "true",
			required: text[at[8]:at[9]] == "true",
			text:     text[at[1]:end],
			values:   s.values(documentation, name),
			argument: s.writes[class][name],
		})
	}
	return out, nil
}

// block is the block that a class stands for; documentation names it by an
// interface.
func (s *source) block(class, documentation string) (*schemas.Block, error) {
	members, err := s.members(class, documentation)
	if err != nil {
		return nil, err
	}
	b := &schemas.Block{Attributes: map[string]*schemas.Attribute{}, Blocks: map[string]*schemas.Nested{}}
	for _, m := range members {
		if m.isBlock && !m.isAttribute() {
			b.Blocks[m.name], err = s.nested(m)
		} else {
			b.Attributes[m.name], err = s.attribute(m)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return b, nil
}

// isAttribute tells arguments that take an object from blocks: the bindings
// call both blocks, but write them down in different ways.
func (m member) isAttribute() bool {
	return strings.Contains(m.value, "ToHclTerraform, false)") ||
		strings.Contains(m.value, "hashMapperHcl(") ||
		m.kind == "struct" && m.name != "timeouts"
}

// writer is the function that writes down one block or object.
var writer = regexp.MustCompile(`(\w+)ToHclTerraform`)

// inner is the class of a member's blocks or objects, and the interface that
// documents them.
func (m member) inner() (class, documentation string) {
	all := writer.FindAllStringSubmatch(m.value, -1)
	class = blockClass(all[len(all)-1][1])
	return class, strings.TrimSuffix(class, "OutputReference")
}

func (s *source) nested(m member) (*schemas.Nested, error) {
	inner, err := s.block(m.inner())
	if err != nil {
		return nil, err
	}
	n := &schemas.Nested{Nesting: m.kind, Block: inner}
	if m.kind == "struct" {
		n.Nesting = "single"
		return n, nil
	}
	if !strings.Contains(m.value, "listMapperHcl(") {
		n.MaxItems = 1
	}
	if m.required {
		n.MinItems = 1
	}
	return n, nil
}

func (s *source) attribute(m member) (*schemas.Attribute, error) {
	a := &schemas.Attribute{Required: m.required, Optional: m.optional, Computed: m.computed, Values: m.values}
	if m.isBlock {
		inner, err := s.block(m.inner())
		if err != nil {
			return nil, err
		}
		if m.kind == "struct" || !uniform(inner) {
			a.Object = &schemas.Object{Nesting: strings.Replace(m.kind, "struct", "single", 1), Attributes: attributes(inner)}
			return a, nil
		}
	}
	t, err := s.typeOf(m)
	if err != nil {
		return nil, err
	}
	a.Type, err = json.Marshal(t)
	return a, err
}

// uniform says that nothing in an object has a flag of its own: the attribute
// has an object type then, whose parts are all alike.
func uniform(b *schemas.Block) bool {
	for _, a := range b.Attributes {
		if a.Required || a.ReadOnly() {
			return false
		}
	}
	return true
}

// attributes turns what is written like blocks in an object into attributes.
func attributes(b *schemas.Block) map[string]*schemas.Attribute {
	for name, n := range b.Blocks {
		b.Attributes[name] = &schemas.Attribute{
			Object:   &schemas.Object{Nesting: n.Nesting, Attributes: attributes(n.Block)},
			Required: n.MinItems > 0, Optional: n.MinItems == 0,
		}
	}
	return b.Attributes
}
