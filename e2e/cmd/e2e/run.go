package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/kube-anywhere/kube-anywhere/e2e/cases"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
	"github.com/kube-anywhere/kube-anywhere/e2e/suite"
)

// enter runs one case in namespaces of its own.
func (o options) enter(command, name string) (int, error) {
	return lab.Enter("-cache", o.cache, "-work", filepath.Join(o.work, name), "-out", o.out, "-source", o.source, command, name)
}

// runAll runs cases: those that want to be alone one after another, and then the
// others, as many at a time as was asked for.
func runAll(ctx context.Context, o options, chosen []suite.Case) (int, error) {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return 1, err
	}
	results := make([][]suite.Result, len(chosen))
	run := func(i int) {
		if ctx.Err() == nil {
			results[i] = o.run(chosen[i].Name)
		}
	}
	for i, c := range chosen {
		if c.Alone {
			run(i)
		}
	}
	var wait sync.WaitGroup
	places := make(chan struct{}, o.jobs)
	for i, c := range chosen {
		if !c.Alone {
			places <- struct{}{}
			wait.Go(func() {
				defer func() { <-places }()
				run(i)
			})
		}
	}
	wait.Wait()
	code, err := report(o, chosen, slices.Concat(results...))
	if ctx.Err() != nil {
		return 1, errors.New("interrupted: not everything was run")
	}
	return code, err
}

// run runs one case in a process of its own, whose end without results is a
// failure, too.
func (o options) run(name string) []suite.Result {
	work := filepath.Join(o.work, name)
	if err := os.RemoveAll(work); err != nil {
		return []suite.Result{{Case: name, Check: "an empty work folder", Failure: err.Error()}}
	}
	code, err := o.enter("run", name)
	results, read := suite.Load(filepath.Join(work, resultsFile))
	if err = errors.Join(err, read); err != nil || code != 0 {
		results = append(results, suite.Result{Case: name, Check: "the case runs to its end", Failure: fmt.Sprintf("exit code %d: %v", code, err)})
	}
	return results
}

func report(o options, chosen []suite.Case, results []suite.Result) (int, error) {
	fmt.Println()
	if err := suite.Table(os.Stdout, results); err != nil {
		return 1, err
	}
	if err := suite.Save(filepath.Join(o.out, "results.json"), results); err != nil {
		return 1, err
	}
	if err := saveMarkdown(filepath.Join(o.out, "results.md"), chosen, results); err != nil {
		return 1, err
	}
	if n := suite.Failures(results); n > 0 {
		return 1, fmt.Errorf("%d of %d checks failed; logs are in %s", n, len(results), o.out)
	}
	if len(results) == 0 {
		return 1, errors.New("no check was run")
	}
	return 0, nil
}

func saveMarkdown(file string, chosen []suite.Case, results []suite.Result) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(suite.Markdown(f, chosen, results), f.Close())
}

// pick finds cases by their names; none means all but those on request.
func pick(all []suite.Case, names []string) ([]suite.Case, error) {
	if len(names) == 0 {
		return slices.DeleteFunc(all, func(c suite.Case) bool { return c.OnRequest }), nil
	}
	var chosen []suite.Case
	for _, name := range names {
		i := slices.IndexFunc(all, func(c suite.Case) bool { return strings.EqualFold(c.Name, name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no case %q; \"e2e list\" shows them", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func choose(names []string) ([]suite.Case, error) { return pick((&cases.World{}).All(), names) }

func list() (int, error) {
	for _, c := range (&cases.World{}).All() {
		note := ""
		if c.OnRequest {
			note = " (on request)"
		}
		fmt.Printf("%s  %s%s\n", c.Name, c.Title, note)
	}
	return 0, nil
}
