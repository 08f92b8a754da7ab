package pxe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// identity is what a machine is known by.
type identity struct{ name, mac, address string }

var (
	controlPlane = identity{"rack1-cp0", "52:54:00:00:01:10", "192.168.50.10"}
	worker       = identity{"rack1-node0", "52:54:00:00:01:20", "192.168.50.20"}
	// unknown is in no config.
	unknown = identity{"stranger", "52:54:00:00:01:99", ""}
)

// folder is where a machine's files are.
func (i identity) folder() string { return strings.ReplaceAll(i.mac, ":", "-") }

// options are provider.pxe, beyond what every rack has.
type options map[string]any

var (
	fullDHCP  = options{"dhcp": "full", "gateway": router.String(), "nameServers": []string{router.String()}}
	proxyDHCP = options{}
)

// kernelArgs are the user's own: they have the kernel talk, and hold the
// emulation together.
func kernelArgs() []string {
	return append([]string{"console=ttyS0"}, strings.Fields(lab.Emulated)...)
}

// rack is a compiled cluster and its boot server.
type rack struct {
	w   *World
	dir string // of config, pki, output, logs
	// payloads are by the machine's name: paths below the web root.
	payloads               map[string]string
	dnsmasq, serve, router *daemon
	// late, when set, is done to it once a machine has booted.
	late func(context.Context, *rack) error
}

func (w *World) rack(name string) *rack { return &rack{w: w, dir: filepath.Join(w.Scratch, name)} }

// start compiles a cluster and starts its boot server.
func (w *World) start(t *suite.T, o options) *rack {
	r := w.rack(t.Case.Name)
	t.Cleanup(func() { r.keepLogs(t.Case.Name) })
	t.Cleanup(r.stop)
	t.Require("compile, and start dnsmasq and kube-anywhere serve as emitted", quick, func(ctx context.Context) error {
		if err := r.compile(ctx, o); err != nil {
			return err
		}
		return r.startServers(ctx, o)
	})
	return r
}

func (r *rack) out(name string) string { return filepath.Join(r.dir, "out", name) }

// web is a file that machines may see.
func (r *rack) web(name string) string { return r.out("pxe/http/" + name) }

// compile compiles a config as a user does, and puts kernel and initrd where
// "fetch" puts Flatcar's.
func (r *rack) compile(ctx context.Context, o options) error {
	provider := options{"disk": "/dev/vda", "kernelArgs": kernelArgs()}
	for name, value := range o {
		provider[name] = value
	}
	machine := func(i identity) map[string]string {
		return map[string]string{"name": i.name, "mac": i.mac, "address": i.address}
	}
	config, err := json.MarshalIndent(map[string]any{
		"name":         "rack1",
		"controlPlane": map[string]any{"machines": []any{machine(controlPlane)}},
		"workers":      []any{map[string]any{"name": "general", "machines": []any{machine(worker)}}},
		"network":      map[string]any{"machineCIDR": lab.Network.String()},
		"provider":     map[string]any{"pxe": provider},
	}, "", "  ")
	if err != nil {
		return err
	}
	file := filepath.Join(r.dir, "cluster.json")
	if err := errors.Join(os.RemoveAll(r.dir), os.MkdirAll(r.dir, 0o755), os.WriteFile(file, config, 0o644)); err != nil {
		return err
	}
	if err := run(r.w.KubeAnywhere, "compile", "-f", file, "-o", r.out(""), "--pki", filepath.Join(r.dir, "pki")); err != nil {
		return err
	}
	assets := r.web("assets/flatcar/amd64")
	if err := errors.Join(os.MkdirAll(assets, 0o755), run("cp", r.w.Kernel, assets+"/kernel"), run("cp", r.w.Initrd, assets+"/initrd")); err != nil {
		return err
	}
	return r.readIndex()
}

func (r *rack) readIndex() error {
	var index struct {
		BaseURL  string
		Machines []struct{ Name, Payload string }
	}
	text, err := os.ReadFile(r.out("pxe/machines.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return err
	}
	if want := r.url(""); index.BaseURL+"/" != want {
		return fmt.Errorf("found the base URL %s/, expected %s by default", index.BaseURL, want)
	}
	r.payloads = map[string]string{}
	for _, m := range index.Machines {
		r.payloads[m.Name] = m.Payload
	}
	return nil
}

// url is where machines find a file.
func (r *rack) url(name string) string { return fmt.Sprintf("http://%s:8080/%s", bootServer, name) }

// startServers runs what the emitted dnsmasq.conf and README.md tell to run;
// dnsmasq with its state in the rack's folder and a more talkative log.
func (r *rack) startServers(ctx context.Context, o options) (err error) {
	if o["dhcp"] != "full" {
		if r.router, err = startRouter(r.dir, []identity{controlPlane, worker}); err != nil {
			return err
		}
		if err := r.router.says(ctx, "DHCP, IP range"); err != nil {
			return err
		}
	}
	cmd := exec.Command("dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=pxe/dnsmasq.conf",
		"--log-dhcp", "--pid-file=", "--dhcp-leasefile="+filepath.Join(r.dir, "dnsmasq.leases"))
	cmd.Dir = r.out("")
	if r.dnsmasq, err = startDaemon(r.dir, "dnsmasq", cmd); err != nil {
		return err
	}
	if err := r.dnsmasq.says(ctx, "TFTP root is "); err != nil {
		return err
	}
	return r.startServe(ctx)
}

func (r *rack) startServe(ctx context.Context, args ...string) (err error) {
	os.Remove(filepath.Join(r.dir, "serve.err")) // what an earlier one said is not this one's
	args = append([]string{"serve", r.out(""), "-o", "json"}, args...)
	if r.serve, err = startDaemon(r.dir, "serve", exec.Command(r.w.KubeAnywhere, args...)); err != nil {
		return err
	}
	return r.serve.says(ctx, "Plain HTTP: ")
}

func (r *rack) stop() {
	for _, d := range []*daemon{r.serve, r.dnsmasq, r.router} {
		if d != nil {
			d.stop()
		}
	}
	run("ip", "link", "del", "torouter") // gone already with its other end, or never there
}

// keepLogs copies logs and consoles to where the user finds them.
func (r *rack) keepLogs(name string) {
	to := filepath.Join(r.w.Out, "pxe", name)
	os.RemoveAll(to)
	os.MkdirAll(to, 0o755)
	for _, pattern := range []string{name + "/*.err", name + "/*.out", "machines/*.log", "machines/*.err"} {
		files, _ := filepath.Glob(filepath.Join(r.w.Scratch, pattern))
		for _, f := range files {
			run("cp", f, to)
		}
	}
}

// request is a line of the access log.
type request struct {
	Remote, MAC, Machine, Method, Path, Note string
	Status                                   int
	Bytes                                    int64
}

// requests are those from one address, or with none from every one.
func (r *rack) requests(remote string) ([]request, error) {
	var out []request
	for line := range strings.Lines(read(r.serve.out)) {
		var q request
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			return nil, fmt.Errorf("the access log: %w: %s", err, line)
		}
		if remote == "" || q.Remote == remote {
			out = append(out, q)
		}
	}
	return out, nil
}
