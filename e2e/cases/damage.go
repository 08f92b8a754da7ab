package cases

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kube-anywhere/kube-anywhere/e2e/check"
	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// damage breaks one thing in a cluster that works, and names the check that has
// to find it.
type damage struct {
	what  string // is broken
	check func(context.Context, *cluster.Cluster) error
	finds string // part of the check's error
	// Commands on the control plane, or on the worker, or for kubectl.
	do, undo step
}

// step is where to run what. Several are joined by newlines.
type step struct{ controlPlane, worker, kubectl string }

// damages has one entry, or more, for every check. What a payload says is
// changed where it landed; the components that read it start anew by themselves
// or are restarted.
var damages = []damage{
	{"the scheduler is gone", check.Components, "kube-scheduler is not healthy",
		step{controlPlane: "mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/"},
		step{controlPlane: "mv /root/kube-scheduler.yaml /etc/kubernetes/manifests/"}},
	{"somebody makes the token that nobody has", check.GarbageToken, "expected Unauthorized",
		step{kubectl: "create secret generic bootstrap-token-abcdef -n kube-system --type=bootstrap.kubernetes.io/token " +
			"--from-literal=token-id=abcdef --from-literal=token-secret=0123456789abcdef --from-literal=usage-bootstrap-authentication=true"},
		step{kubectl: "delete secret bootstrap-token-abcdef -n kube-system"}},
	{"the control plane's clock is behind", check.ExpiredToken, "expected Unauthorized",
		step{controlPlane: "date -s '10 minutes ago'"}, step{controlPlane: "date -s '10 minutes'"}},
	{"the token's group may read", check.StolenToken, "found an answer, expected Forbidden",
		step{kubectl: "create clusterrolebinding e2e-damage --clusterrole=view --group=system:bootstrappers"},
		step{kubectl: "delete clusterrolebinding e2e-damage"}},
	{"the token's group may not join", check.StolenToken, "found a refusal, expected success",
		step{controlPlane: "mv /etc/kubernetes/manifests/addon-manager.yaml /root/", kubectl: "delete clusterrolebinding " + bootstrapBinding},
		step{controlPlane: "mv /root/addon-manager.yaml /etc/kubernetes/manifests/\nsleep 60"}},
	{"nodes may do everything", check.WorkerCertificate, "found an answer, expected Forbidden",
		step{kubectl: "create clusterrolebinding e2e-damage --clusterrole=cluster-admin --group=system:nodes"},
		step{kubectl: "delete clusterrolebinding e2e-damage"}},
	{"a kubelet lets anybody in", check.KubeletRefusesStrangers, "expected 401",
		step{worker: "sed -i 's|^authentication:|authorization: {mode: AlwaysAllow}\\nauthentication:\\n  anonymous: {enabled: true}|' /etc/kubernetes/kubelet.yaml\nsystemctl restart kubelet"},
		step{worker: "sed -i '/anonymous: /d; /^authorization:/d' /etc/kubernetes/kubelet.yaml\nsystemctl restart kubelet"}},
	{"the API server does not encrypt", check.EncryptedAtRest, "expected it to be encrypted",
		step{controlPlane: "cp -p /etc/kubernetes/encryption.yaml /root/\n" +
			"sed -i '/- identity/d; s|- secretbox:|- identity: {}\\n  - secretbox:|' /etc/kubernetes/encryption.yaml\n" + restartAPI},
		step{controlPlane: "cp -p /root/encryption.yaml /etc/kubernetes/\n" + restartAPI}},
	{"the audit policy leaves all out", check.Audited, "the request to be in the audit log",
		step{controlPlane: "cp -p /etc/kubernetes/audit-policy.yaml /root/\n" +
			"sed -i 's|level: Metadata|level: None|' /etc/kubernetes/audit-policy.yaml\n" + restartAPI},
		step{controlPlane: "cp -p /root/audit-policy.yaml /etc/kubernetes/\n" + restartAPI}},
	{"the join token is left on the worker", check.TokenGone, "remove its bootstrap kubeconfig",
		step{worker: "systemctl stop kubelet-checker\ntouch /etc/kubernetes/bootstrap-kubelet.conf"}, step{worker: "systemctl start kubelet-checker"}},
	{"the add-on manager is gone", check.Addons, "the ConfigMap of the add-on to hold made",
		step{controlPlane: "mv /etc/kubernetes/manifests/addon-manager.yaml /root/\nsleep 20"},
		step{controlPlane: "rm /etc/kubernetes/addons/e2e.yaml\nmv /root/addon-manager.yaml /etc/kubernetes/manifests/"}},
	{"an add-on has no pods", check.AddonsReady, "Pod/metrics-server",
		step{kubectl: "-n kube-system set image deployment/metrics-server metrics-server=registry.k8s.io/none:v0"},
		step{kubectl: "-n kube-system rollout undo deployment/metrics-server"}},
	{"CoreDNS is gone", check.DNSAnswers, "the cluster's DNS to answer",
		step{kubectl: "-n kube-system scale deployment/coredns --replicas=0"}, step{kubectl: "-n kube-system scale deployment/coredns --replicas=2"}},
	{"a worker's kubelet has the wrong CA", check.NodesReady, "to be a Ready node",
		step{worker: "cp /etc/kubernetes/pki/ca.crt /root/\ncp /etc/ssl/certs/ca-certificates.crt /etc/kubernetes/pki/ca.crt\nsystemctl restart kubelet"},
		step{worker: "cp /root/ca.crt /etc/kubernetes/pki/\nsystemctl restart kubelet"}},
	{"systemd does not bring the kubelet back", recovers("KILL"), "a new kubelet that answers",
		step{worker: "mkdir -p /run/systemd/system/kubelet.service.d\nprintf '[Service]\\nRestart=no\\n' > /run/systemd/system/kubelet.service.d/x.conf\n" +
			"systemctl stop kubelet-checker\nsystemctl daemon-reload"},
		step{worker: "rm /run/systemd/system/kubelet.service.d/x.conf\nsystemctl daemon-reload\nsystemctl start kubelet kubelet-checker"}},
	{"kubelet-checker is stopped", recovers("STOP"), "a new kubelet that answers",
		step{worker: "systemctl stop kubelet-checker"}, step{worker: "systemctl start kubelet-checker\npkill -CONT -x kubelet"}},
	{"an object is lost in a reboot", losesObject, "objects lost", step{}, step{}},
	{"a machine meets the specification", refusesNothing, "node-preflight", step{}, step{}},
	{"a key can be read by all", check.PrivateFiles, "found mode 644",
		step{controlPlane: "chmod 644 /etc/kubernetes/pki/sa.key"}, step{controlPlane: "chmod 600 /etc/kubernetes/pki/sa.key"}},
	{"a key is in the journal", check.NoSecretsInLogs, "found the secret of pki/sa.key in a log",
		step{controlPlane: "logger -f /etc/kubernetes/pki/sa.key"}, step{}},
}

