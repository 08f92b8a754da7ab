package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cached returns the directory of an artifact, and fills it first if it is not
// there. Inputs are whatever the artifact depends on, as JSON: change them and
// it is another artifact, which replaces this one.
//
// An artifact is filled in a directory beside its place and renamed when whole,
// so an interrupted build leaves nothing that is taken for one. The lock also
// keeps other processes from building the same.
func (b *Builder) cached(ctx context.Context, name string, inputs any, fill func(dir string) error) (string, error) {
	key, err := keyOf(inputs)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	home := filepath.Join(b.Dir, name)
	final := filepath.Join(home, key)
	if exists(final) {
		return final, nil
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(ctx, filepath.Join(home, ".lock"))
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer unlock()
	if exists(final) {
		return final, nil
	}
	b.log("%s: building", name)
	start := time.Now()
	if err := b.fill(ctx, home, final, fill); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	b.log("%s: built in %.0f s", name, time.Since(start).Seconds())
	return final, nil
}

// fill makes an artifact under its lock: whatever else is in its home is left
// over, by an interrupted build or from other inputs.
func (b *Builder) fill(ctx context.Context, home, final string, fill func(dir string) error) error {
	partial := filepath.Join(home, ".partial")
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := os.Mkdir(partial, 0o755); err != nil {
		return err
	}
	if err := fill(partial); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	if err := ctx.Err(); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	if err := os.Rename(partial, final); err != nil {
		return err
	}
	entries, err := os.ReadDir(home)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(final) && !strings.HasPrefix(e.Name(), ".") {
			if err := os.RemoveAll(filepath.Join(home, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyOf is the same for the same inputs, in every process.
func keyOf(inputs any) (string, error) {
	data, err := json.Marshal(inputs)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8]), nil
}

// id names an artifact as an input of another.
func id(dir string) string { return filepath.Base(filepath.Dir(dir)) + "/" + filepath.Base(dir) }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// lock waits for the file's lock, which the kernel gives back if we die.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
