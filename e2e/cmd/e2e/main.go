// Command e2e boots real machines from payloads and asserts that they become a
// working, secured cluster.
//
// INPUTS: the names of cases, a cache of what machines are made of.
// OUTPUTS: progress, a table of results, and logs of what failed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

const usage = `Usage: e2e COMMAND [CASE...]

  build          make what machines are made of: programs, images, disks
  list           the cases
  run [CASE...]  run cases (all but those on request), print a table, exit 1 if a
                 check failed
  shell CASE     run a case, and leave its machines up until Ctrl-C
  login [CASE/]MACHINE [COMMAND...]
                 a root shell on a machine of a case that runs now

Flags:
`

// Exit codes: 0 all passed, 1 something failed, 2 bad usage.
func main() {
	code, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		if code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}

// options are the command line's.
type options struct {
	cache, work, out, source string
	jobs                     int
}

func start() (int, error) {
	var o options
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	home, _ := os.UserCacheDir()
	flag.StringVar(&o.cache, "cache", filepath.Join(home, "kube-anywhere-e2e"), "folder for what machines are made of (17 GB)")
	flag.StringVar(&o.work, "work", "", "folder for the disks of running machines; one for each run at a time (default: work in the cache)")
	flag.IntVar(&o.jobs, "jobs", max(1, runtime.NumCPU()/8), "how many cases run beside each other; each has up to 8 processors and 7 GB in its machines")
	flag.StringVar(&o.out, "out", "out", "folder for results and logs")
	flag.StringVar(&o.source, "source", "..", "folder of kube-anywhere's source")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		return 2, nil
	}
	if o.jobs < 1 {
		return 2, fmt.Errorf("-jobs %d: expected 1 or more cases at a time", o.jobs)
	}
	if o.work == "" {
		o.work = filepath.Join(o.cache, "work")
	}
	for _, path := range []*string{&o.cache, &o.work, &o.out, &o.source} {
		var err error
		if *path, err = filepath.Abs(*path); err != nil {
			return 2, err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return command(ctx, o, flag.Arg(0), flag.Args()[1:])
}

func command(ctx context.Context, o options, name string, args []string) (int, error) {
	switch name {
	case "list":
		return list()
	case "build":
		_, err := prepare(ctx, o)
		return 0, err
	case "login":
		return login(o, args)
	case "shell":
		if len(args) != 1 {
			return 2, errors.New("shell takes the name of one case; \"e2e list\" shows them")
		}
	case "run":
	default:
		return 2, fmt.Errorf("there is no command %q; \"e2e -h\" shows what there is", name)
	}
	if lab.Inside() {
		return inside(ctx, o, name == "shell", args[0])
	}
	chosen, err := choose(args)
	if err != nil {
		return 2, err
	}
	// Only out here is there a network to fetch sources from.
	if _, err := prepare(ctx, o); err != nil {
		return 1, err
	}
	if name == "shell" {
		return o.enter(name, args[0])
	}
	return runAll(ctx, o, chosen)
}
