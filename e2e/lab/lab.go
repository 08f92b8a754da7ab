// Package lab boots real machines on a private network.
//
// INPUTS: disks, and for each machine its address and its payload.
// OUTPUTS: running machines: their consoles, a shell on each, and power.
//
// Everything lives in namespaces of its own (network, processes, mounts), which
// the kernel takes down when the program ends, however it ends. Nothing outside
// is touched but the directory that the caller gives.
package lab

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

const (
	bridge = "br0"
	// PrefixBits is the size of the machines' network.
	PrefixBits = 24
)

var (
	// Network is where the machines are. Its first address is the host's, where
	// the services answer that stand in for the internet.
	Network = netip.MustParsePrefix("192.168.50.0/24")
	// Gateway is the host's address.
	Gateway = netip.MustParseAddr("192.168.50.1")
)

// Lab is the private network and its machines.
type Lab struct {
	// Dir holds each machine's disk, console and payload.
	Dir string
	// QEMU runs machines; Firmware are the folders of its firmware files.
	QEMU     string
	Firmware []string
	// Key opens every machine's root login, the suite's own door.
	Key ssh.Signer
	// HostKey is what every machine shows to who logs in.
	HostKey ssh.PublicKey

	mu       sync.Mutex
	machines []*Machine
}

// Up makes the network. The caller is in namespaces of its own (see Enter).
func (l *Lab) Up() error {
	if err := os.MkdirAll(l.Dir, 0o755); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", bridge, "type", "bridge"},
		{"addr", "add", fmt.Sprintf("%s/%d", Gateway, PrefixBits), "dev", bridge},
		{"link", "set", bridge, "up"},
	} {
		if err := run("ip", args...); err != nil {
			return err
		}
	}
	return nil
}

// Machines are the machines that were booted, in order.
func (l *Lab) Machines() []*Machine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*Machine(nil), l.machines...)
}

// Clear stops every machine and forgets it, and its disk.
func (l *Lab) Clear() {
	for _, m := range l.Machines() {
		m.PowerCut()
		os.RemoveAll(filepath.Join(m.dir, "disk.qcow2"))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.machines = nil
}

// Accelerated tells whether this host runs machines on its own processor. With
// the device alone it is not sure to: a nested guest may have it and hang.
func Accelerated() bool {
	flags, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return false
	}
	virtualises := strings.Contains(string(flags), " vmx") || strings.Contains(string(flags), " svm")
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil || !virtualises {
		return false
	}
	return f.Close() == nil
}

// processors is how many of the host's a machine gets that would like n.
func processors(n int) int { return min(n, runtime.NumCPU()) }

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
