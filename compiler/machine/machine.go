// Package machine models what a machine must be, however that is delivered.
//
// INPUTS: none of ours; a Machine is built by the compiler out of templates and
// certificates.
// OUTPUTS: Machine, which the encoders (ignition, cloudinit, script) turn into
// the bytes a machine boots with, and which is also written as a readable tree.
package machine

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"slices"
)

// Machine is everything that first boot must put in place. The zero value is
// an empty machine. All lists are sorted by their name or path.
type Machine struct {
	Files       []File
	Directories []Directory
	Units       []Unit
	Users       []User
	// KernelArgs must be on the kernel's command line ("a" or "a=b"). Only
	// Ignition and PXE can deliver them.
	KernelArgs []string
}

// File is one regular file. Parent directories are made 0755, owned by root.
type File struct {
	Path string      // absolute and clean
	Mode fs.FileMode // permission bits only
	// Owner is the numeric user and group that own the file; 0 is root.
	Owner   int
	Content []byte
	// Commented says that full-line "#" comments and blank lines are there for
	// readers only, so that they may be left out on the wire. It is false for
	// everything that a user brought.
	Commented bool
}

// Directory is one directory with a mode or an owner of its own.
type Directory struct {
	Path  string
	Mode  fs.FileMode
	Owner int
}

// Unit is one systemd unit.
type Unit struct {
	Name    string // kubelet.service
	Content string // empty when only drop-ins are added to a unit that the OS has
	Enabled bool   // started on every boot, the first included
	Masked  bool
	DropIns []DropIn
}

// DropIn is one file in a unit's .d directory.
type DropIn struct {
	Name    string // 10-name.conf
	Content string
}

// User is one login. The user "core" and the image's default user may be named
// to give them keys.
type User struct {
	Name              string
	SSHAuthorizedKeys []string
	Groups            []string
	// PasswordHash is in crypt(5) form; empty means no password.
	PasswordHash string
}

// Merge puts machines together. Two sources that claim one path, unit,
// drop-in or user are an error that names it; drop-ins of one unit from
// several sources are joined.
func Merge(parts ...Machine) (Machine, error) {
	var m Machine
	for _, p := range parts {
		m.Files = append(m.Files, p.Files...)
		m.Directories = append(m.Directories, p.Directories...)
		m.Units = append(m.Units, p.Units...)
		m.Users = append(m.Users, p.Users...)
		m.KernelArgs = append(m.KernelArgs, p.KernelArgs...)
	}
	return m.normal()
}

// normal sorts every list and refuses duplicates.
func (m Machine) normal() (Machine, error) {
	slices.SortFunc(m.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(m.Directories, func(a, b Directory) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(m.Users, func(a, b User) int { return cmp.Compare(a.Name, b.Name) })
	slices.Sort(m.KernelArgs)
	m.KernelArgs = slices.Compact(m.KernelArgs)

	var err error
	if m.Units, err = mergeUnits(m.Units); err != nil {
		return Machine{}, err
	}
	if d, ok := duplicate(m.Files, func(f File) string { return f.Path }); ok {
		return Machine{}, fmt.Errorf("two sources claim the file %s", d)
	}
	if d, ok := duplicate(m.Directories, func(d Directory) string { return d.Path }); ok {
		return Machine{}, fmt.Errorf("two sources claim the directory %s", d)
	}
	if d, ok := duplicate(m.Users, func(u User) string { return u.Name }); ok {
		return Machine{}, fmt.Errorf("two sources claim the user %s", d)
	}
	return m, nil
}

func mergeUnits(units []Unit) ([]Unit, error) {
	slices.SortStableFunc(units, func(a, b Unit) int { return cmp.Compare(a.Name, b.Name) })
	var out []Unit
	for _, u := range units {
		if len(out) == 0 || out[len(out)-1].Name != u.Name {
			u.DropIns = slices.Clone(u.DropIns)
			out = append(out, u)
			continue
		}
		last := &out[len(out)-1]
		if last.Content != "" && u.Content != "" {
			return nil, fmt.Errorf("two sources claim the unit %s", u.Name)
		}
		last.Content += u.Content
		last.Enabled = last.Enabled || u.Enabled
		last.Masked = last.Masked || u.Masked
		last.DropIns = append(last.DropIns, u.DropIns...)
	}
	for i := range out {
		slices.SortFunc(out[i].DropIns, func(a, b DropIn) int { return cmp.Compare(a.Name, b.Name) })
		if d, ok := duplicate(out[i].DropIns, func(d DropIn) string { return d.Name }); ok {
			return nil, fmt.Errorf("two sources claim the drop-in %s of the unit %s", d, out[i].Name)
		}
	}
	return out, nil
}

// duplicate finds the first name that two neighbours of a sorted list share.
func duplicate[T any](sorted []T, name func(T) string) (string, bool) {
	for i := 1; i < len(sorted); i++ {
		if name(sorted[i-1]) == name(sorted[i]) {
			return name(sorted[i]), true
		}
	}
	return "", false
}

// Wire is m without what only readers need: full-line comments and blank lines
// of our own files and units.
func (m Machine) Wire() Machine {
	m.Files = slices.Clone(m.Files)
	for i, f := range m.Files {
		if f.Commented {
			m.Files[i].Content = lean(f.Content)
			m.Files[i].Commented = false
		}
	}
	m.Units = slices.Clone(m.Units)
	for i, u := range m.Units {
		m.Units[i].Content = string(lean([]byte(u.Content)))
		m.Units[i].DropIns = slices.Clone(u.DropIns)
		for j, d := range u.DropIns {
			m.Units[i].DropIns[j].Content = string(lean([]byte(d.Content)))
		}
	}
	return m
}

// lean drops full-line comments and blank lines, and keeps "#!". Indentation
// stays: in YAML it must fit the width of a list's dash.
func lean(content []byte) []byte {
	out := make([]byte, 0, len(content))
	for line := range bytes.Lines(content) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 || text[0] == '#' && !bytes.HasPrefix(text, []byte("#!")) {
			continue
		}
		out = append(out, line...)
	}
	return out
}
