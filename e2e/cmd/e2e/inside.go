package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/services"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// resultsFile is where a case leaves its results for the process outside, in its
// own work folder.
const resultsFile = "results.json"

// inside runs one case, in namespaces of its own.
func inside(ctx context.Context, o options, hold bool, name string) (int, error) {
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
	chosen, err := pick(w.All(), []string{name})
	if err != nil {
		return 2, err
	}
	return 0, suite.Save(filepath.Join(o.work, resultsFile), suite.Run(ctx, os.Stdout, chosen))
}

// waitForInterrupt says how to reach the machines, and keeps them up.
func waitForInterrupt(ctx context.Context, c *cluster.Cluster) {
	fmt.Println("\nThe machines stay up until Ctrl-C. From another terminal, in this folder and as root:")
	for _, m := range c.Lab.Machines() {
		fmt.Printf("  go run ./cmd/e2e login %s\n", m.Name)
	}
	fmt.Printf("  nsenter -t $(pgrep -f %s/ | head -1) -n -m %s --kubeconfig %s get nodes\n", c.Lab.Dir, c.Programs.Kubectl, c.Kubeconfig())
	<-ctx.Done()
}
