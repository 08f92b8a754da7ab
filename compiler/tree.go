package compiler

import (
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/certs"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// tree lays out the whole output.
func (o *Output) tree() []schema.Diagnostic {
	for _, step := range []func() error{
		o.addKubeconfigs, o.addMachines, o.addPayloads, o.addAddons, o.addArtifacts, o.addSummaries,
	} {
		if err := step(); err != nil {
			return []schema.Diagnostic{{Severity: schema.Error, Code: "output", Message: err.Error()}}
		}
	}
	slices.SortFunc(o.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

func (o *Output) add(name string, mode fs.FileMode, chunks ...[]byte) {
	o.Files = append(o.Files, File{Path: name, Mode: mode, Chunks: chunks})
}

// addSummaries adds what a person reads first.
func (o *Output) addSummaries() error {
	resolved, err := o.Cluster.JSON()
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if o.Cluster.HasSecrets() {
		mode = 0o600
	}
	report, err := json.MarshalIndent(o.Report, "", "  ")
	if err != nil {
		return err
	}
	readme, err := o.readme()
	if err != nil {
		return err
	}
	o.add("cluster.resolved.json", mode, resolved)
	o.add("report.json", 0o644, append(report, '\n'))
	o.add("pki.txt", 0o644, pkiText(o.compilation.bundle.List()))
	o.add("README.md", 0o644, readme)
	o.add(".gitignore", 0o644, []byte("# Everything here can be made again, and much of it is secret.\n*\n"))
	return nil
}

// addKubeconfigs adds the two that stay with the user. They reach the API by
// the endpoint, and check the certificate against a name that is always in it:
// a public address that only the cloud knows need not be.
func (o *Output) addKubeconfigs() error {
	bundle := o.compilation.bundle
	for _, k := range []struct{ file, user string }{
		{"kubeconfig", "admin"}, {"kubeconfig.break-glass", "super-admin"},
	} {
		o.add(k.file, 0o600, certs.Kubeconfig{
			Cluster:       o.Plan.Name,
			Server:        o.Plan.Endpoint.URL(),
			TLSServerName: "kubernetes",
			CAData:        bundle.Certificate("ca"),
			CertData:      bundle.Certificate(k.user),
			KeyData:       bundle.Key(k.user),
		}.YAML())
	}
	return nil
}

// addMachines adds the readable tree of every role, and of machines that are
// known one by one what they have beyond it.
func (o *Output) addMachines() error {
	for _, role := range o.Plan.Roles {
		m := o.compilation.machines[role.Name]
		o.addTree("machines/"+role.Name, m)
		summary, err := json.MarshalIndent(summarize(m), "", "  ")
		if err != nil {
			return err
		}
		o.add("machines/"+role.Name+"/machine.json", 0o644, append(summary, '\n'))
		for _, known := range role.Machines {
			o.addTree("machines/"+known.Name, own(known))
		}
	}
	return nil
}

func (o *Output) addTree(dir string, m machine.Machine) {
	for _, f := range m.Files {
		o.add(path.Join(dir, f.Path), f.Mode, f.Content)
	}
	for _, u := range m.Units {
		name := path.Join(dir, "etc/systemd/system", u.Name)
		if u.Content != "" {
			o.add(name, 0o644, []byte(u.Content))
		}
		for _, d := range u.DropIns {
			o.add(path.Join(name+".d", d.Name), 0o644, []byte(d.Content))
		}
	}
}

// summary is machine.json: what a tree of files cannot show.
type summary struct {
	Enabled     []string          `json:"enabled"`
	Masked      []string          `json:"masked,omitempty"`
	Owners      map[string]int    `json:"owners,omitempty"` // of what is not root's
	Directories map[string]string `json:"directories,omitempty"`
	Users       []login           `json:"users,omitempty"`
	KernelArgs  []string          `json:"kernelArgs,omitempty"`
}

// login is a user without the hash of the password.
type login struct {
	Name              string   `json:"name"`
	SSHAuthorizedKeys []string `json:"sshAuthorizedKeys,omitempty"`
	Groups            []string `json:"groups,omitempty"`
	HasPassword       bool     `json:"hasPassword,omitempty"`
}

func summarize(m machine.Machine) summary {
	s := summary{KernelArgs: m.KernelArgs, Owners: map[string]int{}, Directories: map[string]string{}}
	for _, u := range m.Users {
		s.Users = append(s.Users, login{u.Name, u.SSHAuthorizedKeys, u.Groups, u.PasswordHash != ""})
	}
	for _, u := range m.Units {
		if u.Enabled {
			s.Enabled = append(s.Enabled, u.Name)
		}
		if u.Masked {
			s.Masked = append(s.Masked, u.Name)
		}
	}
	for _, f := range m.Files {
		if f.Owner != 0 {
			s.Owners[f.Path] = f.Owner
		}
	}
	for _, d := range m.Directories {
		s.Directories[d.Path] = d.Mode.String()
		if d.Owner != 0 {
			s.Owners[d.Path] = d.Owner
		}
	}
	return s
}

func (o *Output) addPayloads() error {
	for _, p := range o.payloads {
		if len(p.role.Machines) == 0 {
			if err := o.addPayload(p, p.role.Name, machine.Machine{}); err != nil {
				return err
			}
		}
		for _, known := range p.role.Machines {
			if err := o.addPayload(p, known.Name, own(known)); err != nil {
				return err
			}
		}
	}
	return nil
}

// addPayload adds what one machine or pool boots with.
func (o *Output) addPayload(p rolePayload, name string, own machine.Machine) error {
	chunks, err := p.encode(own)
	if err != nil {
		return err
	}
	b := plan.Payload{Role: p.role, Name: name, File: payloadFile(name, p.format)}
	if p.fetch != nil {
		content := slices.Concat(chunks...)
		userdata, object := p.object(name, content)
		b.ObjectName, b.Object = object, "objects/"+object
		o.add(b.Object, 0o600, content)
		chunks = [][]byte{userdata}
	}
	o.add(b.File, 0o600, chunks...)
	b.Chunks, b.Text = chunks, p.variant.name != "gzip"
	o.built = append(o.built, b)
	return nil
}

// addArtifacts adds the infrastructure that boots the payloads.
func (o *Output) addArtifacts() error {
	files, err := o.compilation.provider.Artifacts(o.Plan, o.built, o.compilation.provider.Store(o.Plan, o.compilation.etcd.Token))
	for _, f := range files {
		o.add(f.Path, fs.FileMode(f.Mode), f.Content)
	}
	return err
}

// addAddons adds what the add-on manager applies, ready for kubectl.
func (o *Output) addAddons() error {
	first := o.Plan.Roles[slices.IndexFunc(o.Plan.Roles, func(r plan.Role) bool { return r.ControlPlane })]
	for _, f := range o.compilation.machines[first.Name].Files {
		if name, ok := strings.CutPrefix(f.Path, "/etc/kubernetes/addons/"); ok {
			o.add("addons/"+name, f.Mode, f.Content)
		}
	}
	return nil
}
