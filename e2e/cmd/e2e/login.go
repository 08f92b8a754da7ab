package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// login opens a shell on a running machine, or runs a command there.
func login(o options, args []string) (int, error) {
	if len(args) == 0 {
		return 2, errors.New("login takes the name of a machine")
	}
	dir, pid, err := running(o, args[0])
	if err != nil {
		return 1, err
	}
	address, err := os.ReadFile(filepath.Join(dir, "address"))
	if err != nil {
		return 1, fmt.Errorf("machine %s: %w", args[0], err)
	}
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		return 1, err
	}
	return 1, syscall.Exec(nsenter, append([]string{"nsenter", "-t", pid, "-n", "ssh", "-i", filepath.Join(o.cache, "ssh"),
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
		"root@" + string(address)}, args[1:]...), os.Environ())
}

// running finds the folder and the process of a machine by its name, which says
// its case, too, where several run.
func running(o options, name string) (dir, pid string, err error) {
	inCase, machine, found := strings.Cut(name, "/")
	if !found {
		inCase, machine = "*", name
	}
	dirs, err := filepath.Glob(filepath.Join(o.work, inCase, "machines", machine))
	if err != nil {
		return "", "", err
	}
	for _, d := range dirs {
		pids, err := exec.Command("pgrep", "-f", filepath.Join(d, "disk.qcow2")).Output()
		if err != nil {
			continue // it does not run
		}
		if pid != "" {
			return "", "", fmt.Errorf("more than one case with a machine %s runs now: say CASE/%s", name, machine)
		}
		dir = d
		pid, _, _ = strings.Cut(string(pids), "\n")
	}
	if pid == "" {
		err = fmt.Errorf("no machine %s runs now", name)
	}
	return dir, pid, err
}
