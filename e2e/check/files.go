package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// NoSecretsInLogs looks for every secret of pki/ in each machine's console,
// journal and other logs, container logs included.
func NoSecretsInLogs(ctx context.Context, c *cluster.Cluster) error {
	secrets, err := c.Secrets()
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range c.Lab.Machines() {
		log, err := Logs(ctx, m)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, s := range secrets {
			if at := strings.Index(log, s.Text); at >= 0 {
				errs = append(errs, fmt.Errorf("%s: found the secret of %s in a log, expected it nowhere: %s…",
					m.Name, s.From, log[strings.LastIndexByte(log[:at], '\n')+1:at]))
			}
		}
	}
	return all(errs...)
}

// Logs is everything that a machine has logged: its console, its journal with
// what a line continues, and /var/log.
func Logs(ctx context.Context, m *lab.Machine) (string, error) {
	console, err := m.Console()
	if err != nil {
		return "", err
	}
	logs, err := m.Run(ctx, "journalctl --no-pager -o verbose --output-fields=MESSAGE; "+
		"find /var/log -type f -not -path '*/journal/*' -exec cat {} +")
	return string(console) + logs, err
}

// PrivateFiles expects whatever holds a secret on a machine to be its owner's
// alone, wherever it is on the disk, and some such file to exist.
func PrivateFiles(ctx context.Context, c *cluster.Cluster) error {
	secrets, err := c.Secrets()
	if err != nil {
		return err
	}
	var patterns strings.Builder
	for _, s := range secrets {
		fmt.Fprintln(&patterns, s.Text)
	}
	var errs []error
	for _, m := range c.Lab.Machines() {
		// Images hold none of ours, and take emulated minutes to read.
		out, err := m.RunWith(ctx, `grep -rlaF -f - --exclude-dir=containerd --exclude-dir=docker --exclude-dir=etcd /etc /var /root /home /opt /run 2>/dev/null |
			xargs -r -d '\n' stat -c '%a %n'`, []byte(patterns.String()))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if m == c.ControlPlane() && out == "" {
			errs = append(errs, fmt.Errorf("%s: found no file with a secret, expected its keys", m.Name))
		}
		for line := range strings.Lines(out) {
			if mode, name, _ := strings.Cut(strings.TrimSpace(line), " "); mode != "600" && mode != "400" {
				errs = append(errs, fmt.Errorf("%s: %s: found mode %s, expected 600", m.Name, name, mode))
			}
		}
	}
	return all(errs...)
}

// TokenGone expects workers to have given up the join token once they have
// certificates of their own.
func TokenGone(ctx context.Context, c *cluster.Cluster) error {
	var errs []error
	for _, m := range c.Workers() {
		errs = append(errs, lab.Until(ctx, m.Name+" to remove its bootstrap kubeconfig", func(ctx context.Context) error {
			_, err := m.Run(ctx, "test -s /var/lib/kubelet/pki/kubelet-client-current.pem && ! test -e /etc/kubernetes/bootstrap-kubelet.conf")
			return err
		}))
	}
	return all(errs...)
}
