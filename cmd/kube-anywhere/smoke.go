package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/kube-anywhere/kube-anywhere/cmd/kube-anywhere/smoke"
)

// smokeFlags are the command line of smoke.
type smokeFlags struct {
	smoke.Options
	list bool
}

func smokeCommand(a *app) *cobra.Command {
	var f smokeFlags
	cmd := &cobra.Command{
		Use:   "smoke [--kubeconfig FILE]",
		Short: "Check that a running cluster works and is secured",
		Long: `Check that a running cluster works and is closed to strangers, whichever tool
made it: health, Nodes, system pods, anonymous access, objects, Deployments, a
pod on every Node, the network between them, Services, DNS, logs, exec,
port-forward and metrics. --list tells what each check asserts.

The checks use your kubectl and its credentials, and keep at it until they
succeed or their time is up, so that they also wait for a cluster that is still
starting. Everything that they make is in one namespace of its own, which is
removed at the end, also after a failure, Ctrl-C or SIGTERM. The test pods need
no privileges: Pod Security "restricted" allows them.

Exit codes: 0 every check passed or had nothing to look at, 1 a check failed,
2 bad usage: also where there is no kubectl, or it knows no cluster.`,
		Example: `  kube-anywhere smoke --kubeconfig out/kubeconfig
  kube-anywhere smoke --context demo --network-policy --outside-name example.com
  kube-anywhere smoke --only nodes,dns --timeout 20m
  kube-anywhere smoke -o json | jq -r '.[] | select(.result == "failed") | .message'`,
		Args: cobra.NoArgs,
	}
	f.bind(cmd)
	output := bindOutput(cmd, "text", "json")
	cmd.RunE = action(func(*cobra.Command, []string) error {
		a.json = output.value == "json"
		if f.list {
			return a.listChecks()
		}
		if err := f.complete(); err != nil {
			return err
		}
		return a.smoke(f.Options)
	})
	return cmd
}

func (f *smokeFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Kubeconfig, "kubeconfig", "", "log in with `FILE` (default: $KUBECONFIG, or kubectl's own default)")
	flags.StringVar(&f.Context, "context", "", "the kubeconfig's context to use (default: its current one)")
	flags.StringVar(&f.Kubectl, "kubectl", "", "run the kubectl at `PATH` (default: the one in PATH)")
	flags.DurationVar(&f.Timeout, "timeout", smoke.DefaultTimeout, "how long each check may take (cleanup: at least 2m)")
	flags.StringVar(&f.Image, "image", smoke.DefaultImage, "the test pods' image: agnhost, or a mirror of it")
	flags.StringSliceVar(&f.Only, "only", nil, "make only these `CHECKS`, and set up what they need")
	flags.StringSliceVar(&f.Skip, "skip", nil, "leave these `CHECKS` out; cleanup leaves the namespace there")
	flags.StringVar(&f.OutsideName, "outside-name", "", "also check that pods resolve `NAME`, which is outside of the cluster")
	flags.BoolVar(&f.NetworkPolicy, "network-policy", false, "also check that a NetworkPolicy blocks (flannel has none)")
	flags.BoolVar(&f.list, "list", false, "list the checks, and make none")
	for _, name := range []string{"only", "skip"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(smoke.Names(), cobra.ShellCompDirectiveNoFileComp))
	}
	_ = cmd.MarkFlagFilename("kubeconfig")
	_ = cmd.MarkFlagFilename("kubectl")
}

// complete checks what the flags say, and finds kubectl.
func (f *smokeFlags) complete() error {
	for _, name := range slices.Concat(f.Only, f.Skip) {
		if !slices.Contains(smoke.Names(), name) {
			return badUsage("no check is called %q: --list shows them%s", name, didYouMean(near(name, smoke.Names())))
		}
	}
	switch {
	case f.Timeout <= 0:
		return badUsage("--timeout %s: a check needs some time, for example 5m", f.Timeout)
	case f.Image == "":
		return badUsage("--image is empty: give the reference of agnhost, for example %s", smoke.DefaultImage)
	case f.OutsideName == "" && slices.Contains(f.Only, "outside-name"):
		return badUsage("--only outside-name needs the name: --outside-name example.com")
	case slices.Equal(f.Only, []string{"cleanup"}):
		return badUsage("--only cleanup has nothing to clean up: it follows every other check by itself")
	case slices.Contains(f.Only, "network-policy"):
		f.NetworkPolicy = true
	}
	if f.Kubeconfig != "" {
		if _, err := os.Stat(f.Kubeconfig); err != nil {
			return badUsage("--kubeconfig: %v", err)
		}
	}
	return f.findKubectl()
}

func (f *smokeFlags) findKubectl() error {
	const hint = "install it (https://kubernetes.io/docs/tasks/tools/), or say where it is with --kubectl PATH"
	if f.Kubectl != "" {
		found, err := exec.LookPath(f.Kubectl)
		if err != nil {
			return badUsage("--kubectl: %v: %s", err, hint)
		}
		f.Kubectl = found
		return nil
	}
	found, err := exec.LookPath("kubectl")
	if err != nil {
		return badUsage("kubectl is not in PATH: %s", hint)
	}
	f.Kubectl = found
	return nil
}

// smoke makes the checks. The first signal ends them and cleans up; a second
// one has its usual meaning.
func (a *app) smoke(o smoke.Options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	o.Progress = a.progress()
	began := time.Now()
	results, err := smoke.Run(ctx, o)
	if errors.Is(err, smoke.ErrNoCluster) {
		return badUsage("%v: give --kubeconfig FILE, and --context if it has several", err)
	}
	if err != nil {
		return err
	}
	if a.json {
		if results == nil {
			results = []smoke.Result{}
		}
		err = writeJSON(a.out, results)
	} else {
		fmt.Fprintln(a.out, summarize(results, time.Since(began)))
	}
	bad := ctx.Err() != nil || slices.ContainsFunc(results, func(r smoke.Result) bool { return r.Outcome == smoke.Failed })
	if err == nil && bad {
		return &failure{} // all is said
	}
	return err
}

// progress is where the checks are followed: beside the data, where that is
// JSON.
func (a *app) progress() smoke.Progress {
	w := a.out
	if a.json {
		w = a.err
	}
	return smoke.Progress{
		Writer:   w,
		Terminal: a.env.terminal(w) && a.env.getenv("TERM") != "dumb",
		Colour:   a.paint(w, green, "") != "", // something is painted at all
		Width:    func() int { return columns(w) },
	}
}

// columns is the width of a terminal.
func columns(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 80
}

func summarize(results []smoke.Result, took time.Duration) string {
	count := map[smoke.Outcome]int{}
	for _, r := range results {
		count[r.Outcome]++
	}
	var parts []string
	for _, o := range []smoke.Outcome{smoke.Passed, smoke.Failed, smoke.Skipped} {
		parts = append(parts, fmt.Sprintf("%d %s", count[o], o))
	}
	return strings.Join(parts, ", ") + " in " + took.Round(time.Second).String()
}

func (a *app) listChecks() error {
	if a.json {
		return writeJSON(a.out, smoke.Checks())
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHECK\tWHAT IT ASSERTS")
	for _, c := range smoke.Checks() {
		fmt.Fprintf(w, "%s\t%s\n", c.Name, c.Meaning)
	}
	return w.Flush()
}
