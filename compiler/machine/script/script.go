// Package script encodes machines as a self-contained POSIX shell installer,
// for machines that read neither Ignition nor cloud-init.
//
// INPUTS: a machine.Machine without kernel arguments.
// OUTPUTS: one script. It is a fixed preamble of functions and then one call
// per file, directory, user and unit, inside a function that is called at the
// very end: a script that was cut off does nothing. It carries secrets, so
// that it belongs into a file of mode 0600.
package script

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
)

var (
	//go:embed preamble.sh
	preamble []byte
	//go:embed postamble.sh
	postamble []byte
)

const hostname = "/etc/hostname"

// Shared is what a role's machines have in common, encoded. It is read-only
// and may be used by several goroutines.
type Shared struct {
	files []byte // the preamble, files, directories and users
	units []byte // what needs all files, and the end
	paths []string
}

// Prepare encodes a machine in normal form, with its comments gone (Wire). An
// error names what a script cannot deliver.
func Prepare(shared machine.Machine) (Shared, error) {
	if err := shared.Check(); err != nil {
		return Shared{}, err
	}
	if len(shared.KernelArgs) > 0 {
		return Shared{}, errors.New("kernel arguments need Ignition or PXE")
	}
	s := Shared{files: slices.Clone(preamble)}
	for _, d := range shared.Directories {
		s.files = appendCall(s.files, "dir", octal(d.Mode), decimal(d.Owner), d.Path)
	}
	for _, f := range shared.Files {
		s.files = appendFile(s.files, f)
		s.paths = append(s.paths, f.Path)
	}
	for _, u := range shared.Units {
		s.files = appendUnit(s.files, u)
	}
	for _, u := range shared.Users {
		s.files = appendUser(s.files, u)
	}
	s.units = append(appendUnitCalls(nil, shared.Units), postamble...)
	return s, nil
}

// Payload is the script of one machine that has own beyond what it shares. The
// chunks are the script in order; those of the shared part are the same memory
// for every machine and must not be changed.
func (s Shared) Payload(own machine.Machine) (chunks [][]byte, err error) {
	if err := own.CheckOwn(); err != nil {
		return nil, err
	}
	if len(own.Files) == 0 {
		return [][]byte{s.files, s.units}, nil
	}
	size := 0
	for _, f := range own.Files {
		if _, taken := slices.BinarySearch(s.paths, f.Path); taken {
			return nil, fmt.Errorf("file %s: shared and also a machine's own", f.Path)
		}
		size += 64 + len(f.Path) + 2*len(f.Content)
	}
	files := make([]byte, 0, size)
	for _, f := range own.Files {
		files = appendFile(files, f)
	}
	return [][]byte{s.files, files, s.units}, nil
}
