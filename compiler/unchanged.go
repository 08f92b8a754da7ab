package compiler

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
)

// stands says whether dir holds the output already, file by file: then there is
// nothing to write, and nothing for a file system to forget. Old are the names
// that the last Write made.
func (o *Output) stands(dir string, old map[string]bool) bool {
	if len(old) != len(o.Files)+1 { // and the listing
		return false
	}
	var differs atomic.Bool
	batches := slices.Collect(slices.Chunk(o.Files, len(o.Files)/runtime.GOMAXPROCS(0)+1))
	inParallel(batches, func(files []File) {
		for _, f := range files {
			if differs.Load() {
				return
			}
			if !old[f.Path] || !f.stands(filepath.Join(dir, filepath.FromSlash(f.Path))) {
				differs.Store(true)
			}
		}
	})
	return !differs.Load()
}

// stands says whether a file is as it would be written.
func (f File) stands(name string) bool {
	info, err := os.Lstat(name)
	if err != nil || info.Mode() != f.Mode || info.Size() != int64(size(f.Chunks)) {
		return false
	}
	content, err := os.ReadFile(name)
	for _, chunk := range f.Chunks {
		rest, ok := bytes.CutPrefix(content, chunk)
		if !ok {
			return false
		}
		content = rest
	}
	return err == nil && len(content) == 0
}
