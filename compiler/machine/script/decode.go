package script

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/shell"
)

// Decode is the machine that a script of this package makes. Anything that
// this package does not write is an error.
func Decode(payload []byte) (machine.Machine, error) {
	rest, ok := bytes.CutPrefix(payload, preamble)
	if !ok {
		return machine.Machine{}, errors.New("not a script of this version: the preamble differs")
	}
	rest, ok = bytes.CutSuffix(rest, postamble)
	if !ok {
		return machine.Machine{}, errors.New("the end of the script is missing")
	}
	r := reader{rest: rest, units: map[string]*machine.Unit{}}
	for len(r.rest) > 0 {
		line := r.line()
		if err := r.call(line); err != nil {
			return machine.Machine{}, fmt.Errorf("%q: %w", line, err)
		}
	}
	for _, u := range r.units { // Merge sorts
		r.m.Units = append(r.m.Units, *u)
	}
	return machine.Merge(r.m)
}

type reader struct {
	rest  []byte
	m     machine.Machine
	units map[string]*machine.Unit
}

var errUnknown = errors.New("not a call of ours")

func (r *reader) line() string {
	line, rest, _ := bytes.Cut(r.rest, []byte("\n"))
	r.rest = rest
	return string(line)
}

func (r *reader) unit(name string) *machine.Unit {
	if r.units[name] == nil {
		r.units[name] = &machine.Unit{Name: name}
	}
	return r.units[name]
}

func (r *reader) call(line string) error {
	words, err := shell.Split(line)
	if err != nil || len(words) == 0 {
		return errUnknown
	}
	args := words[1:]
	switch {
	case words[0] == "file" && len(args) == 4:
		return r.file("cat", args)
	case words[0] == "put" && len(args) == 5:
		return r.file(args[0], args[1:])
	case words[0] == "dir" && len(args) == 3:
		mode, owner, err := parseNode(args)
		r.m.Directories = append(r.m.Directories, machine.Directory{Path: args[2], Mode: mode, Owner: owner})
		return err
	case words[0] == "user" && len(args) >= 2:
		r.m.Users = append(r.m.Users, machine.User{Name: args[0], PasswordHash: args[1], Groups: args[2:]})
		return nil
	case words[0] == "key" && len(args) == 2 && len(r.m.Users) > 0:
		u := &r.m.Users[len(r.m.Users)-1]
		u.SSHAuthorizedKeys = append(u.SSHAuthorizedKeys, args[1])
		return nil
	case words[0] == "mask":
		for _, n := range args {
			r.unit(n).Masked = true
		}
		return nil
	case words[0] == "units":
		for _, n := range args {
			r.unit(n).Enabled = true
		}
		return nil
	case line == "hostname -F "+hostname:
		return nil
	}
	return errUnknown
}

// file reads a call with its here-document; args are MODE OWNER PATH and where
// standard input comes from.
func (r *reader) file(filter string, args []string) error {
	content, err := r.content(filter, args[3])
	if err != nil {
		return err
	}
	mode, owner, err := parseNode(args)
	if err != nil {
		return err
	}
	name, dropIn := machine.UnitPath(args[2])
	switch {
	case name == "":
		r.m.Files = append(r.m.Files, machine.File{Path: args[2], Mode: mode, Owner: owner, Content: content})
	case dropIn == "":
		r.unit(name).Content = string(content)
	default:
		u := r.unit(name)
		u.DropIns = append(u.DropIns, machine.DropIn{Name: dropIn, Content: string(content)})
	}
	return nil
}

func (r *reader) content(filter, source string) ([]byte, error) {
	if source == "</dev/null" {
		return nil, nil
	}
	end, ok := strings.CutPrefix(source, "<<")
	if !ok || end == "" {
		return nil, errUnknown
	}
	var text []byte
	for found := false; !found; {
		if len(r.rest) == 0 {
			return nil, errors.New("the here-document has no end")
		}
		line := r.line()
		if found = line == end; !found {
			text = append(append(text, line...), '\n')
		}
	}
	switch filter {
	case "cat":
		return text, nil
	case "chomp":
		return bytes.TrimRight(text, "\n"), nil
	case "unbase64":
		return base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
	}
	return nil, errUnknown
}

func parseNode(args []string) (fs.FileMode, int, error) {
	mode, err := strconv.ParseUint(args[0], 8, 9)
	if err != nil {
		return 0, 0, err
	}
	owner, err := strconv.ParseUint(args[1], 10, 31)
	return fs.FileMode(mode), int(owner), err
}
