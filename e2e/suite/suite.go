// Package suite runs cases and tells what came of them.
//
// INPUTS: cases, each a list of checks made by a function.
// OUTPUTS: progress on a stream, a table, and the results as data.
//
// A case goes on after a check that failed, unless the rest hangs on it: one
// run tells everything that is wrong.
package suite

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Case is one cluster, or one machine, under test.
type Case struct {
	Name  string // what CASE=… names
	Title string // one line
	// Alone has the machine to itself, because it measures time.
	Alone bool
	// OnRequest runs only when it is named.
	OnRequest bool
	Run       func(*T)
}

// Result is what came of one check.
type Result struct {
	Case    string  `json:"case"`
	Check   string  `json:"check"`
	Seconds float64 `json:"seconds"`
	// Failure is empty when the check passed.
	Failure string `json:"failure,omitempty"`
	// Note is what was measured or seen.
	Note string `json:"note,omitempty"`
	// Inner results are parts of another one, whose time has theirs in it.
	Inner bool `json:"inner,omitempty"`
}

// T is handed to a case.
type T struct {
	Case Case
	ctx  context.Context
	out  io.Writer

	results []Result
	cleanup []func()
}

// stop is thrown to end a case early.
type stop struct{}

// Check runs one check under a limit of time, and tells whether it passed.
func (t *T) Check(name string, limit time.Duration, check func(context.Context) error) bool {
	return t.Measure(name, limit, func(ctx context.Context) (string, error) { return "", check(ctx) })
}

// Measure is Check for one that has something to tell when it passes.
func (t *T) Measure(name string, limit time.Duration, check func(context.Context) (string, error)) bool {
	if t.ctx.Err() != nil {
		panic(stop{}) // interrupted
	}
	fmt.Fprintf(t.out, "%s  …     %s\n", t.Case.Name, name)
	ctx, cancel := context.WithTimeout(t.ctx, limit)
	defer cancel()
	start := time.Now()
	note, err := check(ctx)
	r := Result{Case: t.Case.Name, Check: name, Seconds: time.Since(start).Seconds(), Note: note}
	if err != nil {
		r.Failure = err.Error()
	}
	t.results = append(t.results, r)
	fmt.Fprintf(t.out, "%s  %s  %s (%.0f s)%s\n", t.Case.Name, r.verdict(), name, r.Seconds, r.remark())
	return err == nil
}

// Require is Check for what the rest of the case hangs on.
func (t *T) Require(name string, limit time.Duration, check func(context.Context) error) {
	if !t.Check(name, limit, check) {
		panic(stop{})
	}
}

// Add takes over the parts of a check that another program made.
func (t *T) Add(results []Result) {
	for _, r := range results {
		r.Case, r.Inner = t.Case.Name, true
		t.results = append(t.results, r)
		fmt.Fprintf(t.out, "%s  %s  %s (%.0f s)%s\n", t.Case.Name, r.verdict(), r.Check, r.Seconds, r.remark())
	}
}

// Failed tells whether a check has failed so far.
func (t *T) Failed() bool {
	for _, r := range t.results {
		if r.Failure != "" {
			return true
		}
	}
	return false
}

// Cleanup runs f when the case has ended, the last one first.
func (t *T) Cleanup(f func()) { t.cleanup = append(t.cleanup, f) }

func (r Result) verdict() string {
	if r.Failure != "" {
		return "FAIL"
	}
	return "ok  "
}

func (r Result) remark() string {
	if r.Failure != "" {
		return "\n    " + r.Failure
	}
	if r.Note != "" {
		return ": " + r.Note
	}
	return ""
}

// Context ends when the suite is interrupted.
func (t *T) Context() context.Context { return t.ctx }
