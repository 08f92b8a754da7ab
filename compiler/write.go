package compiler

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotOurs says that an output directory holds something else.
var ErrNotOurs = errors.New("not an output directory of kube-anywhere")

// listing names, one a line, the files that Write made, so that the next Write
// knows what is its own and what a user or a tool (Terraform's state) added.
const listing = ".kube-anywhere"

// Write puts the output into dir in one step: into a new directory beside it,
// which then takes its place. Files that something else added to dir stay. A
// directory that Write did not make is refused with ErrNotOurs unless it is
// empty or force is set. A failed Write leaves dir as it was.
func (o *Output) Write(dir string, force bool) (err error) {
	dir = filepath.Clean(dir)
	old, err := ours(dir, force)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".new-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	if err := o.writeFiles(fresh); err != nil {
		return err
	}
	if old != nil {
		if err := keepForeign(dir, fresh, old); err != nil {
			return err
		}
	}
	return replace(fresh, dir)
}

// ours reads the listing of an existing output directory: nil for a directory
// that does not exist or is empty.
func ours(dir string, force bool) (map[string]bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(filepath.Join(dir, listing))
	if errors.Is(err, fs.ErrNotExist) {
		if !force {
			return nil, fmt.Errorf("%s: %w", dir, ErrNotOurs)
		}
		return map[string]bool{}, nil
	}
	old := map[string]bool{listing: true}
	for line := range bytes.Lines(content) {
		old[strings.TrimSuffix(string(line), "\n")] = true
	}
	return old, err
}

func (o *Output) writeFiles(dir string) error {
	var names bytes.Buffer
	made := map[string]bool{}
	for _, f := range o.Files {
		names.WriteString(f.Path + "\n")
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if parent := filepath.Dir(name); !made[parent] {
			if err := os.MkdirAll(parent, 0o755); err != nil {
				return err
			}
			made[parent] = true
		}
		if err := writeFile(name, f); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, listing), names.Bytes(), 0o644)
}

func writeFile(name string, f File) (err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if len(f.Chunks) == 1 {
		_, err = file.Write(f.Chunks[0])
	} else {
		w := bufio.NewWriter(file)
		for _, chunk := range f.Chunks {
			_, _ = w.Write(chunk) // Flush reports it
		}
		err = w.Flush()
	}
	// The umask may have taken bits that a machine's file must have.
	return errors.Join(err, file.Chmod(f.Mode))
}

// keepForeign links what Write did not make into the fresh directory.
func keepForeign(dir, fresh string, old map[string]bool) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil || d.IsDir() || old[filepath.ToSlash(rel)] {
			return err
		}
		target := filepath.Join(fresh, rel)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.Link(name, target); !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil // what we make now takes its place
	})
}

// replace puts fresh where dir is. Afterwards the old content is at fresh,
// which the caller removes.
func replace(fresh, dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(fresh, dir)
	}
	return exchange(fresh, dir)
}
