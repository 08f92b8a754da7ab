// Package compiler turns one cluster config into everything that its machines
// need to become a cluster by themselves.
//
// INPUTS: the bytes of a config, the files it names, existing key material, the time.
// OUTPUTS: Output, which Write puts on disk in one step.
package compiler

import (
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/kube-anywhere/kube-anywhere/certs"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/ignition"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/providers"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// Input is everything that a compile depends on; nothing else influences it
// but the randomness in new keys.
type Input struct {
	Config []byte // JSON or YAML
	Name   string // what diagnostics call the config: "cluster.json"
	// Files is where file names in the config are looked up; nil means that the
	// config cannot name files (standard input).
	Files fs.FS
	// PKI is the content of an existing pki/ directory by slash-separated
	// relative path; what is missing is made.
	PKI map[string][]byte
	Now time.Time
}

// Output is a whole compiled cluster.
type Output struct {
	Cluster schema.Cluster
	Plan    plan.Plan
	Files   []File            // the output tree, sorted by path
	NewPKI  map[string][]byte // what a caller must add to pki/, by relative path
	Report  Report

	compilation *compilation
	payloads    []rolePayload
	built       []plan.Payload
}

// Certificates lists the cluster's certificates and keys, new ones included.
func (o *Output) Certificates() []certs.Info { return o.compilation.bundle.List() }

// Has says whether the output has a file.
func (o *Output) Has(name string) bool {
	return slices.ContainsFunc(o.Files, func(f File) bool { return f.Path == name })
}

// File is one file of the output tree. Chunks are its content in order; files
// that share content share the chunk.
type File struct {
	Path   string // slash-separated, relative
	Mode   fs.FileMode
	Chunks [][]byte
}

// compilation is one run of Compile: what its stages hand on to each other.
type compilation struct {
	plan     plan.Plan
	provider providers.Provider
	specs    []certs.Spec
	bundle   *certs.Bundle
	etcd     etcdView
	pki      pkiView
	parsed   sync.Map                    // of templates by name: func() (*template.Template, error)
	machines map[string]machine.Machine  // by role, readable
	snippets map[string][]ignition.Extra // by role
}

// Compile makes a cluster's output. With an error among the diagnostics the
// output is nil. New keys are all that differs between two runs on one Input.
func Compile(in Input) (*Output, []schema.Diagnostic) {
	cluster, p, diags := resolve(in)
	if schema.HasErrors(diags) {
		return nil, diags
	}
	bundle, problems := issue(in, cluster, p)
	diags = append(diags, problems...)
	if schema.HasErrors(diags) {
		return nil, diags
	}
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

// Validate checks a config as Compile does, without making keys or payloads.
func Validate(in Input) []schema.Diagnostic {
	cluster, p, diags := resolve(in)
	if schema.HasErrors(diags) {
		return diags
	}
	bundle := certs.Fake(names(p))
	c := newCompilation(cluster, p, bundle)
	return append(diags, c.render()...)
}

// resolve reads the config and decides what it leaves open.
func resolve(in Input) (schema.Cluster, plan.Plan, []schema.Diagnostic) {
	cluster, diags := schema.Parse(in.Config, in.Name, Catalog())
	if schema.HasErrors(diags) {
		return cluster, plan.Plan{}, diags
	}
	p, problems := plan.Resolve(cluster, facts(in.Files, cluster))
	if !schema.HasErrors(problems) {
		problems = append(problems, providers.Chosen(cluster.Provider).Check(p)...)
	}
	return cluster, p, append(diags, schema.Locate(in.Config, in.Name, problems)...)
}

func newCompilation(cluster schema.Cluster, p plan.Plan, bundle *certs.Bundle) *compilation {
	return &compilation{
		plan:     p,
		provider: providers.Chosen(cluster.Provider),
		specs:    certs.Cluster(names(p)),
		bundle:   bundle,
		etcd:     etcdView{Etcd: p.Etcd, Token: clusterToken(p, bundle)},
		pki: pkiView{
			PKI:        p.PKI,
			NotBefore:  caNotBefore(bundle),
			SigningKey: bundle.Key("ca") != nil,
		},
		machines: map[string]machine.Machine{},
		snippets: map[string][]ignition.Extra{},
	}
}

// issue makes the certificates that are missing, after putting the user's own
// CAs among the existing ones.
func issue(in Input, cluster schema.Cluster, p plan.Plan) (*certs.Bundle, []schema.Diagnostic) {
	existing, diags := authorities(in, cluster)
	if schema.HasErrors(diags) {
		return nil, diags
	}
	bundle, problems := certs.Issue(names(p), existing, in.Now)
	for _, problem := range problems {
		d := schema.Diagnostic{
			Severity: schema.Error, Code: "pki", File: path.Join("pki", problem.File),
			Message: problem.Message, Hint: problem.Hint,
		}
		if problem.Warning {
			d.Severity = schema.Warning
		}
		diags = append(diags, d)
	}
	return bundle, diags
}

// render builds every role's machine out of templates and secrets.
func (c *compilation) render() []schema.Diagnostic {
	rendered := make([]struct {
		machine machine.Machine
		err     error
	}, len(c.plan.Roles))
	inParallel(indices(rendered), func(i int) {
		rendered[i].machine, rendered[i].err = c.role(c.plan.Roles[i])
	})
	var diags []schema.Diagnostic
	for i, role := range c.plan.Roles {
		if err := rendered[i].err; err != nil {
			diags = append(diags, schema.Diagnostic{Severity: schema.Error, Code: "machine", Message: err.Error()})
		}
		c.machines[role.Name] = rendered[i].machine
		diags = append(diags, c.translate(role)...)
	}
	return diags
}
