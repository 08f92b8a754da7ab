package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// Delivery is how a machine gets its payload.
type Delivery string

const (
	// CloudInit is a NoCloud disk with the payload as user-data.
	CloudInit Delivery = "cloud-init"
	// Ignition is QEMU's firmware interface.
	Ignition Delivery = "ignition"
	// Login leaves it to whoever logs in.
	Login Delivery = "login"
)

// Disk is what a machine starts from. Its files are not written to.
type Disk struct {
	Image, Kernel, Initrd string
}

// Spec is a machine to boot.
type Spec struct {
	Name     string
	Address  netip.Addr
	Disk     Disk
	Delivery Delivery
	Payload  string // file
	Memory   int    // MiB
	// Blank is the size of a second disk with nothing on it, in GB; 0 is none.
	Blank int
	CPUs  int
	// Clock is when the machine believes to be; zero is now.
	Clock time.Time
}

// Machine is a machine that was booted.
type Machine struct {
	Spec
	// PoweredOn is when its power came on last, and FirstOn when it did first.
	PoweredOn, FirstOn time.Time

	lab  *Lab
	dir  string
	door door

	mu      sync.Mutex
	process *os.Process
	ended   chan struct{}
}

// Boot makes machines and powers them on, all at once.
func (l *Lab) Boot(specs ...Spec) error {
	machines := make([]*Machine, len(specs))
	for i, spec := range specs {
		var err error
		if machines[i], err = l.assemble(spec); err != nil {
			return err
		}
	}
	errs := make([]error, len(machines))
	var group sync.WaitGroup
	for i, m := range machines {
		group.Go(func() { errs[i] = m.PowerOn() })
	}
	group.Wait()
	return errors.Join(errs...)
}

// assemble makes a machine that has no power yet.
func (l *Lab) assemble(spec Spec) (*Machine, error) {
	m := &Machine{Spec: spec, lab: l, dir: filepath.Join(l.Dir, spec.Name)}
	m.door = door{address: netip.AddrPortFrom(spec.Address, 22), key: l.Key, host: l.HostKey}
	if err := os.RemoveAll(m.dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return nil, err
	}
	if err := run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", spec.Disk.Image, m.file("disk.qcow2")); err != nil {
		return nil, err
	}
	if spec.Blank > 0 {
		if err := run("qemu-img", "create", "-q", "-f", "qcow2", m.file("blank.qcow2"), fmt.Sprintf("%dG", spec.Blank)); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(m.file("address"), []byte(spec.Address.String()), 0o644); err != nil {
		return nil, err
	}
	if err := m.seed(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.machines = append(l.machines, m)
	return m, nil
}

func (m *Machine) file(name string) string { return filepath.Join(m.dir, name) }

// Console is what the machine wrote on its serial console since it was made.
func (m *Machine) Console() ([]byte, error) { return os.ReadFile(m.file("console.log")) }

// WaitConsole waits for a line on the console that matches, after the first
// skip bytes of it.
func (m *Machine) WaitConsole(ctx context.Context, pattern string, skip int) error {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	return Until(ctx, fmt.Sprintf("%s to say %q on its console", m.Name, pattern), func(context.Context) error {
		log, err := m.Console()
		if err != nil {
			return err
		}
		if !re.Match(log[min(skip, len(log)):]) {
			return fmt.Errorf("it has not; its last words: %s", bytes.TrimSpace(log[max(0, len(log)-300):]))
		}
		return nil
	})
}
