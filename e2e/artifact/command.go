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
	// stop is the signal that ends it early. Without one it is SIGTERM, so that it
	// can clean up: mmdebstrap has mounts and a directory of its own.
	stop syscall.Signal
}

// run returns the standard output. When the program fails the error tells the
// last of what it wrote.
func (c command) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdin = c.dir, c.stdin
	cmd.Env = append(os.Environ(), c.env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	stop := c.stop
	if stop == 0 {
		stop = syscall.SIGTERM
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(stop) }
	cmd.WaitDelay = 20 * time.Second
	// Nothing goes on building when we are killed: the next build starts anew.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: stop}
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
