package cases

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/kube-anywhere/kube-anywhere/e2e/cluster"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// breakage is something wrong with a machine, the line by which preflight tells
// it, and the commands that break and mend.
type breakage struct {
	name, says   string
	damage, mend string
}

// breakages are those that a running system can have, all at once.
var breakages = []breakage{
	{"swap is on", `swap: found .*/swapfile.*fix: swapoff`,
		"fallocate -l 64M /swapfile && chmod 600 /swapfile && mkswap -q /swapfile && swapon /swapfile", "swapoff /swapfile"},
	{"port 6443 is taken", `listeners: found .*:6443.*fix: stop them`,
		"systemd-run -q --unit=thief socat TCP-LISTEN:6443,fork /dev/null", "systemctl stop thief"},
	{"containerd has no CRI", `CRI: found none, wanted ok, fix: journalctl -u containerd`,
		"mv /etc/containerd/config.toml /root/ && echo 'disabled_plugins = [\"cri\"]' > /etc/containerd/config.toml && systemctl restart containerd",
		"mv /root/config.toml /etc/containerd/ && touch /etc/containerd/config.toml"},
	{"no Docker", `Docker: found none, wanted 20.10, fix: journalctl -u docker`,
		"systemctl mask -q --now docker.socket docker.service", "systemctl unmask -q docker.socket docker.service && systemctl start docker.socket docker"},
}

// preflight is case P: machines that do not meet the node specification.
func (w *World) preflight() suite.Case {
	return suite.Case{
		Name: "p", Title: "machines broken on purpose: preflight names each fact and fix, and holds the kubelet back",
		Run: func(t *suite.T) {
			c := w.start(t, debian(w.config(t.Case.Name, 1)))
			w.Resolve(endpoint(t.Case.Name)) // nobody knows the endpoint
			w.bootSmallAndLate(t, c)
			m := c.ControlPlane()
			t.Check("too little memory and a clock a year behind", slow, func(ctx context.Context) error {
				return refuses(ctx, m, `memory kB: found \d+, wanted 1700000, fix: larger machine`,
					`clock: found 20.*, wanted 20.*, fix: timedatectl`)
			})
			t.Check("a worker whose endpoint has no address", slow, func(ctx context.Context) error {
				return refuses(ctx, c.Workers()[0], endpoint(t.Case.Name)+` addresses: found 0, wanted 1, fix: resolvectl`)
			})
			t.Check("the endpoint gets an address: the worker goes on by itself, and waits for the API", slow, func(ctx context.Context) error {
				w.Resolve(endpoint(t.Case.Name), controlPlaneAddress)
				return c.Workers()[0].WaitConsole(ctx, "curl: .* connect to "+endpoint(t.Case.Name), 0)
			})
			breakInTurn(t, m)
			t.Require("enough memory and the right time: the control plane goes on by itself", slow, func(ctx context.Context) error {
				m.PowerCut()
				m.Memory, m.Clock = 4096, time.Time{}
				if err := m.PowerOn(); err != nil {
					return err
				}
				return goesOn(ctx, m)
			})
			converge(t, c)
		},
	}
}

// bootSmallAndLate boots a control plane with half the memory it needs and a
// clock a year behind, and a worker as it should be.
func (w *World) bootSmallAndLate(t *suite.T, c *cluster.Cluster) {
	t.Require("power on", quick, func(context.Context) error {
		small, err := w.spec(c, "controlplane-0", lab.CloudInit)
		if err != nil {
			return err
		}
		small.Memory, small.CPUs, small.Clock = 1024, 2, time.Now().AddDate(-1, 0, 0)
		worker, err := w.spec(c, "worker-0", lab.CloudInit)
		if err != nil {
			return err
		}
		return w.Lab.Boot(small, worker)
	})
}

// breakInTurn breaks a machine that preflight holds back anyway in several ways,
// and mends each: told when broken, and no more when mended.
func breakInTurn(t *suite.T, m *lab.Machine) {
	for _, b := range breakages {
		t.Check(b.name, slow, func(ctx context.Context) error {
			if _, err := m.Run(ctx, b.damage); err != nil {
				return err
			}
			told := refuses(ctx, m, b.says)
			if _, err := m.Run(ctx, b.mend); err != nil {
				return err
			}
			if told != nil {
				return told
			}
			return lab.Until(ctx, "preflight to find it mended", func(ctx context.Context) error {
				out, err := m.Run(ctx, "/opt/bin/node-preflight; true")
				if err == nil && matches(b.says, out) {
					err = fmt.Errorf("found %s", out)
				}
				return err
			})
		})
	}
}

// refuses expects preflight to tell each fact on the console and in the journal,
// and the kubelet not to run.
func refuses(ctx context.Context, m *lab.Machine, says ...string) error {
	// What the console has so far may be from before the damage.
	console, err := m.Console()
	if _, up := m.Run(ctx, "true"); err != nil || up != nil {
		console = nil
	}
	for _, pattern := range says {
		pattern = "node-preflight: " + pattern
		if err := m.WaitConsole(ctx, pattern, len(console)); err != nil {
			return err
		}
		if err := lab.Until(ctx, "the journal to have it too", func(ctx context.Context) error {
			journal, err := m.Run(ctx, "journalctl -b -u node-preflight --no-pager -o cat")
			if err == nil && !matches(pattern, journal) {
				err = fmt.Errorf("found %.500s, expected %s", journal, pattern)
			}
			return err
		}); err != nil {
			return err
		}
	}
	state, err := m.Run(ctx, "systemctl is-active kubelet; pgrep -x kubelet; true")
	if err == nil && strings.TrimSpace(state) != "inactive" {
		err = fmt.Errorf("kubelet: found %q, expected it to be held back", state)
	}
	return err
}

func matches(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }

// goesOn expects the machine to pass preflight and start the kubelet, without
// anybody's doing.
func goesOn(ctx context.Context, m *lab.Machine) error {
	return lab.Until(ctx, "the kubelet of "+m.Name+" to start", func(ctx context.Context) error {
		_, err := m.Run(ctx, "systemctl -q is-active node-preflight kubelet && pgrep -x kubelet")
		return err
	})
}
