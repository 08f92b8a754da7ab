package compiler

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
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
// empty or force is set. A failed Write leaves dir as it was, and so does one
// that would change nothing.
func (o *Output) Write(dir string, force bool) (err error) {
	dir, err = target(dir)
	if err != nil {
		return err
	}
	old, err := ours(dir, force)
	if err != nil {
		return err
	}
	if o.stands(dir, old) {
		return nil
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

// target is where dir is: what a symbolic link names, which stays a link.
func target(dir string) (string, error) {
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Clean(dir), nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	return real, nil
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
		if parent := path.Dir(f.Path); !made[parent] {
			if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(parent)), 0o755); err != nil {
				return err
			}
			made[parent] = true
		}
	}
	// Neighbours stay together, so that workers seldom meet in one directory.
	var batches []*batch
	for files := range slices.Chunk(o.Files, len(o.Files)/runtime.GOMAXPROCS(0)+1) {
		batches = append(batches, &batch{files: files})
	}
	inParallel(batches, func(b *batch) { b.err = b.write(dir) })
	for _, b := range batches {
		if b.err != nil {
			return b.err
		}
	}
	return os.WriteFile(filepath.Join(dir, listing), names.Bytes(), 0o644)
}

// batch is what one worker writes.
type batch struct {
	files []File
	err   error
}

func (b *batch) write(dir string) error {
	w := bufio.NewWriter(nil)
	for _, f := range b.files {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(f.Path)), f, w); err != nil {
			return err
		}
	}
	return nil
}

// writeFile joins the chunks of a file in w, so that most files are one write.
func writeFile(name string, f File, w *bufio.Writer) (err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w.Reset(file)
	for _, chunk := range f.Chunks {
		_, _ = w.Write(chunk) // Flush reports it
	}
	// The umask may have taken bits that a machine's file must have.
	return errors.Join(w.Flush(), file.Chmod(f.Mode))
}

// keepForeign links what Write did not make into the fresh directory. Its
// directories keep their modes: one may be closed to others for a reason.
func keepForeign(dir, fresh string, old map[string]bool) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil || old[filepath.ToSlash(rel)] {
			return err
		}
		target := filepath.Join(fresh, rel)
		if d.IsDir() {
			return keepMode(d, target)
		}
		if err := makeParents(dir, fresh, filepath.Dir(rel)); err != nil {
			return err
		}
		if err := os.Link(name, target); !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil // what we make now takes its place
	})
}

// keepMode gives a directory that the new output has too the mode that it had.
func keepMode(d fs.DirEntry, target string) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	if err := os.Chmod(target, info.Mode().Perm()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// makeParents makes the directories down to rel in fresh as they are in dir.
func makeParents(dir, fresh, rel string) error {
	if _, err := os.Stat(filepath.Join(fresh, rel)); rel == "." || err == nil {
		return nil
	}
	if err := makeParents(dir, fresh, filepath.Dir(rel)); err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(dir, rel))
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(fresh, rel), 0o700); err != nil {
		return err
	}
	return os.Chmod(filepath.Join(fresh, rel), info.Mode().Perm())
}

// replace puts fresh where dir is. Afterwards the old content is at fresh,
// which the caller removes.
func replace(fresh, dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(fresh, dir)
	}
	return exchange(fresh, dir)
}
