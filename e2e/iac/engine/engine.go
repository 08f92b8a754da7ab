// Package engine finds and runs Terraform or OpenTofu.
//
// INPUTS: TOFU in the environment, or the pinned OpenTofu of tools/tofu.
// OUTPUTS: an Engine, which runs in directories of the caller's.
package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Engine is a program that runs configurations.
type Engine struct {
	Program string
	// Config is a file with the program's own settings, which keeps it from
	// asking any registry.
	Config string
	// Environment is what providers get to know beside the caller's own.
	Environment []string
}

// Find is the program that TOFU names, or the pinned OpenTofu, which is built
// when it was not yet. Version 1.6 is the least that our configurations ask for.
func Find() (string, error) {
	named := os.Getenv("TOFU")
	if named == "" {
		return Tool("tofu", "tofu")
	}
	program, err := exec.LookPath(named)
	if err != nil {
		return "", fmt.Errorf("TOFU=%s: %w", named, err)
	}
	out, err := Engine{Program: program}.Run(os.TempDir(), "version", "-json")
	if err != nil {
		return "", err
	}
	var is struct {
		Version string `json:"terraform_version"` // also OpenTofu's name for it
	}
	if err := json.Unmarshal(out, &is); err != nil {
		return "", fmt.Errorf("TOFU=%s: %w", named, err)
	}
	if parts := strings.SplitN(is.Version, ".", 3); len(parts) == 3 && parts[0] == "1" {
		if minor, err := strconv.Atoi(parts[1]); err == nil && minor >= 6 {
			return program, nil
		}
	}
	return "", fmt.Errorf("TOFU=%s is version %q, expected 1.6 or newer", named, is.Version)
}

// Tool builds a program of a module under tools/, and tells where it is. Go
// keeps it in its cache.
func Tool(module, name string) (string, error) {
	_, here, _, _ := runtime.Caller(0)
	cmd := exec.Command("go", "tool", "-n", name)
	cmd.Dir = filepath.Join(filepath.Dir(here), "..", "tools", module)
	// Nobody debugs them, and they are half as large without.
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false -ldflags=-s")
	defer told(os.Stderr, "building "+name+", which takes minutes the first time", time.Second, 30*time.Second)()
	out, err := output(cmd)
	return strings.TrimSpace(string(out)), err
}

// told says what takes longer than a moment, and then every so often that it
// still does, until the function that it returns is called.
func told(to io.Writer, what string, moment, often time.Duration) (done func()) {
	begun, over, said := time.Now(), make(chan struct{}), make(chan struct{})
	passed := func() time.Duration { return time.Since(begun).Round(time.Second) }
	go func() {
		defer close(said)
		select {
		case <-over:
			return
		case <-time.After(moment):
			fmt.Fprintln(to, what)
		}
		for {
			select {
			case <-over:
				fmt.Fprintf(to, "%s: done after %s\n", what, passed())
				return
			case <-time.After(often):
				fmt.Fprintf(to, "%s: %s so far\n", what, passed())
			}
		}
	}()
	return func() { close(over); <-said }
}

// Run runs the program in a directory and returns what it prints.
func (e Engine) Run(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command(e.Program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+e.Config)
	cmd.Env = append(cmd.Env, e.Environment...)
	return output(cmd)
}

// output runs a command. Its error has all that was printed.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s: %w", strings.Join(append([]string{filepath.Base(cmd.Path)}, cmd.Args[1:]...), " "),
			errors.Join(err, errors.New(strings.TrimSpace(string(out)+stderr.String()))))
	}
	return out, nil
}
