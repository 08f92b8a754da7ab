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
	dir := filepath.Join(o.work, "machines", args[0])
	address, err := os.ReadFile(filepath.Join(dir, "address"))
	if err != nil {
		return 1, fmt.Errorf("machine %s: %w (does the suite run now?)", args[0], err)
	}
	pid, err := exec.Command("pgrep", "-f", filepath.Join(dir, "disk.qcow2")).Output()
	if err != nil {
		return 1, fmt.Errorf("machine %s does not run", args[0])
	}
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		return 1, err
	}
	first, _, _ := strings.Cut(string(pid), "\n")
	return 1, syscall.Exec(nsenter, append([]string{"nsenter", "-t", first, "-n", "ssh", "-i", filepath.Join(o.cache, "ssh"),
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
		"root@" + string(address)}, args[1:]...), os.Environ())
}
