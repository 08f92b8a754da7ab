package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

func upCommand(a *app) *cobra.Command {
	return scriptCommand(a, &cobra.Command{
		Use:   "up DIR",
		Short: "Make the machines of a compiled cluster, and wait until it is whole",
		Long: `Make the machines of the cluster that was compiled into DIR, or bring them to
what was compiled last, and wait until the API is healthy and every node is
Ready. This runs DIR/up, a short script over the provider's own tool (Terraform
or OpenTofu, or the cloud's command line), which shows what it will do and asks.
Credentials are that tool's affair.

The kubeconfig with the public address is then DIR/kubeconfig.public.`,
		Example: `  kube-anywhere compile -f cluster.json -o out
  kube-anywhere up out
  kube-anywhere up out --yes`,
	})
}

func downCommand(a *app) *cobra.Command {
	return scriptCommand(a, &cobra.Command{
		Use:   "down DIR",
		Short: "Take away the machines of a compiled cluster, and all they had",
		Long: `Take away everything that "kube-anywhere up DIR" made, the disks with the
cluster's data included. This runs DIR/down, which shows what it will do and
asks. The keys in pki/ and the files in DIR stay.`,
		Example: `  kube-anywhere down out
  kube-anywhere down out --yes`,
	})
}

// scriptCommand runs the script of the command's name in a compiled cluster.
func scriptCommand(a *app, cmd *cobra.Command) *cobra.Command {
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.Args = cobra.ExactArgs(1)
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	cmd.RunE = action(func(cmd *cobra.Command, args []string) error {
		script, err := findScript(args[0], cmd.Name())
		if err != nil {
			return err
		}
		var more []string
		if *yes {
			more = []string{"--yes"}
		}
		return a.runScript(script, more...)
	})
	return cmd
}

// findScript is the script in an output directory, or why there is none.
func findScript(dir, name string) (string, error) {
	script := filepath.Join(dir, name)
	if _, err := os.Stat(script); err == nil {
		return filepath.Abs(script)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is no compiled cluster: it has no report.json; make one with kube-anywhere compile -o %[1]s", dir)
	}
	var report compiler.Report
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(dir, "report.json"), err)
	}
	return "", fmt.Errorf("the provider %s makes no machines, so that %s has no %q; its README.md says how they boot",
		report.Provider, dir, name)
}

// runScript gives the terminal to a script. Ctrl-C is for the script, which
// ends in good order, and this program then with it.
func (a *app) runScript(script string, args ...string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	cmd := exec.Command(script, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.in, a.out, a.err
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s ended with %v; what it said is above", script, exit)
	}
	return err
}
