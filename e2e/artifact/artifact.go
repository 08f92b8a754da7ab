// Package artifact builds what machines under test are made of, and keeps it.
//
// INPUTS: the table of components with their versions (components.go), the Go
// module proxy, Debian's archive, and a list of image references as the
// compiler's "images" command tells them.
//
// OUTPUTS, each in a directory of the cache: programs, the archive of CNI
// plugins, an OCI layout with the images under their real names, disks to boot
// from with kernel and initrd, a QEMU, and the keys that open the machines.
//
// Nothing here is downloaded as a binary except Debian's packages: what the
// machines run is built from the source of its Go module.
package artifact

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
)

// Builder builds what is not there yet. Everything it makes depends on the
// package's tables and on arguments alone, so a second call finds the first
// one's work, whichever process did it.
type Builder struct {
	Dir string               // the cache: an absolute path
	Log func(string, ...any) // progress; may be nil
}

// New makes a builder with its cache in dir; empty is DefaultDir.
func New(dir string, log func(string, ...any)) (*Builder, error) {
	if dir == "" {
		var err error
		if dir, err = DefaultDir(); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &Builder{Dir: dir, Log: log}, nil
}

// DefaultDir is where the cache is unless a caller has a better place.
func DefaultDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "kube-anywhere-e2e"), nil
}

func (b *Builder) log(format string, args ...any) {
	if b.Log != nil {
		b.Log(format, args...)
	}
}

// together runs functions side by side, and returns all their errors.
func together(fs ...func() error) error {
	errs := make([]error, len(fs))
	var wg sync.WaitGroup
	for i, f := range fs {
		wg.Go(func() { errs[i] = f() })
	}
	wg.Wait()
	return errors.Join(errs...)
}
