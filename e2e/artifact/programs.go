package artifact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Programs are files by the program's name.
type Programs map[string]string

// ids name them as inputs of another artifact, wherever the cache is.
func (p Programs) ids() map[string]string {
	all := map[string]string{}
	for name, file := range p {
		all[name] = id(filepath.Dir(file))
	}
	return all
}

// Programs builds every component's programs, and pause.
func (b *Builder) Programs(ctx context.Context) (Programs, error) {
	n := len(components)
	dirs := make([]string, n+1)
	var builds []func() error
	for i, c := range components {
		builds = append(builds, func() (err error) { dirs[i], err = b.component(ctx, c); return })
	}
	builds = append(builds, func() (err error) { dirs[n], err = b.pause(ctx); return })
	if err := together(builds...); err != nil {
		return nil, err
	}
	programs := Programs{"pause": filepath.Join(dirs[n], "pause")}
	for i, c := range components {
		for _, name := range c.Programs {
			programs[name] = filepath.Join(dirs[i], name)
		}
	}
	return programs, nil
}

// building limits how many Go builds run: two, as one links on a single processor
// while the other compiles on all.
var building = make(chan struct{}, 2)

// component builds one component's programs.
func (b *Builder) component(ctx context.Context, c component) (string, error) {
	select {
	case building <- struct{}{}:
		defer func() { <-building }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	inputs := []any{c, runtime.Version(), "programs 1"}
	return b.cached(ctx, "programs-"+c.Name, inputs, func(dir string) error {
		source := filepath.Join(dir, "source")
		if err := c.copySource(ctx, source); err != nil {
			return err
		}
		for _, pkg := range slices.Sorted(maps.Keys(c.Programs)) {
			if err := c.build(ctx, source, pkg, filepath.Join(dir, c.Programs[pkg])); err != nil {
				return err
			}
		}
		return errors.Join(c.checkVersion(ctx, dir), os.RemoveAll(source))
	})
}

// goEnv keeps a go.work in a module, or above the cache, from having a say.
var goEnv = []string{"GOWORK=off", "GOFLAGS=", "GOOS=linux", "GOARCH=amd64"}

// copySource puts the module where it can be changed: its own go.mod and go.sum
// then say what it is built with.
func (c component) copySource(ctx context.Context, dir string) error {
	out, err := command{env: goEnv, dir: os.TempDir()}.run(ctx, "go", "mod", "download", "-json", c.Module+"@v"+c.Version)
	if err != nil {
		return err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &module); err != nil {
		return err
	}
	// The module cache is read-only.
	if err := run(ctx, "cp", "-r", "--no-preserve=mode", module.Dir, dir); err != nil {
		return err
	}
	if err := c.dropLines(dir); err != nil {
		return err
	}
	return c.replace(ctx, dir)
}

// dropLines leaves lines of source out. That each is there is part of the
// table, which may be wrong for another version.
func (c component) dropLines(dir string) error {
	for file, texts := range c.Drop {
		path := filepath.Join(dir, file)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines := strings.Split(string(data), "\n")
		for _, text := range texts {
			n := len(lines)
			lines = slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, text) })
			if len(lines) != n-1 {
				return fmt.Errorf("%s of %s has %d lines with %s, expected one: see the component's Drop", file, c.Version, n-len(lines), text)
			}
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// replace changes what the module is built with: it takes from the proxy what
// its repository has beside it and the module has not (replacements by
// directories), and the versions that the component wants instead of its own.
func (c component) replace(ctx context.Context, dir string) error {
	goMod := command{env: goEnv, dir: dir}
	out, err := goMod.run(ctx, "go", "mod", "edit", "-json")
	if err != nil {
		return err
	}
	var file struct {
		Replace []struct{ Old, New struct{ Path string } }
	}
	if err := json.Unmarshal([]byte(out), &file); err != nil {
		return err
	}
	edits := []string{"mod", "edit"}
	for _, path := range slices.Sorted(maps.Keys(c.Instead)) {
		edits = append(edits, fmt.Sprintf("-replace=%s=%s@%s", path, path, c.Instead[path]))
	}
	for _, r := range file.Replace {
		if !strings.HasPrefix(r.New.Path, ".") {
			continue
		}
		if c.Staging == "" {
			return fmt.Errorf("%s takes %s from its own tree: the component needs the version it was published as (Staging)", c.Module, r.Old.Path)
		}
		edits = append(edits, fmt.Sprintf("-replace=%s=%s@v%s", r.Old.Path, r.Old.Path, c.Staging))
	}
	if len(edits) == 2 {
		return nil
	}
	_, err = goMod.run(ctx, "go", edits...)
	return err
}

// build makes one static program.
func (c component) build(ctx context.Context, source, pkg, out string) error {
	link := "-s -w"
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		link += fmt.Sprintf(" -X %s=%s", name, c.Settings[name])
	}
	cgo, tags := "CGO_ENABLED=0", c.Tags
	if c.Cgo {
		// Static, as the host's C library may be newer than the machine's.
		cgo, tags = "CGO_ENABLED=1", append([]string{"netgo", "osusergo"}, tags...)
		link += " -linkmode=external -extldflags=-static"
	}
	// -mod=mod: go.sum lacks what replace has brought in, and a vendor
	// directory in a module lacks most of its files.
	args := []string{"build", "-mod=mod", "-trimpath", "-buildvcs=false", "-tags=" + strings.Join(tags, ","), "-ldflags=" + link}
	_, err := command{env: append([]string{cgo}, goEnv...), dir: source}.run(ctx, "go", append(args, "-o", out, "./"+pkg)...)
	return err
}

// checkVersion runs a program that was built: a version that it does not tell
// would be missed by whoever asks a machine for it.
func (c component) checkVersion(ctx context.Context, dir string) error {
	if len(c.Shows) == 0 {
		return nil
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, c.Shows[0]), c.Shows[1:]...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(c.Shows, " "), err, out)
	}
	if !strings.Contains(string(out), c.Version) {
		return fmt.Errorf("%s shows %q, expected %s: see the component's Settings", strings.Join(c.Shows, " "), out, c.Version)
	}
	return nil
}

// pause compiles the program that keeps a pod's namespaces.
func (b *Builder) pause(ctx context.Context) (string, error) {
	source, err := files.ReadFile("files/pause.c")
	if err != nil {
		return "", err
	}
	return b.cached(ctx, "programs-pause", string(source), func(dir string) error {
		c := command{stdin: strings.NewReader(string(source))}
		_, err := c.run(ctx, "gcc", "-x", "c", "-Wall", "-Werror", "-Os", "-static", "-s", "-o", filepath.Join(dir, "pause"), "-")
		return err
	})
}
