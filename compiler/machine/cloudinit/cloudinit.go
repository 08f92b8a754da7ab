// Package cloudinit encodes machines as #cloud-config documents for cloud-init
// 22.4 and newer.
//
// INPUTS: a machine.Machine without kernel arguments, which cloud-init cannot set.
// OUTPUTS: one YAML document, plain or as gzip, which cloud-init detects.
//
// cloud-init writes files before it makes users and runs commands last, so
// that what a name or a running systemd is needed for (owners, directories,
// units) is done by commands. Each command stands alone: when one fails, the
// rest still runs. A first boot that is cut short is made up for by the next.
package cloudinit

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
)

const (
	firstLine  = "#cloud-config\n"
	writeFiles = "write_files:\n"
	hostname   = "/etc/hostname"
)

// Shared is what a role's machines have in common, encoded. It is read-only
// and may be used by several goroutines.
type Shared struct {
	plain, zipped []byte
	hasFiles      bool // plain ends in the list write_files
	paths         []string
}

// Prepare encodes a machine in normal form, with its comments gone (Wire). An
// error names what cloud-init cannot deliver.
func Prepare(shared machine.Machine) (Shared, error) {
	if err := shared.Check(); err != nil {
		return Shared{}, err
	}
	if len(shared.KernelArgs) > 0 {
		return Shared{}, errors.New("kernel arguments need Ignition or PXE")
	}
	plain, hasFiles, err := encode(shared)
	if err != nil {
		return Shared{}, err
	}
	s := Shared{plain: plain, zipped: gzip.Compress(plain, gzip.Quick), hasFiles: hasFiles}
	for _, f := range shared.Files {
		s.paths = append(s.paths, f.Path)
	}
	return s, nil
}

// Tight is the same with a smaller Gzip, for three times the time.
func (s Shared) Tight() Shared {
	s.zipped = gzip.Compress(s.plain, gzip.Thorough)
	return s
}

// Plain is the document of one machine that has own beyond what it shares. The
// chunks are the document in order; the first is the same memory for every
// machine and must not be changed.
func (s Shared) Plain(own machine.Machine) (chunks [][]byte, err error) {
	tail, err := s.own(nil, own)
	if err != nil || len(tail) == 0 {
		return [][]byte{s.plain}, err
	}
	return [][]byte{s.plain, tail}, nil
}

// Gzip is the same document as Plain, as gzip of one member for the shared
// part and, if there is one, another for the machine's own.
func (s Shared) Gzip(own machine.Machine) (chunks [][]byte, err error) {
	tail, err := s.own(nil, own)
	if err != nil || len(tail) == 0 {
		return [][]byte{s.zipped}, err
	}
	member, err := gzip.AppendStored(make([]byte, 0, len(tail)+23), tail)
	return [][]byte{s.zipped, member}, err
}

// Payload is Gzip if that is smaller, otherwise Plain.
func (s Shared) Payload(own machine.Machine) (chunks [][]byte, err error) {
	if len(s.zipped) < len(s.plain) {
		return s.Gzip(own)
	}
	return s.Plain(own)
}

// own appends what continues the shared document for one machine.
func (s Shared) own(dst []byte, own machine.Machine) ([]byte, error) {
	if err := own.CheckOwn(); err != nil {
		return nil, err
	}
	size := 0
	for _, f := range own.Files {
		if _, taken := slices.BinarySearch(s.paths, f.Path); taken {
			return nil, fmt.Errorf("file %s: shared and also a machine's own", f.Path)
		}
		size += 128 + len(f.Path) + 2*len(f.Content)
	}
	dst = slices.Grow(dst, size)
	inList := s.hasFiles
	var name *machine.File
	for i, f := range own.Files {
		if f.Path == hostname {
			name = &own.Files[i]
			continue
		}
		if !inList {
			dst, inList = append(dst, writeFiles...), true
		}
		dst = appendFile(dst, f.Path, f.Mode, f.Content)
	}
	if name == nil {
		return dst, nil
	}
	return appendHostname(dst, *name)
}

// dnsName is a host name, perhaps with its domain, and the newline after it:
// at most maxDNSName bytes in all.
var dnsName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\n$`)

const maxDNSName = 65

// appendHostname says the content of /etc/hostname in cloud-init's own words:
// it sets the name in the running system and writes the file, and would
// overwrite the file if only that were there. preserve_hostname is set because
// some installers leave it true in the image.
func appendHostname(dst []byte, f machine.File) ([]byte, error) {
	if len(f.Content) > maxDNSName || !dnsName.Match(f.Content) || f.Mode != defaultMode || f.Owner != 0 {
		return nil, fmt.Errorf("file %s: cloud-init needs one name and a newline, mode 0644, owned by root", f.Path)
	}
	name := string(f.Content[:len(f.Content)-1])
	dst = append(append(append(dst, "hostname: '"...), name...), "'\npreserve_hostname: false\n"...)
	if strings.Contains(name, ".") { // or Debian keeps only what is before the dot
		dst = append(dst, "prefer_fqdn_over_hostname: true\n"...)
	}
	return dst, nil
}
