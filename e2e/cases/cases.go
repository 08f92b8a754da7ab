package cases

import (
	"context"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// KubernetesVersion is what all cases run.
const KubernetesVersion = "1.37.1"

// All are the cases in the order in which they run.
func (w *World) All() []suite.Case {
	return []suite.Case{
		w.peer(), w.cloudInit(), w.ignition(), w.networkPolicy(), w.script(), w.preflight(), w.selfCheck(),
	}
}

// cloudInit is case A.
func (w *World) cloudInit() suite.Case {
	return suite.Case{
		Name: "a", Title: "cloud-init on Debian: one control plane with a disk for etcd, two workers, all powered on at once",
		Run: func(t *suite.T) {
			config := debian(w.config(t.Case.Name, 2))
			config["provider"] = map[string]any{"libvirt": map[string]any{}} // payloads for machines with such a disk
			c := w.start(t, config)
			w.bootAll(t, c, lab.CloudInit, "controlplane-0", "worker-0", "worker-1")
			converge(t, c)
			everything(t, c)
			t.Check("etcd is on its own disk", quick, func(ctx context.Context) error { return check.EtcdDisk(ctx, c) })
		},
	}
}

// ignition is case B.
func (w *World) ignition() suite.Case {
	return suite.Case{
		Name: "b", Title: "Ignition: workers five minutes before the control plane, whose power is cut in its first boot",
		Run: func(t *suite.T) {
			config := w.config(t.Case.Name, 2)
			config["os"] = map[string]any{"name": "flatcar"}
			c := w.start(t, config)
			w.bootAll(t, c, lab.Ignition, "worker-0", "worker-1")
			t.Require("workers wait five minutes for a control plane", slow, func(ctx context.Context) error {
				return wait(ctx, workersLead)
			})
			w.bootAll(t, c, lab.Ignition, "controlplane-0")
			t.Require("power cut as etcd is made", slow, func(ctx context.Context) error {
				return cutInFirstBoot(ctx, c)
			})
			converge(t, c)
			everything(t, c)
		},
	}
}

// script is case C.
func (w *World) script() suite.Case {
	return suite.Case{
		Name: "c", Title: "the script, on machines that have only Docker: one control plane, one worker",
		Run: func(t *suite.T) {
			c := w.start(t, debian(w.config(t.Case.Name, 1)))
			w.bootAll(t, c, lab.Login, "controlplane-0", "worker-0")
			for _, m := range w.Lab.Machines() {
				t.Require("run the script on "+m.Name, slow, func(ctx context.Context) error {
					return runScript(ctx, c, m)
				})
			}
			converge(t, c)
			smoke(t, c)
			security(t, c)
			addons(t, c)
			reboots(t, c)
		},
	}
}

// networkPolicy is case E.
func (w *World) networkPolicy() suite.Case {
	return suite.Case{
		Name: "e", Title: "cloud-init with kube-router: one control plane, one worker, a NetworkPolicy that blocks",
		Run: func(t *suite.T) {
			config := debian(w.config(t.Case.Name, 1))
			config["network"].(map[string]any)["plugin"] = "kube-router"
			c := w.start(t, config)
			w.bootAll(t, c, lab.CloudInit, "controlplane-0", "worker-0")
			t.Require("power cut of the worker while cloud-init runs", slow, func(ctx context.Context) error {
				return cutCloudInit(ctx, c)
			})
			converge(t, c)
			smoke(t, c, "--network-policy")
			security(t, c)
			addons(t, c)
			reboots(t, c)
		},
	}
}

// everything is what cases A and B assert.
func everything(t *suite.T, c *cluster.Cluster) {
	smoke(t, c)
	security(t, c)
	addons(t, c)
	kubelets(t, c)
	reboots(t, c)
	powerCut(t, c)
	// Last, when logs have the most in them.
	files(t, c)
}

func security(t *suite.T, c *cluster.Cluster) {
	for _, s := range []struct {
		name  string
		check func(context.Context, *cluster.Cluster) error
	}{
		{"scheduler, controller manager and etcd are healthy", check.Components},
		{"a token that was never made is refused", check.GarbageToken},
		{"a token is refused once it has expired", check.ExpiredToken},
		{"a stolen token can only ask for a node certificate", check.StolenToken},
		{"a worker's certificate opens nothing but its own", check.WorkerCertificate},
		{"kubelets and etcd refuse strangers", check.KubeletRefusesStrangers},
		{"secrets are encrypted in etcd's files", check.EncryptedAtRest},
		{"the audit log tells who did what, and no content", check.Audited},
		{"workers gave up the join token", check.TokenGone},
	} {
		t.Check(s.name, slow, func(ctx context.Context) error { return s.check(ctx, c) })
	}
}

func addons(t *suite.T, c *cluster.Cluster) {
	t.Check("add-ons: a file is applied, edited and pruned", slow, func(ctx context.Context) error {
		return check.Addons(ctx, c)
	})
}

func files(t *suite.T, c *cluster.Cluster) {
	t.Check("no secret is in any log", slow, func(ctx context.Context) error { return check.NoSecretsInLogs(ctx, c) })
	t.Check("what holds a secret is private", slow, func(ctx context.Context) error { return check.PrivateFiles(ctx, c) })
}
