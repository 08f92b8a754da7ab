package pxe

import (
	"bytes"
	"embed"
	"encoding/json"
	"net"
	"path"
	"sync"
	"text/template"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/compiler/terraform"
)

//go:embed files
var files embed.FS

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(files, "files/*.tmpl"))
})

// view is what the templates of the boot server's files see.
type view struct {
	Cluster          string
	Base             string
	Network, Netmask string
	options
	Loaders  []loader
	Machines []booted
	Missing  []string // as long as "fetch" has not run
	fetching
}

// Artifacts is what a boot server needs.
func (Provider) Artifacts(p plan.Plan, payloads []plan.Payload, _ plan.Store) ([]plan.File, error) {
	o := decode(p)
	machines, err := boots(p, o, payloads)
	if err != nil {
		return nil, err
	}
	v := view{
		Cluster:  p.Name,
		Base:     o.BaseURL,
		Network:  p.Network.MachineCIDR.Masked().Addr().String(),
		Netmask:  net.IP(net.CIDRMask(p.Network.MachineCIDR.Bits(), 32)).String(),
		options:  o,
		Loaders:  loadersOf(p.Architectures()),
		Machines: machines,
		Missing:  needsOf(p),
		fetching: fetchingOf(p),
	}
	w := &writer{}
	w.web(machines)
	w.matchbox(v)
	w.index(v)
	for _, f := range []struct {
		path string
		mode uint32
	}{
		{"pxe/README.md", 0o644}, {"pxe/dnsmasq.conf", 0o644}, {"pxe/fetch", 0o755}, {"up", 0o755}, {"down", 0o755},
	} {
		w.template(f.path, path.Base(f.path), f.mode, v)
	}
	w.files = append(w.files, terraform.Wait(len(machines)))
	return w.files, w.err
}

// writer collects files, and the first error.
type writer struct {
	files []plan.File
	err   error
}

func (w *writer) add(path string, mode uint32, content []byte) {
	w.files = append(w.files, plan.File{Path: path, Mode: mode, Content: content})
}

// static adds an embedded file as it is.
func (w *writer) static(path, name string) {
	text, err := files.ReadFile("files/" + name)
	if err != nil {
		panic(err) // embedded
	}
	w.add(path, 0o644, text)
}

// template adds what a template makes of data.
func (w *writer) template(path, name string, mode uint32, data any) {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, name+".tmpl", data); err != nil && w.err == nil {
		w.err = err
	}
	w.add(path, mode, b.Bytes())
}

func (w *writer) json(path string, mode uint32, value any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // URLs stay readable
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil && w.err == nil {
		w.err = err
	}
	w.add(path, mode, b.Bytes())
}

// web is what machines see. Scripts are as closed as payloads: they name them.
func (w *writer) web(machines []booted) {
	w.static(WebRoot+"/"+Entry, Entry)
	w.static(WebRoot+"/"+Disk, Disk)
	for _, m := range machines {
		w.template(WebRoot+"/"+m.Script, "machine.ipxe", 0o600, m)
		w.add(WebRoot+"/"+m.PayloadFile, 0o600, m.Payload)
	}
}

// index is the list for "kube-anywhere serve".
func (w *writer) index(v view) {
	i := Index{Cluster: v.Cluster, BaseURL: v.Base, Needs: v.Missing, Machines: []Machine{}}
	for _, m := range v.Machines {
		i.Machines = append(i.Machines, Machine{
			Name: m.Name, MAC: m.MAC, Script: m.Script, Payload: m.PayloadFile, PayloadByIPXE: v.PayloadBy == "ipxe",
		})
	}
	w.json(IndexFile, 0o600, i)
}
