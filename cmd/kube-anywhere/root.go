package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kube-anywhere/kube-anywhere/schema"
)

// The exit codes, which scripts may rely on.
const (
	exitOK    = 0
	exitInput = 1 // the config, the key material, a file or a checked cluster is bad
	exitUsage = 2 // the command line is bad
)

// app is one run of the program.
type app struct {
	in       io.Reader
	out, err io.Writer
	env      environment
	// pending are warnings that go out with the config's own diagnostics.
	pending []schema.Diagnostic
	// json says that a script reads the output, so diagnostics are JSON too.
	json bool
}

// run executes one command line and gives the exit code.
func run(args []string, in io.Reader, out, errs io.Writer, env environment) int {
	a := &app{in: in, out: out, err: errs, env: env}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)

	cmd, err := root.ExecuteC()
	var failed *failure
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &failed):
		a.print(failed.diagnostics)
		return exitInput
	default: // cobra's own errors are all about the command line
		a.printUsage(cmd, err)
		return exitUsage
	}
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "kube-anywhere",
		Short: "Compile one config into a Kubernetes cluster that boots by itself",
		Long: `kube-anywhere compiles one cluster config into everything that machines need
to become a secured Kubernetes cluster on first boot: certificates, and one
payload per control-plane machine and per pool of workers, as Ignition,
cloud-init or a plain shell script.

It talks to no cloud and keeps no state but a directory of keys. Give each
machine its payload, power it on, and the cluster assembles itself.

Exit codes: 0 success, 1 bad input, 2 bad usage. Data goes to standard output,
diagnostics to standard error.`,
		Example: `  kube-anywhere init --name demo > cluster.json
  kube-anywhere compile -f cluster.json -o out
  kubectl --kubeconfig out/kubeconfig get nodes
  kube-anywhere smoke --kubeconfig out/kubeconfig`,
		Args:              cobra.ArbitraryArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	group(root)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(initCommand(a), validateCommand(a), compileCommand(a), payloadCommand(a),
		imagesCommand(a), certsCommand(a), smokeCommand(a), upCommand(a), downCommand(a), serveCommand(a),
		schemaCommand(a), versionCommand(a))
	return root
}

// group makes a command that only holds others: alone it shows its help, and a
// word that is none of its commands is bad usage.
func group(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		cmd.SuggestionsMinimumDistance = 2
		return fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(),
			didYouMean(cmd.SuggestionsFor(args[0])))
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// action turns a command's work into cobra's form. Every error it returns is
// the input's fault; what cobra finds before it is the command line's.
func action(do func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := do(cmd, args)
		var usage *usageError
		if err == nil || errors.As(err, &usage) {
			return err
		}
		return asFailure(err)
	}
}

// usageError is bad usage that only shows while a command runs.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func badUsage(format string, values ...any) error {
	return &usageError{fmt.Sprintf(format, values...)}
}

func (a *app) printUsage(cmd *cobra.Command, err error) {
	fmt.Fprintf(a.err, "%s %v\n\n", a.paint(a.err, red, "error:"), err)
	fmt.Fprintf(a.err, "usage: %s\n", cmd.UseLine())
	fmt.Fprintf(a.err, "Run '%s --help' for details and examples.\n", cmd.CommandPath())
}

// flagError adds the flag that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	var near []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && isNear(unknown.GetSpecifiedName(), f.Name) {
			near = append(near, "--"+f.Name)
		}
	})
	return fmt.Errorf("%w%s", err, didYouMean(near))
}

func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

// isNear says whether a word was probably meant to be name: it begins it, or
// it is at most two letters away from it.
func isNear(word, name string) bool {
	if len(word) > 1 && (strings.HasPrefix(name, word) || strings.HasPrefix(word, name)) {
		return true
	}
	// The classic edit distance, one row at a time.
	row := make([]int, len(name)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(word) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(name) {
			change := diagonal
			if word[i] != name[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(name)] <= 2 && len(word) > 2
}
