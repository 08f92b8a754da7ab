package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
)

// Run runs the cases one after another and returns all results. It goes on
// after a case that failed, and stops when the context ends.
func Run(ctx context.Context, out io.Writer, cases []Case) []Result {
	var results []Result
	for _, c := range cases {
		if ctx.Err() != nil {
			break
		}
		fmt.Fprintf(out, "\ncase %s: %s\n", c.Name, c.Title)
		t := &T{Case: c, ctx: ctx, out: out}
		t.run()
		results = append(results, t.results...)
	}
	return results
}

func (t *T) run() {
	defer func() {
		for i := len(t.cleanup) - 1; i >= 0; i-- {
			t.cleanup[i]()
		}
	}()
	defer func() {
		switch r := recover(); r.(type) {
		case nil, stop:
		default:
			panic(r)
		}
	}()
	t.Case.Run(t)
}

// Failures counts the checks that failed.
func Failures(results []Result) int {
	n := 0
	for _, r := range results {
		if r.Failure != "" {
			n++
		}
	}
	return n
}

// Table writes the results as a table.
func Table(out io.Writer, results []Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CASE\tCHECK\tSECONDS\tRESULT")
	for _, r := range results {
		result := "ok"
		if r.Note != "" {
			result = r.Note
		}
		if r.Failure != "" {
			result = "FAILED"
		}
		fmt.Fprintf(w, "%s\t%s\t%.0f\t%s\n", r.Case, r.Check, r.Seconds, result)
	}
	return w.Flush()
}

// Save writes the results as JSON.
func Save(file string, results []Result) error {
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// Load reads what Save wrote.
func Load(file string) ([]Result, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var results []Result
	if err := json.Unmarshal(text, &results); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return results, nil
}
