package compiler

import (
	"slices"

	"github.com/kube-anywhere/kube-anywhere/certs"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Machines are the machines of an output by role, as the readable tree has
// them, comments included.
func (o *Output) Machines() map[string]machine.Machine { return o.compilation.machines }

// CompileFake is Compile with a bundle whose keys and certificates are fixed
// texts, for goldens.
func CompileFake(in Input) (*Output, []schema.Diagnostic) {
	cluster, p, diags := resolve(in)
	if schema.HasErrors(diags) {
		return nil, diags
	}
	bundle := certs.Fake(names(p))
	c := newCompilation(cluster, p, bundle)
	out := &Output{Cluster: cluster, Plan: p, NewPKI: bundle.New(), compilation: c}
	for _, step := range []func() []schema.Diagnostic{c.render, out.encode, out.tree} {
		diags = append(diags, step()...)
		if schema.HasErrors(diags) {
			return nil, diags
		}
	}
	return out, diags
}

// InlinePayload is Payload for a platform with the same limit and no place for
// private objects.
func (o *Output) InlinePayload(name, formatName string) ([]byte, error) {
	p, own, err := o.payload(name, formatName, o.compilation.inline)
	if err != nil {
		return nil, err
	}
	chunks, err := p.encode(own)
	return slices.Concat(chunks...), err
}
