// Command pxe boots machines from the network by what the provider pxe emits,
// and asserts that each boots its own.
//
// INPUTS: the names of cases, a cache of what machines are made of.
// OUTPUTS: progress, a table of results, consoles and logs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/kube-anywhere/kube-anywhere/e2e/artifact"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/pxe"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// Exit codes: 0 all passed, 1 something failed.
func main() {
	code, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pxe:", err)
		code = 1
	}
	os.Exit(code)
}

func start() (int, error) {
	home, _ := os.UserCacheDir()
	cache := flag.String("cache", filepath.Join(home, "kube-anywhere-e2e"), "folder for what machines are made of")
	out := flag.String("out", "out", "folder for results and logs")
	source := flag.String("source", "..", "folder of kube-anywhere's source")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Usage: pxe [CASE...]\n\nBoots machines from the network, and prints a table. Cases:")
		for _, c := range (&pxe.World{}).All() {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-10s %s\n", c.Name, c.Title)
		}
		flag.PrintDefaults()
	}
	flag.Parse()
	for _, path := range []*string{cache, out, source} {
		var err error
		if *path, err = filepath.Abs(*path); err != nil {
			return 1, err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w := &pxe.World{KubeAnywhere: filepath.Join(*cache, "kube-anywhere-pxe"), Out: *out, Scratch: filepath.Join(*cache, "work-pxe")}
	chosen, err := pick(w.All(), flag.Args())
	if err != nil {
		return 1, err
	}
	if err := prepare(ctx, w, *cache, *source); err != nil {
		return 1, err
	}
	if lab.Inside() {
		return inside(ctx, w, chosen)
	}
	return lab.Enter(append([]string{"-cache", *cache, "-out", *out, "-source", *source}, flag.Args()...)...)
}

// prepare builds what is not there yet. The second time, inside, all of it is,
// and there is no network to fetch sources from.
func prepare(ctx context.Context, w *pxe.World, cache, source string) error {
	b, err := artifact.New(cache, func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) })
	if err != nil {
		return err
	}
	if w.Netboot, err = b.Netboot(ctx); err != nil || lab.Inside() {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", w.KubeAnywhere, "./cmd/kube-anywhere")
	build.Dir = source
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build kube-anywhere: %w: %s", err, text)
	}
	return nil
}

// inside runs cases in namespaces of its own.
func inside(ctx context.Context, w *pxe.World, chosen []suite.Case) (int, error) {
	if err := errors.Join(lab.Settle(), os.RemoveAll(w.Scratch), os.MkdirAll(w.Out, 0o755), w.Up()); err != nil {
		return 1, err
	}
	results := suite.Run(ctx, os.Stdout, chosen)
	fmt.Println()
	if err := errors.Join(suite.Table(os.Stdout, results), suite.Save(filepath.Join(w.Out, "pxe.json"), results)); err != nil {
		return 1, err
	}
	switch n := suite.Failures(results); {
	case ctx.Err() != nil:
		return 1, errors.New("interrupted: not everything was run")
	case n > 0:
		return 1, fmt.Errorf("%d of %d checks failed; logs are in %s/pxe", n, len(results), w.Out)
	case len(results) == 0:
		return 1, errors.New("no check was run")
	}
	return 0, nil
}

// pick finds cases by their names; none means all.
func pick(all []suite.Case, names []string) ([]suite.Case, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []suite.Case
	for _, name := range names {
		i := slices.IndexFunc(all, func(c suite.Case) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no case %q; -h shows them", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
