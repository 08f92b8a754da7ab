// Command kube-anywhere compiles one cluster config into everything that its
// machines need to become a cluster by themselves.
//
// INPUTS: flags, a config file or standard input, a pki/ directory, the clock.
// OUTPUTS: an output directory, new files in pki/, or data on standard output.
//
// This package only binds flags, reads and writes files, and prints. It is the
// one place that exits, and that reads the clock or the environment.
package main

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

func main() {
	collectLate()
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, environment{
		getenv:   os.Getenv,
		now:      time.Now,
		terminal: isTerminal,
	}))
}

// environment is what the program knows of the world besides its arguments and
// streams.
type environment struct {
	getenv   func(string) string
	now      func() time.Time
	terminal func(io.Writer) bool
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
