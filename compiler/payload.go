package compiler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/cloudinit"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/script"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
)

// format is one way to hand a machine to a platform.
type format struct {
	name, extension string
	// prepare encodes what a role's machines share, in every variant that the
	// format has, the most readable first.
	prepare func(machine.Machine, []ignition.Extra) ([]variant, error)
}

// variant is one encoding of a format; encode adds what one machine has of its
// own.
type variant struct {
	name   string
	encode func(own machine.Machine) ([][]byte, error)
}

// formats in the order in which messages name them.
var formats = []format{
	{"ignition", "ign", func(m machine.Machine, snippets []ignition.Extra) ([]variant, error) {
		s, err := ignition.Prepare(m, snippets...)
		name := "plain"
		if s.Extracts() {
			name = "self-extracting"
		}
		tight := sync.OnceValue(s.Tight)
		return []variant{
			{name, s.Payload},
			{name, func(own machine.Machine) ([][]byte, error) { return tight().Payload(own) }},
		}, err
	}},
	{"cloud-init", "cloud-init", func(m machine.Machine, _ []ignition.Extra) ([]variant, error) {
		s, err := cloudinit.Prepare(m)
		tight := sync.OnceValue(s.Tight)
		return []variant{
			{"plain", s.Plain},
			{"gzip", s.Gzip},
			{"gzip", func(own machine.Machine) ([][]byte, error) { return tight().Gzip(own) }},
		}, err
	}},
	{"script", "sh", func(m machine.Machine, _ []ignition.Extra) ([]variant, error) {
		s, err := script.Prepare(m)
		return []variant{{"plain", s.Payload}}, err
	}},
}

// formatOf finds a format by name; "auto" and "" are what the OS boots with.
func formatOf(name string, role plan.Role) (format, error) {
	if name == "auto" || name == "" {
		name = role.OS.Facts.Format
	}
	for _, f := range formats {
		if f.name == name {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("no format is called %q: expected ignition, cloud-init or script", name)
}

// payload is a role in one format and in the variant that was chosen.
type payload struct {
	format format
	variant
	index int // of the variant, in the order of the format
	bytes int // of the largest machine's user-data
	// Of a payload that is a private object: its size, the user-data that makes a
	// machine fetch it, and what the payload would be at the smallest.
	objectBytes, smallest int
	fetch                 func(name string, content []byte) []byte
}

// encode is inline, or a private object where that is too large and there can be
// one.
func (c *compilation) encode(role plan.Role, f format) (payload, error) {
	p, err := c.inline(role, f)
	limit := c.plan.Provider.InlineLimit()
	if err != nil || limit == 0 || p.bytes <= limit || !c.plan.Provider.HasStore {
		return p, err
	}
	return c.store(role, p)
}

// inline takes the first variant that is within the limit, or else
// the last one, which is the smallest.
func (c *compilation) inline(role plan.Role, f format) (payload, error) {
	p := payload{format: f}
	variants, err := f.prepare(c.machines[role.Name].Wire(), c.snippets[role.Name])
	if err != nil {
		return p, fmt.Errorf("%s as %s: %w", role.Name, f.name, err)
	}
	limit := c.plan.Provider.InlineLimit()
	_, most := largest(role)
	for p.index, p.variant = range variants {
		chunks, err := p.encode(most)
		if err != nil {
			return p, fmt.Errorf("%s as %s: %w", role.Name, f.name, err)
		}
		p.bytes = size(chunks)
		if limit == 0 || p.bytes <= limit {
			return p, nil
		}
	}
	return p, nil
}

// largest is the name of the machine with the most to say, and what it has of
// its own: the role's name and nothing, unless its machines are known.
func largest(role plan.Role) (string, machine.Machine) {
	if len(role.Machines) == 0 {
		return role.Name, machine.Machine{}
	}
	m := slices.MaxFunc(role.Machines, func(a, b plan.Machine) int {
		return cmp.Or(
			cmp.Compare(len(a.Name)+len(plan.NodeIP(a.Addresses)), len(b.Name)+len(plan.NodeIP(b.Addresses))),
			cmp.Compare(b.Name, a.Name),
		)
	})
	return m.Name, own(m)
}

func size(chunks [][]byte) int {
	n := 0
	for _, c := range chunks {
		n += len(c)
	}
	return n
}

// ErrUnknownName says that no machine and no pool has the name asked for.
var ErrUnknownName = errors.New("unknown machine or pool")

// Payload encodes one machine or pool in one format ("" is what its OS boots
// with). An unknown name is an ErrUnknownName that lists the names.
func (o *Output) Payload(name, formatName string) ([]byte, error) {
	p, own, err := o.payload(name, formatName, o.compilation.encode)
	if err != nil {
		return nil, err
	}
	chunks, err := p.encode(own)
	if err != nil || p.fetch == nil {
		return slices.Concat(chunks...), err
	}
	userdata, _ := p.object(name, slices.Concat(chunks...))
	return userdata, nil
}

// payload is that of the role to which a name belongs, and what the machine of
// that name has of its own.
func (o *Output) payload(name, formatName string, encode func(plan.Role, format) (payload, error)) (payload, machine.Machine, error) {
	role, own, err := o.find(name)
	if err != nil {
		return payload{}, own, err
	}
	f, err := formatOf(formatName, role)
	if err != nil {
		return payload{}, own, err
	}
	p, err := encode(role, f)
	return p, own, err
}

// find looks for a role without known machines, or a known machine.
func (o *Output) find(name string) (plan.Role, machine.Machine, error) {
	var names []string
	for _, role := range o.Plan.Roles {
		names = append(names, role.Name)
		if len(role.Machines) == 0 && role.Name == name {
			return role, machine.Machine{}, nil
		}
		for _, m := range role.Machines {
			if m.Name == name {
				return role, own(m), nil
			}
		}
	}
	return plan.Role{}, machine.Machine{}, fmt.Errorf("%w %q: expected one of %q, or one of their machines", ErrUnknownName, name, names)
}
