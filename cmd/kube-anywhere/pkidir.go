package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

// No key, certificate or token comes near a mebibyte: a file that big was put
// into pki/ by mistake.
const maxPKIFile = 1 << 20

// readPKI reads a pki/ directory, by slash-separated relative path. One that
// does not exist is empty. Files that others can read give a warning.
func (a *app) readPKI(dir string) (map[string][]byte, error) {
	pki := map[string][]byte{}
	var open []schema.Diagnostic // keys that are open to others
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		hidden := name != dir && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case entry.IsDir() && hidden:
			return fs.SkipDir
		case entry.IsDir() || hidden:
			return nil
		}
		info, err := os.Stat(name) // follows links: secrets are often linked in
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Size() > maxPKIFile {
			return failWith("pki-file", name, "this is no key material", "Keep only keys and certificates in "+dir+".")
		}
		if strings.HasSuffix(name, ".key") && info.Mode().Perm()&0o077 != 0 {
			open = append(open, schema.Diagnostic{Severity: schema.Warning, Code: "pki-mode", File: name,
				Message: fmt.Sprintf("other users can read this key (mode %04o)", info.Mode().Perm()),
				Hint:    "chmod 600 " + name})
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		pki[filepath.ToSlash(relative)], err = os.ReadFile(name)
		return err
	})
	if len(pki) == 0 && isMissing(dir) {
		return pki, nil
	}
	a.pending = append(a.pending, open...)
	return pki, err
}

func isMissing(name string) bool {
	_, err := os.Lstat(name)
	return os.IsNotExist(err)
}

// pkiWriter adds files to a pki/ directory, and can take all of it back.
type pkiWriter struct {
	dir     string
	created []string          // files and directories, in the order they were made
	changed map[string][]byte // files that were there before, with their old content
}

// writePKI adds new files: each 0600 and in one step, in directories of 0700.
// On an error nothing is left; otherwise the caller may still undo.
func writePKI(dir string, files, old map[string][]byte) (undo func(), err error) {
	w := &pkiWriter{dir: dir, changed: map[string][]byte{}}
	if len(files) == 0 {
		return w.undo, nil
	}
	defer func() {
		if err != nil {
			w.undo()
		}
	}()
	if err := w.mkdir(dir); err != nil {
		return nil, err
	}
	if err := w.ignoreInGit(); err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(files) {
		if err := w.write(name, files[name], old); err != nil {
			return nil, err
		}
	}
	return w.undo, nil
}

// ignoreInGit keeps keys out of the user's repository.
func (w *pkiWriter) ignoreInGit() error {
	name := filepath.Join(w.dir, ".gitignore")
	if !isMissing(name) {
		return nil
	}
	w.created = append(w.created, name)
	return writeFile(name, []byte("# Private keys: never in a repository in clear.\n*\n"))
}

func (w *pkiWriter) write(relative string, content []byte, old map[string][]byte) error {
	if !filepath.IsLocal(filepath.FromSlash(relative)) {
		return fmt.Errorf("%q is no name inside %s", relative, w.dir)
	}
	name := filepath.Join(w.dir, filepath.FromSlash(relative))
	if err := w.mkdir(filepath.Dir(name)); err != nil {
		return err
	}
	if before, ok := old[relative]; ok {
		w.changed[name] = before
	} else {
		w.created = append(w.created, name)
	}
	return writeFile(name, content)
}

// mkdir makes a directory and its parents, and remembers those that it made.
func (w *pkiWriter) mkdir(dir string) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: fmt.Errorf("this is a file, not a directory")}
		}
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := w.mkdir(parent); err != nil {
			return err
		}
	}
	mode := fs.FileMode(0o755) // above pki/ nothing is secret
	if relative, err := filepath.Rel(w.dir, dir); err == nil && filepath.IsLocal(relative) {
		mode = 0o700
	}
	if err := os.Mkdir(dir, mode); err != nil {
		return err
	}
	w.created = append(w.created, dir)
	return nil
}

// undo puts the directory back as it was. It is best effort: whatever made it
// necessary has been reported already.
func (w *pkiWriter) undo() {
	for _, name := range sortedKeys(w.changed) {
		_ = writeFile(name, w.changed[name])
	}
	for _, name := range slices.Backward(w.created) {
		_ = os.Remove(name)
	}
}

// writeFile writes one file with mode 0600 in one step, so that a run that is
// killed leaves the old content or the new, never half a key. It does not wait
// for the disk: thirty files would cost more time than the whole compile, and
// no machine boots from keys within the seconds that a power cut takes back.
func writeFile(name string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".new-*") // made 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(content)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
