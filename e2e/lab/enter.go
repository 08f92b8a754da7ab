package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// insideVariable tells the program that it runs inside already.
const insideVariable = "KUBE_ANYWHERE_E2E_INSIDE"

// Inside tells whether this process is in namespaces of its own.
func Inside() bool { return os.Getenv(insideVariable) != "" }

// Enter runs this program again, with these arguments, in network, process and
// mount namespaces of its own, and returns its exit code. It is the first process
// there: when it ends, the kernel ends every other one and removes the network.
func Enter(args ...string) (int, error) {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	// An interrupt reaches both processes from a terminal: this one waits for
	// the other to tidy up.
	interrupts := make(chan os.Signal, 8)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupts)
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("namespaces of its own (this takes root): %w", err)
	}
	go func() {
		for s := range interrupts {
			if s == syscall.SIGTERM {
				cmd.Process.Signal(s)
			}
		}
	}()
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// Settle is called first of all inside: it makes mounts private, shows the
// processes of this namespace only, and has names resolved as machines do.
func Settle() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	f, err := os.CreateTemp("", "resolv.conf")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // the mount keeps it
	if _, err := fmt.Fprintf(f, "nameserver %s\n", Gateway); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	if err := syscall.Mount(f.Name(), "/etc/resolv.conf", "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("name server of its own: %w", err)
	}
	return nil
}
