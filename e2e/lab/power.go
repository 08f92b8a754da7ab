package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// PowerOn starts the machine with the disk that it has, and returns when the
// kernel has started its first program.
func (m *Machine) PowerOn() error {
	if err := m.plugIn(); err != nil {
		return err
	}
	for range 3 {
		skip := m.consoleSize()
		if err := m.switchOn(); err != nil {
			return err
		}
		if started, err := m.kernelStarts(skip); started || err != nil {
			return err
		}
		m.giveUp()
	}
	return fmt.Errorf("%s: the kernel began three times and started no program", m.Name)
}

// switchOn starts QEMU.
func (m *Machine) switchOn() error {
	log, err := os.OpenFile(m.file("qemu.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(m.lab.QEMU, m.arguments()...)
	cmd.Stdout, cmd.Stderr = log, log
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

// lost is how long a kernel that has begun may take to its first program. It
// takes three seconds, or ten on a busy host.
const lost = 30 * time.Second

// kernelStarts waits for the kernel's first program on the console, after the
// first skip bytes of it. It is false for a kernel that began and got no
// further: no payload has a say in that (see Emulated).
func (m *Machine) kernelStarts(skip int) (bool, error) {
	start, began := time.Now(), time.Time{}
	for {
		log, err := m.Console()
		if err != nil && !os.IsNotExist(err) {
			return false, err
		}
		log = log[min(skip, len(log)):]
		if began.IsZero() && bytes.Contains(log, []byte("Linux version")) {
			began = time.Now()
		}
		switch {
		case bytes.Contains(log, []byte("as init process")):
			return true, nil
		case !m.Running():
			return false, fmt.Errorf("%s: QEMU ended; qemu.log tells why", m.Name)
		case !began.IsZero() && time.Since(began) > lost:
			return false, nil
		case began.IsZero() && time.Since(start) > 5*time.Minute:
			return false, fmt.Errorf("%s: no kernel began", m.Name)
		}
		time.Sleep(time.Second)
	}
}

// giveUp takes the power from a machine that the emulation lost, and says so.
func (m *Machine) giveUp() {
	fmt.Fprintf(os.Stderr, "%s: the emulation lost the kernel in its first seconds; power off and on\n", m.Name)
	m.PowerCut()
	if m.FirstOn.Equal(m.PoweredOn) {
		m.FirstOn = time.Time{} // it never was
	}
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

// Reboot restarts the machine in good order, and returns when the new system
// lets the suite in.
func (m *Machine) Reboot(ctx context.Context) error {
	before, err := m.Run(ctx, "cat /proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	skip := m.consoleSize()
	m.PoweredOn = time.Now()
	m.Run(ctx, "systemctl reboot") // the answer may be lost with the system
	m.door.close()
	switch started, err := m.kernelStarts(skip); {
	case err != nil:
		return err
	case !started:
		m.giveUp()
		if err := m.PowerOn(); err != nil {
			return err
		}
	}
	return Until(ctx, m.Name+" to start anew", func(ctx context.Context) error {
		after, err := m.Run(ctx, "cat /proc/sys/kernel/random/boot_id")
		if err == nil && after == before {
			return errors.New("the old system still runs")
		}
		return err
	})
}

// consoleSize is how much the console has so far.
func (m *Machine) consoleSize() int {
	log, _ := m.Console() // none before the first boot
	return len(log)
}
