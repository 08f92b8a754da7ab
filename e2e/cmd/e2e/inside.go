package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/cases"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/services"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// inside runs cases, in namespaces of our own.
func inside(ctx context.Context, o options, hold bool, names []string) (int, error) {
	if err := lab.Settle(); err != nil {
		return 1, err
	}
	a, err := prepare(ctx, o)
	if err != nil {
		return 1, err
	}
	l := &lab.Lab{Dir: filepath.Join(o.work, "machines"), QEMU: a.qemu.Program, Firmware: a.qemu.Firmware, Key: a.key, HostKey: a.host}
	if err := l.Up(); err != nil {
		return 1, err
	}
	internet, err := services.Start(ctx, a.services)
	if err != nil {
		return 1, err
	}
	defer internet.Close()
	w := a.world
	w.Lab, w.Out, w.Scratch = l, o.out, filepath.Join(o.work, "clusters")
	w.Resolve = func(name string, addresses ...netip.Addr) {
		if len(addresses) == 0 {
			internet.Remove(name)
			return
		}
		internet.Set(name, addresses...)
	}
	if hold {
		w.Hold = waitForInterrupt
	}
	chosen, err := pick(w.All(), names)
	if err != nil {
		return 2, err
	}
	return report(o, chosen, suite.Run(ctx, os.Stdout, chosen))
}

func report(o options, chosen []suite.Case, results []suite.Result) (int, error) {
	fmt.Println()
	if err := suite.Table(os.Stdout, results); err != nil {
		return 1, err
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return 1, err
	}
	if err := suite.Save(filepath.Join(o.out, "results.json"), results); err != nil {
		return 1, err
	}
	if err := saveMarkdown(filepath.Join(o.out, "results.md"), chosen, results); err != nil {
		return 1, err
	}
	if n := suite.Failures(results); n > 0 {
		return 1, fmt.Errorf("%d of %d checks failed; logs are in %s", n, len(results), o.out)
	}
	if len(results) == 0 {
		return 1, errors.New("no check was run")
	}
	return 0, nil
}

func saveMarkdown(file string, chosen []suite.Case, results []suite.Result) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(suite.Markdown(f, chosen, results), f.Close())
}

// waitForInterrupt says how to reach the machines, and keeps them up.
func waitForInterrupt(ctx context.Context, c *cluster.Cluster) {
	fmt.Println("\nThe machines stay up until Ctrl-C. From another terminal, in this folder and as root:")
	for _, m := range c.Lab.Machines() {
		fmt.Printf("  go run ./cmd/e2e login %s\n", m.Name)
	}
	fmt.Printf("  nsenter -t $(pgrep -f qemu-system | head -1) -n -m %s --kubeconfig %s get nodes\n", c.Programs.Kubectl, c.Kubeconfig())
	<-ctx.Done()
}

// pick finds cases by their names; none means all.
func pick(all []suite.Case, names []string) ([]suite.Case, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []suite.Case
	for _, name := range names {
		i := slices.IndexFunc(all, func(c suite.Case) bool { return strings.EqualFold(c.Name, name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no case %q; \"e2e list\" shows them", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func choose(names []string) ([]suite.Case, error) { return pick((&cases.World{}).All(), names) }

func list() (int, error) {
	for _, c := range (&cases.World{}).All() {
		fmt.Printf("%s  %s\n", c.Name, c.Title)
	}
	return 0, nil
}
