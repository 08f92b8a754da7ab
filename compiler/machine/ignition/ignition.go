// Package ignition encodes machines as Ignition configs, spec 3.3.0, which
// every Flatcar and Fedora CoreOS of today reads.
//
// INPUTS: a machine.Machine, and the user's Butane snippets.
// OUTPUTS: one JSON config. When that is smaller, it is a config that extracts
// itself: clouds hand raw gzip to Ignition, which refuses it, but the config
// that replaces this one may be a compressed data URL.
package ignition

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/coreos/ignition/v2/config/v3_3"
	"github.com/coreos/ignition/v2/config/v3_3/types"
	"github.com/coreos/ignition/v2/config/validate"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/machine/gzip"
)

const (
	replaceHead = `{"ignition":{"version":"3.3.0","config":{"replace":{"compression":"gzip","source":"data:;base64,`
	replaceTail = `"}}}}`
	// Ignition merges the shared config into the outer one, which has a
	// machine's own files.
	mergeHead  = `{"ignition":{"version":"3.3.0","config":{"merge":[{"compression":"gzip","source":"data:;base64,`
	mergeFiles = `"}]}},"storage":{"files":[`
	mergeTail  = `]}}`
)

// Shared is what a role's machines have in common, encoded. It is read-only
// and may be used by several goroutines.
type Shared struct {
	plain  []byte
	base64 []byte   // of plain, compressed
	paths  []string // of files, sorted
}

// Prepare encodes a machine in normal form, with its comments gone (Wire), and
// merges the user's snippets into it; a snippet wins where both say something.
// An error names what Ignition cannot deliver or would refuse.
func Prepare(shared machine.Machine, snippets ...Extra) (Shared, error) {
	if err := shared.Check(); err != nil {
		return Shared{}, err
	}
	if err := checkUnits(shared.Units); err != nil {
		return Shared{}, err
	}
	cfg, err := translate(shared)
	if err != nil {
		return Shared{}, err
	}
	for _, s := range snippets {
		cfg = v3_3.Merge(cfg, s.config)
	}
	if len(snippets) > 0 {
		if r := validate.ValidateWithContext(cfg, nil); r.IsFatal() {
			return Shared{}, fmt.Errorf("what the Butane snippets and the machine make together: %s", r.String())
		}
	}
	return encode(cfg)
}

// short is how long a config may be for its best encoding to take no time worth
// saving: 3 ms. Workers' are shorter, which have the smallest budget.
const short = 16 << 10

func encode(cfg types.Config) (Shared, error) {
	plain, err := marshal(cfg)
	if err != nil {
		return Shared{}, err
	}
	effort := gzip.Quick
	if len(plain) < short {
		effort = gzip.Thorough
	}
	s := Shared{plain: plain}.compressed(effort)
	for _, f := range cfg.Storage.Files {
		s.paths = append(s.paths, f.Path)
	}
	slices.Sort(s.paths)
	return s, nil
}

// Tight is the same in fewer bytes, for three times the time.
func (s Shared) Tight() Shared { return s.compressed(gzip.Thorough) }

func (s Shared) compressed(effort gzip.Effort) Shared {
	s.base64 = base64.StdEncoding.AppendEncode(nil, gzip.Compress(s.plain, effort))
	return s
}

// Payload is the config of one machine that has own beyond what it shares. The
// chunks are the config in order; those of the shared part are the same memory
// for every machine and must not be changed.
func (s Shared) Payload(own machine.Machine) (chunks [][]byte, err error) {
	if len(own.Files) == 0 {
		if len(s.plain) <= len(replaceHead)+len(s.base64)+len(replaceTail) {
			return [][]byte{s.plain}, own.CheckOwn()
		}
		return [][]byte{[]byte(replaceHead), s.base64, []byte(replaceTail)}, own.CheckOwn()
	}
	if err := own.CheckOwn(); err != nil {
		return nil, err
	}
	size := len(mergeFiles) + len(mergeTail)
	for _, f := range own.Files {
		if _, taken := slices.BinarySearch(s.paths, f.Path); taken {
			return nil, fmt.Errorf("file %s: shared and also a machine's own", f.Path)
		}
		size += 128 + len(f.Path) + 3*len(f.Content)
	}
	files := append(make([]byte, 0, size), mergeFiles...)
	for i, f := range own.Files {
		if i > 0 {
			files = append(files, ',')
		}
		files = appendFile(files, f)
	}
	files = append(files, mergeTail...)
	return [][]byte{mergeHeadBytes, s.base64, files}, nil
}

// mergeHeadBytes is shared by all payloads, as chunks are.
var mergeHeadBytes = []byte(mergeHead)

// Extracts says whether the payload of a machine without files of its own
// extracts itself, for reports.
func (s Shared) Extracts() bool {
	return len(s.plain) > len(replaceHead)+len(s.base64)+len(replaceTail)
}

// Plain is the shared config as it is before compression.
func (s Shared) Plain() []byte { return s.plain }

var errNotMachine = errors.New("has more than a machine model holds")
