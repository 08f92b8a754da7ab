package cloudinit

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/shell"
)

// document is what Decode reads: the head, the files and the name.
type document struct {
	Users            []yaml.Node `yaml:"users"`
	BootCmd          []string    `yaml:"bootcmd"`
	RunCmd           []string    `yaml:"runcmd"`
	WriteFiles       []entry     `yaml:"write_files"`
	Hostname         *string     `yaml:"hostname"`
	PreserveHostname bool        `yaml:"preserve_hostname"`
	PreferFQDN       bool        `yaml:"prefer_fqdn_over_hostname"`
}

type entry struct {
	Path        string `yaml:"path"`
	Permissions string `yaml:"permissions"`
	Encoding    string `yaml:"encoding"`
	Content     string `yaml:"content"`
}

// Decode is the machine that a payload of this package makes. What this
// package never writes is an error.
func Decode(payload []byte) (machine.Machine, error) {
	if gzip.Is(payload) {
		var err error
		if payload, err = gzip.Expand(payload); err != nil {
			return machine.Machine{}, err
		}
	}
	if !bytes.HasPrefix(payload, []byte(firstLine)) {
		return machine.Machine{}, errors.New("the first line is not " + strings.TrimSpace(firstLine))
	}
	var doc document
	d := yaml.NewDecoder(bytes.NewReader(payload))
	d.KnownFields(true)
	if err := d.Decode(&doc); err != nil && len(bytes.TrimSpace(payload[len(firstLine):])) > 0 {
		return machine.Machine{}, err
	}
	b := builder{units: map[string]*machine.Unit{}, owners: map[string]int{}}
	for _, step := range []func(document) error{b.files, b.users, b.commands} {
		if err := step(doc); err != nil {
			return machine.Machine{}, err
		}
	}
	return b.machine()
}

// builder collects a machine from the places where its parts are.
type builder struct {
	m      machine.Machine
	units  map[string]*machine.Unit
	owners map[string]int // by path
}

func (b *builder) machine() (machine.Machine, error) {
	for i, f := range b.m.Files {
		b.m.Files[i].Owner = b.owners[f.Path]
		delete(b.owners, f.Path)
	}
	if len(b.owners) > 0 {
		return machine.Machine{}, errors.New("runcmd: chown of a file that is not written")
	}
	for _, u := range b.units { // Merge sorts
		b.m.Units = append(b.m.Units, *u)
	}
	return machine.Merge(b.m)
}

func (b *builder) unit(name string) *machine.Unit {
	if b.units[name] == nil {
		b.units[name] = &machine.Unit{Name: name}
	}
	return b.units[name]
}

func (b *builder) files(doc document) error {
	for _, e := range doc.WriteFiles {
		f := machine.File{Path: e.Path, Mode: defaultMode, Content: []byte(e.Content)}
		var err error
		switch e.Encoding {
		case "":
		case "b64":
			if f.Content, err = base64.StdEncoding.DecodeString(e.Content); err != nil {
				return fmt.Errorf("%s: %w", e.Path, err)
			}
		default:
			return fmt.Errorf("%s: unknown encoding %q", e.Path, e.Encoding)
		}
		if e.Permissions != "" {
			if f.Mode, err = parseMode(e.Permissions); err != nil {
				return fmt.Errorf("%s: %w", e.Path, err)
			}
		}
		name, dropIn := machine.UnitPath(e.Path)
		switch {
		case name == "":
			b.m.Files = append(b.m.Files, f)
		case dropIn == "":
			b.unit(name).Content = string(f.Content)
		default:
			u := b.unit(name)
			u.DropIns = append(u.DropIns, machine.DropIn{Name: dropIn, Content: string(f.Content)})
		}
	}
	if doc.Hostname != nil {
		b.m.Files = append(b.m.Files, machine.File{Path: hostname, Mode: defaultMode, Content: []byte(*doc.Hostname + "\n")})
	}
	return nil
}

func (b *builder) users(doc document) error {
	for _, n := range doc.Users {
		if n.Kind == yaml.ScalarNode && n.Value == "default" {
			continue
		}
		var u user
		if err := n.Decode(&u); err != nil {
			return err
		}
		b.m.Users = append(b.m.Users,
			machine.User{Name: u.Name, SSHAuthorizedKeys: u.Keys, Groups: u.Groups, PasswordHash: u.PasswordHash})
	}
	return nil
}

func (b *builder) commands(doc document) error {
	for _, line := range doc.BootCmd {
		if line != startOver {
			return fmt.Errorf("bootcmd %q: not a command of ours", line)
		}
	}
	for _, line := range doc.RunCmd {
		if line == onDisk {
			continue
		}
		if err := b.command(line); err != nil {
			return fmt.Errorf("runcmd %q: %w", line, err)
		}
	}
	return nil
}

func (b *builder) command(line string) error {
	before, after, _ := strings.Cut(enableDo, "%s")
	if rest, ok := strings.CutPrefix(line, before); ok {
		names, err := shell.Split(strings.TrimSuffix(rest, after))
		for _, n := range names {
			b.unit(n).Enabled = true
		}
		return err
	}
	words, err := shell.Split(line)
	if err != nil || len(words) < 2 {
		return errors.New("not a command of ours")
	}
	switch {
	case words[0] == "install" && len(words) == 9:
		mode, err := parseMode(words[3])
		if err != nil {
			return err
		}
		id, err := strconv.Atoi(words[5])
		b.m.Directories = append(b.m.Directories, machine.Directory{Path: words[8], Mode: mode, Owner: id})
		return err
	case words[0] == "chown":
		owner, _, _ := strings.Cut(words[1], ":")
		id, err := strconv.Atoi(owner)
		for _, p := range words[2:] {
			b.owners[p] = id
		}
		return err
	case words[0] == "systemctl" && words[1] == "mask" && len(words) > 4:
		for _, n := range words[4:] {
			b.unit(n).Masked = true
		}
		return nil
	case words[0] == "usermod" && words[1] == "-U",
		words[0] == "systemctl" && (words[1] == "daemon-reload" || words[1] == "try-restart"):
		return nil
	}
	return errors.New("not a command of ours")
}

func parseMode(s string) (fs.FileMode, error) {
	m, err := strconv.ParseUint(s, 8, 12)
	return fs.FileMode(m), err
}
