// Package cases holds the cases of the suite: which cluster each one boots, and
// what is asserted of it in which order.
//
// INPUTS: disks, programs, the lab's network and services.
// OUTPUTS: results, and under Out the logs of machines of a case that failed.
package cases

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// Limits on time. An emulated machine is ten to twenty times slower than a real
// one, and a busy host doubles that; a limit only says when to stop hoping.
const (
	quick = 3 * time.Minute
	slow  = 15 * time.Minute
)

// World is what all cases share.
type World struct {
	Lab      *lab.Lab
	Programs cluster.Programs
	// Disks are by what is on them: cloud-init, ignition, docker, kubeadm.
	Disks map[string]lab.Disk
	// CNI is where machines fetch the CNI plugins.
	CNI Download
	// Resolve makes a name known to the lab's DNS, or with no address unknown.
	Resolve func(name string, addresses ...netip.Addr)
	// Out is where logs go; Scratch is for compiled clusters.
	Out, Scratch string
	// Hold, when set, is called at the end of a case, with the machines up.
	Hold func(context.Context, *cluster.Cluster)
}

// Download is a file that machines fetch.
type Download struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256"`
}

// endpoint is the name of a case's API.
func endpoint(name string) string { return "api." + name + ".example.net" }

// controlPlaneAddress is where every case's first control-plane machine is.
var controlPlaneAddress = netip.MustParseAddr("192.168.50.10")

func workerAddress(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{192, 168, 50, byte(21 + i)})
}

// config is what all cases' clusters have in common.
func (w *World) config(name string, workers int) cluster.Config {
	return cluster.Config{
		"name":       "e2e-" + name,
		"kubernetes": map[string]any{"version": KubernetesVersion},
		"network":    map[string]any{"machineCIDR": lab.Network.String()},
		"controlPlane": map[string]any{
			"endpoint":  endpoint(name),
			"addresses": []string{controlPlaneAddress.String()},
		},
		"workers":  []any{map[string]any{"name": "worker", "count": workers}},
		"registry": map[string]any{"cniPlugins": map[string]any{"amd64": w.CNI}},
	}
}

// debian says what the machines of most cases are.
func debian(c cluster.Config) cluster.Config {
	c["os"] = map[string]any{"name": "debian", "docker": "preinstalled"}
	return c
}

// start compiles a case's cluster, and makes its endpoint known.
func (w *World) start(t *suite.T, config cluster.Config) *cluster.Cluster {
	var c *cluster.Cluster
	os.RemoveAll(w.logs(t)) // an earlier run's
	t.Cleanup(func() { w.finish(t, c) })
	t.Require("compile", quick, func(ctx context.Context) (err error) {
		c, err = cluster.Compile(ctx, w.Programs, w.Lab, filepath.Join(w.Scratch, t.Case.Name), config)
		return err
	})
	w.Resolve(endpoint(t.Case.Name), controlPlaneAddress)
	return c
}

// finish keeps logs of what failed and stops the machines.
func (w *World) finish(t *suite.T, c *cluster.Cluster) {
	if t.Failed() {
		w.keepLogs(w.logs(t))
	}
	if w.Hold != nil && c != nil {
		w.Hold(t.Context(), c)
	}
	w.Lab.Clear()
	w.Resolve(endpoint(t.Case.Name))
}

// logs is where the logs of a case's machines go.
func (w *World) logs(t *suite.T) string { return filepath.Join(w.Out, t.Case.Name) }

// keepLogs writes each machine's console and, where it still answers, its journal
// and its pods' and audit logs.
func (w *World) keepLogs(dir string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return
	}
	for _, m := range w.Lab.Machines() {
		save := func(kind string, text []byte, err error) {
			if err != nil {
				text = []byte(err.Error())
			}
			os.WriteFile(filepath.Join(dir, m.Name+"."+kind), text, 0o644)
		}
		console, err := m.Console()
		save("console.log", console, err)
		journal, err := m.Run(ctx, "journalctl --no-pager -o short-precise")
		save("journal.log", []byte(journal), err)
		logs, err := m.Run(ctx, "cd /var/log && tar cz $(ls -d pods kubernetes)")
		save("logs.tgz", []byte(logs), err)
	}
}

// size is the address and size of a machine, by its name.
func size(name string) lab.Spec {
	var i int
	if n, _ := fmt.Sscanf(name, "worker-%d", &i); n == 1 {
		return lab.Spec{Name: name, Address: workerAddress(i), Memory: 1536, CPUs: 2}
	}
	return lab.Spec{Name: name, Address: controlPlaneAddress, Memory: 4096, CPUs: 4}
}

// spec is a machine of the cluster, with its own payload or its pool's.
func (w *World) spec(c *cluster.Cluster, name string, delivery lab.Delivery) (lab.Spec, error) {
	spec := size(name)
	spec.Disk, spec.Delivery = w.disk(delivery), delivery
	if payloadName(name) == name {
		spec.Blank = c.EtcdDiskGB()
	}
	if delivery == lab.Login {
		return spec, nil
	}
	var err error
	spec.Payload, err = c.Payload(payloadName(name))
	return spec, err
}

// payloadName is a control-plane machine's own name, and its pool's of a worker.
func payloadName(machine string) string {
	if strings.HasPrefix(machine, "worker-") {
		return "worker"
	}
	return machine
}

// Images are all that any case's machines run.
func Images(ctx context.Context, kubeAnywhere string) ([]string, error) {
	refs := []string{check.Image}
	for _, plugin := range []string{"flannel", "kube-router"} {
		c := cluster.Config{"name": "images", "kubernetes": map[string]any{"version": KubernetesVersion}, "network": map[string]any{"plugin": plugin}}
		more, err := cluster.Images(ctx, kubeAnywhere, c)
		if err != nil {
			return nil, err
		}
		refs = append(refs, more...)
	}
	slices.Sort(refs)
	return slices.Compact(refs), nil
}

// bootAll powers all machines on at once.
func (w *World) bootAll(t *suite.T, c *cluster.Cluster, delivery lab.Delivery, names ...string) {
	t.Require("power on", quick, func(context.Context) error {
		specs := make([]lab.Spec, len(names))
		for i, name := range names {
			var err error
			if specs[i], err = w.spec(c, name, delivery); err != nil {
				return err
			}
		}
		return w.Lab.Boot(specs...)
	})
}

// converge waits for the whole cluster.
func converge(t *suite.T, c *cluster.Cluster) {
	t.Require("all nodes Ready, add-ons Ready, DNS answers", 2*slow, func(ctx context.Context) error {
		return check.Converged(ctx, c)
	})
}

// disk is what a machine starts from that gets its payload so.
func (w *World) disk(d lab.Delivery) lab.Disk {
	if d == lab.Login {
		return w.Disks["docker"]
	}
	return w.Disks[string(d)]
}
