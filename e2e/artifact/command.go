package artifact

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// command is a program to run for its effect or its output.
type command struct {
	dir   string
	env   []string // beside the caller's
	stdin io.Reader
}

// run returns the standard output. When the program fails the error tells the
// last of what it wrote.
func (c command) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdin = c.dir, c.stdin
	cmd.Env = append(os.Environ(), c.env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	// A program gets time to clean up when the build is interrupted: mmdebstrap
	// has mounts and a directory of its own.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	// And nothing goes on building when we are killed: the next one starts anew.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, lastLines(out.String()+errs.String(), 15))
	}
	return out.String(), nil
}

// run is a command with nothing special about it.
func run(ctx context.Context, name string, args ...string) error {
	_, err := command{}.run(ctx, name, args...)
	return err
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
