package compiler

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/templates"
)

// view is what a template sees.
type view struct {
	plan.Plan
	Role    plan.Role
	Options map[string]any
	Etcd    etcdView
	PKI     pkiView
}

// etcdView is plan.Etcd with what only the certificates can tell.
type etcdView struct {
	plan.Etcd
	// Token is --initial-cluster-token: unique to this cluster, and the same on
	// every compile, because it is taken from etcd's own CA.
	Token string
}

// pkiView is plan.PKI with what only the certificates can tell.
type pkiView struct {
	plan.PKI
	// NotBefore is when the cluster CA begins to be valid, in seconds since
	// 1970: no machine's clock can honestly be behind it.
	NotBefore int64
	// SigningKey says whether the cluster CA's key is at hand, so that nodes'
	// requests can be signed.
	SigningKey bool
}

// source is one tree of a layer: under templates/, or the provider's own.
func (c *compilation) source(dir, kind string) (map[string]string, error) {
	if own, ok := strings.CutPrefix(dir, "provider/"); ok {
		return templates.TreeOf(c.provider.Layers(), own, kind)
	}
	return templates.Tree(dir, kind)
}

// layer renders one layer for one role.
func (c *compilation) layer(l plan.Layer, role plan.Role) (machine.Machine, error) {
	v := view{Plan: c.plan, Role: role, Options: l.Options, Etcd: c.etcd, PKI: c.pki}
	var m machine.Machine
	for _, kind := range []string{"machine", role.Kind()} {
		tree, err := c.source(l.Dir, kind)
		if err != nil {
			return m, err
		}
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			text, err := c.execute(l.Dir+"/"+kind+name, tree[name], v)
			if err != nil {
				return m, err
			}
			place(&m, name, text)
		}
	}
	return m, nil
}

// execute renders one template. Parsed templates are kept: each is used once
// per role, by several roles at a time.
func (c *compilation) execute(name, text string, v view) (string, error) {
	parse, _ := c.parsed.LoadOrStore(name, sync.OnceValues(func() (*template.Template, error) {
		return template.New(name).Option("missingkey=error").Funcs(template.FuncMap{
			"image": c.image,
			"join":  join,
			"json":  toJSON,
		}).Parse(text)
	}))
	t, err := parse.(func() (*template.Template, error))()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, v)
	return b.String(), err
}

// image is the reference of an image by its short name.
func (c *compilation) image(name string) (string, error) {
	img, ok := c.plan.Images[name]
	if !ok {
		return "", fmt.Errorf("no image is called %q", name)
	}
	return img.Reference, nil
}

// join writes the elements of any list with sep between them.
func join(sep string, list any) (string, error) {
	switch list := list.(type) {
	case []string:
		return strings.Join(list, sep), nil
	case []any:
		parts := make([]string, len(list))
		for i, v := range list {
			parts[i] = fmt.Sprint(v)
		}
		return strings.Join(parts, sep), nil
	}
	return "", fmt.Errorf("join takes a list, not %T", list)
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// place puts one rendered file where it belongs on a machine: a unit, a drop-in
// or a plain file. One that rendered to nothing is left out.
func place(m *machine.Machine, name, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	dir, base := path.Split(name)
	unit, inUnits := strings.CutPrefix(dir, "/etc/systemd/system/")
	switch {
	case inUnits && unit == "":
		m.Units = append(m.Units, machine.Unit{
			Name:    base,
			Content: text,
			Enabled: strings.Contains(text, "\n[Install]\n"),
		})
	case inUnits:
		m.Units = append(m.Units, machine.Unit{
			Name:    strings.TrimSuffix(unit, ".d/"),
			DropIns: []machine.DropIn{{Name: base, Content: text}},
		})
	default:
		m.Files = append(m.Files, machine.File{Path: name, Mode: mode(name), Content: []byte(text), Commented: true})
	}
}

// mode follows from where a file is: what static pods and the add-on manager
// read may hold secrets, and what is in a bin directory is run.
func mode(name string) fs.FileMode {
	switch {
	case strings.Contains(name, "/bin/"):
		return 0o755
	case strings.HasPrefix(name, "/etc/kubernetes/manifests/"), strings.HasPrefix(name, "/etc/kubernetes/addons/"):
		return 0o600
	}
	return 0o644
}
