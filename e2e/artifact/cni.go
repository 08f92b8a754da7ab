package artifact

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// CNIArchive is the archive of CNI plugins that machines fetch.
type CNIArchive struct {
	File string
	// SHA256 is of the file. It is not upstream's, as these are not upstream's
	// programs.
	SHA256 string
	// URL is where machines look for it.
	URL string
}

// CNIArchive builds the archive. The same plugins give the same bytes.
func (b *Builder) CNIArchive(ctx context.Context) (CNIArchive, error) {
	c := components[slices.IndexFunc(components, func(c component) bool { return c.Name == "cni-plugins" })]
	built, err := b.component(ctx, c)
	if err != nil {
		return CNIArchive{}, err
	}
	dir, err := b.cached(ctx, "cni-archive", []any{id(built), "archive 1"}, func(dir string) error {
		entries := map[string]entry{}
		for _, plugin := range c.Programs {
			entries[plugin] = entry{mode: 0o755, source: filepath.Join(built, plugin)}
		}
		return writeArchive(filepath.Join(dir, "cni-plugins.tgz"), entries)
	})
	if err != nil {
		return CNIArchive{}, err
	}
	file := filepath.Join(dir, "cni-plugins.tgz")
	sum, err := sha256File(file)
	return CNIArchive{File: file, SHA256: sum, URL: fmt.Sprintf(
		"https://github.com/containernetworking/plugins/releases/download/v%s/cni-plugins-linux-amd64-v%s.tgz", cniVersion, cniVersion)}, err
}

func writeArchive(file string, entries map[string]entry) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	return errors.Join(writeTar(z, entries), z.Close(), f.Close())
}

func sha256File(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
