package main

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

func compileCommand(a *app) *cobra.Command {
	var f configFlags
	var dir string
	var force bool
	report := &choice{value: "text", allowed: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:   "compile [-f FILE] -o DIR",
		Short: "Write everything that a cluster's machines need",
		Long: `Compile a config into an output directory: a payload per control-plane machine
and per pool, the readable tree of what lands on each machine, a kubeconfig, and
a report of sizes and expiry dates.

Keys and certificates that are missing are made and added to the pki directory;
what is there is used as it is. Keep that directory: the same config with the
same pki gives the same bytes. It holds the cluster's secrets, so keep it out of
your repository, and back it up.

Everything is checked before anything is written, and a failed run leaves
nothing behind. A directory that this command did not make is refused unless
--force is given.`,
		Example: `  kube-anywhere compile -f cluster.json -o out
  kube-anywhere compile -f cluster.json -o out --pki ~/secrets/demo
  kube-anywhere init --workers 5 | kube-anywhere compile -f - -o out
  kube-anywhere compile -f cluster.json -o out --report json | jq '.report.payloads[] | {name, bytes}'`,
		Args: cobra.NoArgs,
	}
	f.bind(cmd)
	f.bindStrict(cmd)
	cmd.Flags().StringVarP(&dir, "out", "o", "", "write the output into `DIR` (required)")
	cmd.Flags().BoolVar(&force, "force", false, "write into DIR even when something else made it; what is there stays")
	bindChoice(cmd, report, "report", "", "the form of the summary")
	_ = cmd.MarkFlagRequired("out")
	_ = cmd.MarkFlagDirname("out")
	cmd.RunE = action(func(*cobra.Command, []string) error {
		a.json = report.value == "json"
		return a.compileTo(&f, filepath.Clean(dir), force)
	})
	return cmd
}

func (a *app) compileTo(f *configFlags, dir string, force bool) error {
	if err := guard(dir, f); err != nil {
		return err
	}
	in, out, err := a.compile(f)
	if err != nil {
		return err
	}
	// Keys first: a payload whose keys were lost would be a cluster that nobody
	// can administer.
	undo, err := writePKI(f.pkiDir(), out.NewPKI, in.PKI)
	if err != nil {
		return err
	}
	if err := out.Write(dir, force); err != nil {
		undo()
		return outputError(dir, err)
	}
	return a.summary(in, out, dir, f.pkiDir())
}

func outputError(dir string, err error) error {
	if errors.Is(err, compiler.ErrNotOurs) {
		return failWith("output-directory", dir, "this directory was not made by kube-anywhere, so it is left alone",
			"Name another one with -o, or write into it all the same: --force")
	}
	return err
}

// guard refuses an output directory whose replacement would take away what the
// user keeps: the directory is written as a whole, --force included.
func guard(dir string, f *configFlags) error {
	keep := map[string]string{"the working directory": ".", "the pki directory": f.pkiDir()}
	if f.file != stdinName {
		keep["the config"] = f.file
	}
	out := realPath(dir)
	for _, what := range sortedKeys(keep) {
		if contains(out, realPath(keep[what])) {
			return badUsage("-o %s is replaced as a whole, but it holds %s (%s)", dir, what, keep[what])
		}
	}
	if contains(realPath(f.pkiDir()), out) {
		return badUsage("-o %s is inside the pki directory (%s)", dir, f.pkiDir())
	}
	return nil
}

// contains says whether path is dir or below it.
func contains(dir, path string) bool {
	relative, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(relative)
}

// realPath is the absolute path with links resolved, as far as it exists.
func realPath(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	real, err := filepath.EvalSymlinks(path)
	parent := filepath.Dir(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || parent == path {
		return real
	}
	return filepath.Join(realPath(parent), filepath.Base(path))
}

// displayPath is how a next step names a file of the output.
func displayPath(dir, name string) string {
	return filepath.Join(dir, filepath.FromSlash(name))
}
