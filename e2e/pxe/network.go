package pxe

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

const bridge = "br0"

// The boot server is this host. The router is there where it is the network's
// DHCP server.
var (
	bootServer = netip.MustParseAddr("192.168.50.2")
	router     = netip.MustParseAddr("192.168.50.1")
)

// Up makes the network.
func (w *World) Up() error {
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", bridge, "type", "bridge"},
		{"addr", "add", fmt.Sprintf("%s/%d", bootServer, lab.PrefixBits), "dev", bridge},
		{"link", "set", bridge, "up"},
	} {
		if err := run("ip", args...); err != nil {
			return err
		}
	}
	return nil
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// daemon is a program that runs until it is stopped.
type daemon struct {
	name, out, errs string // files of what it writes
	process         *os.Process
	ended           chan struct{}
}

// startDaemon starts a program that logs into dir.
func startDaemon(dir, name string, cmd *exec.Cmd) (*daemon, error) {
	d := &daemon{name: name, out: filepath.Join(dir, name+".out"), errs: filepath.Join(dir, name+".err"), ended: make(chan struct{})}
	var files []*os.File
	for _, file := range []string{d.out, d.errs} {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		files = append(files, f)
	}
	cmd.Stdout, cmd.Stderr = files[0], files[1]
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGKILL
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	d.process = cmd.Process
	go func() {
		cmd.Wait()
		close(d.ended)
	}()
	return d, nil
}

func (d *daemon) stop() {
	d.process.Signal(syscall.SIGTERM)
	<-d.ended
}

// says waits for a text in what the program writes.
func (d *daemon) says(ctx context.Context, text string) error {
	return lab.Until(ctx, fmt.Sprintf("%s to say %q", d.name, text), func(context.Context) error {
		out, errs := read(d.out), read(d.errs)
		select {
		case <-d.ended:
			return fmt.Errorf("it has ended: %s", lastOf(out+errs))
		default:
		}
		if !strings.Contains(out+errs, text) {
			return fmt.Errorf("it has not; its last words: %s", lastOf(out+errs))
		}
		return nil
	})
}

// read is a file's text, empty where there is none yet.
func read(file string) string {
	text, _ := os.ReadFile(file)
	return string(text)
}

func lastOf(text string) string { return strings.TrimSpace(text[max(0, len(text)-300):]) }

// startRouter is a DHCP server that knows nothing of booting, in a network
// namespace of its own: two servers cannot share a port.
func startRouter(dir string, machines []identity) (*daemon, error) {
	args := []string{"--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--port=0", "--pid-file=",
		"--dhcp-leasefile=" + filepath.Join(dir, "router.leases"), "--dhcp-range=192.168.50.100,192.168.50.150,255.255.255.0,1h"}
	for _, m := range machines {
		args = append(args, "--dhcp-host="+m.mac+","+m.address)
	}
	const begin = `until ip link set router up 2>/dev/null; do sleep 0.1; done; ip addr add "$0" dev router; exec dnsmasq "$@"`
	cmd := exec.Command("sh", append([]string{"-c", begin, fmt.Sprintf("%s/%d", router, lab.PrefixBits)}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	d, err := startDaemon(dir, "router", cmd)
	if err != nil {
		return nil, err
	}
	if err := run("ip", "link", "add", "torouter", "type", "veth", "peer", "name", "router", "netns", fmt.Sprint(d.process.Pid)); err != nil {
		return nil, err
	}
	return d, run("ip", "link", "set", "torouter", "master", bridge, "up")
}