const (
	// restartAPI ends the API server; the kubelet starts it with what it reads now.
	restartAPI = "pkill -x kube-apiserver\nuntil curl -fsk https://127.0.0.1:6443/readyz; do sleep 2; done"
	// bootstrapBinding lets the join token's group ask for certificates.
	bootstrapBinding = "kube-anywhere:bootstrap"
)

func recovers(signal string) func(context.Context, *cluster.Cluster) error {
	return func(ctx context.Context, c *cluster.Cluster) error {
		return check.KubeletRecovers(ctx, c, c.Workers()[0], signal)
	}
}

func losesObject(ctx context.Context, c *cluster.Cluster) error {
	const manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: e2e-lost, namespace: default}}"
	if _, err := c.Apply(ctx, []byte(manifest), "apply", "-f", "-"); err != nil {
		return err
	}
	return check.Survives(ctx, c, func(ctx context.Context) error {
		_, err := c.Kubectl(ctx, "delete", "configmap", "e2e-lost")
		return err
	})
}

func refusesNothing(ctx context.Context, c *cluster.Cluster) error {
	return refuses(ctx, c.Workers()[0], "swap: found")
}

// selfCheck is case X.
func (w *World) selfCheck() suite.Case {
	return suite.Case{
		Name: "x", Title: "the checks themselves: each is seen to fail on a cluster broken for it",
		Run: func(t *suite.T) {
			config := w.config(t.Case.Name, 1)
			config["os"] = map[string]any{"name": "debian", "docker": "preinstalled"}
			c := w.start(t, config)
			w.bootAll(t, c, lab.CloudInit, "controlplane-0", "worker-0")
			converge(t, c)
			for _, d := range damages {
				t.Measure(d.what, slow, func(ctx context.Context) (string, error) { return d.isFound(ctx, c) })
			}
		},
	}
}

// isFound does the damage, waits for the check to find it, and undoes it.
func (d damage) isFound(ctx context.Context, c *cluster.Cluster) (string, error) {
	if err := d.do.run(ctx, c); err != nil {
		return "", fmt.Errorf("do the damage: %w", err)
	}
	var found error
	err := lab.Until(ctx, "the check to fail", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
		defer cancel()
		if found = d.check(ctx, c); found == nil {
			return errors.New("it passes")
		}
		if !strings.Contains(found.Error(), d.finds) {
			return fmt.Errorf("it fails otherwise than by %q: %w", d.finds, found)
		}
		return nil
	})
	// Also when the check took all the time: the next one wants a whole cluster.
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), quick)
	defer cancel()
	if undone := d.undo.run(late, c); undone != nil {
		return "", fmt.Errorf("undo the damage: %w", undone)
	}
	if err != nil {
		return "", err
	}
	return "the check said: " + shorten(found.Error()), nil
}

func (s step) run(ctx context.Context, c *cluster.Cluster) error {
	if s.controlPlane != "" {
		if _, err := c.ControlPlane().Run(ctx, s.controlPlane); err != nil {
			return err
		}
	}
	if s.worker != "" {
		if _, err := c.Workers()[0].Run(ctx, s.worker); err != nil {
			return err
		}
	}
	if s.kubectl == "" {
		return nil
	}
	_, err := c.Kubectl(ctx, strings.Fields(s.kubectl)...)
	return err
}

// shorten takes what fits on a line of the table.
func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 150 {
		s = string(r[:150]) + "…"
	}
	return s
}
