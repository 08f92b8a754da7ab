package ignition

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"

	"github.com/coreos/ignition/v2/config/util"
	"github.com/coreos/ignition/v2/config/v3_3"
	"github.com/coreos/ignition/v2/config/v3_3/types"
	"github.com/vincent-petithory/dataurl"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
)

// Decode is the machine that a payload makes. A config that says more than a
// machine can hold (disks, links, remote sources) is an error.
func Decode(payload []byte) (machine.Machine, error) {
	cfg, _, err := v3_3.Parse(payload)
	if err != nil {
		return machine.Machine{}, err
	}
	inner := cfg.Ignition.Config
	if source := inner.Replace.Source; !util.NilOrEmpty(source) {
		return decodeReferred(inner.Replace)
	}
	parts := make([]machine.Machine, 0, 2)
	for _, r := range inner.Merge {
		m, err := decodeReferred(r)
		if err != nil {
			return machine.Machine{}, err
		}
		parts = append(parts, m)
	}
	cfg.Ignition.Config = types.IgnitionConfig{}
	m, err := toMachine(cfg)
	if err != nil {
		return machine.Machine{}, err
	}
	return machine.Merge(append(parts, m)...)
}

// decodeReferred decodes a config inside another one. It must not refer to a
// third one: ours never do, and a bomb might.
func decodeReferred(r types.Resource) (machine.Machine, error) {
	raw, err := content(r)
	if err != nil {
		return machine.Machine{}, err
	}
	cfg, _, err := v3_3.Parse(raw)
	if err != nil {
		return machine.Machine{}, err
	}
	return toMachine(cfg)
}

// content is what a resource's data URL holds.
func content(r types.Resource) ([]byte, error) {
	if util.NilOrEmpty(r.Source) {
		return nil, nil
	}
	if len(r.HTTPHeaders) > 0 || r.Verification.Hash != nil {
		return nil, errNotMachine
	}
	u, err := dataurl.DecodeString(*r.Source)
	if err != nil {
		return nil, fmt.Errorf("%.40q: %w", *r.Source, err)
	}
	if !util.NilOrEmpty(r.Compression) {
		return gzip.Expand(u.Data)
	}
	return u.Data, nil
}

// toMachine reads a config back and then checks that it says nothing else, by
// encoding the machine again.
func toMachine(cfg types.Config) (machine.Machine, error) {
	var m machine.Machine
	for _, a := range cfg.KernelArguments.ShouldExist {
		m.KernelArgs = append(m.KernelArgs, string(a))
	}
	for _, u := range cfg.Passwd.Users {
		m.Users = append(m.Users, toUser(u))
	}
	for _, d := range cfg.Storage.Directories {
		m.Directories = append(m.Directories,
			machine.Directory{Path: d.Path, Mode: mode(d.Mode, 0o755), Owner: value(d.User.ID)})
	}
	for _, f := range cfg.Storage.Files {
		body, err := content(f.Contents)
		if err != nil {
			return machine.Machine{}, fmt.Errorf("file %s: %w", f.Path, err)
		}
		m.Files = append(m.Files,
			machine.File{Path: f.Path, Mode: mode(f.Mode, defaultMode), Owner: value(f.User.ID), Content: body})
	}
	for _, u := range cfg.Systemd.Units {
		m.Units = append(m.Units, toUnit(u))
	}
	m, err := machine.Merge(m)
	if err != nil {
		return machine.Machine{}, err
	}
	return m, onlyMachine(cfg, m)
}

func toUser(u types.PasswdUser) machine.User {
	out := machine.User{Name: u.Name, PasswordHash: value(u.PasswordHash)}
	for _, k := range u.SSHAuthorizedKeys {
		out.SSHAuthorizedKeys = append(out.SSHAuthorizedKeys, string(k))
	}
	for _, g := range u.Groups {
		out.Groups = append(out.Groups, string(g))
	}
	return out
}

func toUnit(u types.Unit) machine.Unit {
	out := machine.Unit{Name: u.Name, Content: value(u.Contents), Enabled: value(u.Enabled), Masked: value(u.Mask)}
	for _, d := range u.Dropins {
		out.DropIns = append(out.DropIns, machine.DropIn{Name: d.Name, Content: value(d.Contents)})
	}
	return out
}

// onlyMachine compares the kinds of things in a config with what a machine
// makes of them. Files may stand in another order or be written in another way.
func onlyMachine(cfg types.Config, m machine.Machine) error {
	again, err := translate(m)
	if err != nil {
		return err
	}
	files, dirs := map[string]types.Node{}, map[string]types.Node{}
	for _, f := range again.Storage.Files {
		files[f.Path] = f.Node
	}
	for _, d := range again.Storage.Directories {
		dirs[d.Path] = d.Node
	}
	for _, f := range cfg.Storage.Files {
		if len(f.Append) > 0 || !reflect.DeepEqual(f.Node, files[f.Path]) {
			return fmt.Errorf("file %s: %w", f.Path, errNotMachine)
		}
	}
	for _, d := range cfg.Storage.Directories {
		if !reflect.DeepEqual(d.Node, dirs[d.Path]) {
			return fmt.Errorf("directory %s: %w", d.Path, errNotMachine)
		}
	}
	users := map[string]types.PasswdUser{}
	for _, u := range again.Passwd.Users {
		users[u.Name] = u
	}
	for _, u := range cfg.Passwd.Users {
		if !reflect.DeepEqual(u, users[u.Name]) {
			return fmt.Errorf("user %s: %w", u.Name, errNotMachine)
		}
	}
	for _, c := range []*types.Config{&cfg, &again} {
		c.Storage.Files, c.Storage.Directories, c.KernelArguments.ShouldExist = nil, nil, nil
		c.Passwd.Users, c.Systemd = nil, types.Systemd{}
	}
	if !reflect.DeepEqual(cfg, again) {
		return errors.New("the config " + errNotMachine.Error())
	}
	return nil
}

func mode(m *int, unset fs.FileMode) fs.FileMode {
	if m == nil {
		return unset
	}
	return fs.FileMode(*m)
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
