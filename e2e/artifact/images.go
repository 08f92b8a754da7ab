package artifact

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Images builds an OCI layout with an image for each reference, as
// registry.k8s.io/etcd:3.7.0-0, and returns its directory.
func (b *Builder) Images(ctx context.Context, refs []string) (string, error) {
	refs = slices.Compact(slices.Sorted(slices.Values(refs)))
	plans := make([]recipe, len(refs))
	for i, ref := range refs {
		var err error
		if plans[i], err = recipeFor(ref); err != nil {
			return "", err
		}
	}
	var programs Programs
	var tools string
	err := together(
		func() (err error) { programs, err = b.Programs(ctx); return },
		func() (err error) { tools, err = b.toolRoot(ctx); return },
	)
	if err != nil {
		return "", err
	}
	inputs := []any{refs, plans, programs.ids(), id(tools), "images 1"}
	return b.cached(ctx, "images", inputs, func(dir string) error {
		return writeLayout(layoutDir(dir), filepath.Join(tools, "root.tar"), programs, refs, plans)
	})
}

func writeLayout(d layoutDir, tools string, programs Programs, refs []string, plans []recipe) error {
	if err := d.create(); err != nil {
		return err
	}
	base, err := d.blob(types.OCIUncompressedLayer, func(w io.Writer) error {
		f, err := os.Open(tools)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
	if err != nil {
		return err
	}
	images := make([]v1.Descriptor, len(refs))
	for i, ref := range refs {
		if images[i], err = writeImage(d, base, programs, ref, plans[i]); err != nil {
			return err
		}
	}
	return d.index(images)
}

func writeImage(d layoutDir, base v1.Descriptor, programs Programs, ref string, r recipe) (v1.Descriptor, error) {
	entries := systemFiles()
	for program, to := range r.Programs {
		e := entry{mode: 0o755, source: programs[program]}
		if r.BindsLowPorts {
			e.xattr = bindLowPorts
		}
		entries[to] = e
	}
	layer, err := d.blob(types.OCIUncompressedLayer, func(w io.Writer) error { return writeTar(w, entries) })
	if err != nil {
		return v1.Descriptor{}, err
	}
	layers := []v1.Descriptor{layer}
	if r.Tools {
		layers = []v1.Descriptor{base, layer}
	}
	return d.image(ref, v1.Config{
		Entrypoint: r.Entrypoint, Cmd: r.Command, User: r.User, WorkingDir: "/",
		Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	}, layers)
}
