package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
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
	CPUs     int
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

// Boot makes the machine and powers it on.
func (l *Lab) Boot(spec Spec) (*Machine, error) {
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
	if err := os.WriteFile(m.file("address"), []byte(spec.Address.String()), 0o644); err != nil {
		return nil, err
	}
	if err := m.seed(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.machines = append(l.machines, m)
	l.mu.Unlock()
	return m, m.PowerOn()
}

func (m *Machine) file(name string) string { return filepath.Join(m.dir, name) }

// PowerOn starts the machine with the disk that it has.
func (m *Machine) PowerOn() error {
	if err := m.plugIn(); err != nil {
		return err
	}
	console, err := os.OpenFile(m.file("qemu.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer console.Close()
	cmd := exec.Command(m.lab.QEMU, m.arguments()...)
	cmd.Stdout, cmd.Stderr = console, console
	// An interrupt at the terminal is for the suite, which then stops machines.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	m.PoweredOn = time.Now()
	if m.FirstOn.IsZero() {
		m.FirstOn = m.PoweredOn
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", m.Name, err)
	}
	ended := make(chan struct{})
	m.mu.Lock()
	m.process, m.ended = cmd.Process, ended
	m.mu.Unlock()
	go func() {
		cmd.Wait()
		close(ended)
	}()
	return nil
}

// PowerCut takes the power away, as a pulled plug does: what the machine had
// not written is lost.
func (m *Machine) PowerCut() {
	m.mu.Lock()
	process, ended := m.process, m.ended
	m.mu.Unlock()
	if process == nil {
		return
	}
	process.Kill()
	<-ended
	m.door.close()
}

// Running tells whether the machine has power and has not stopped itself.
func (m *Machine) Running() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended == nil {
		return false
	}
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// Reboot restarts the machine in good order, and returns when the old system is
// gone.
func (m *Machine) Reboot(ctx context.Context) error {
	before, err := m.Run(ctx, "cat /proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	m.PoweredOn = time.Now()
	m.Run(ctx, "systemctl reboot") // the answer may be lost with the system
	m.door.close()
	return Until(ctx, m.Name+" to start anew", func(ctx context.Context) error {
		after, err := m.Run(ctx, "cat /proc/sys/kernel/random/boot_id")
		if err == nil && after == before {
			return errors.New("the old system still runs")
		}
		return err
	})
}

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
