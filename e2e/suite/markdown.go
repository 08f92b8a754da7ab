package suite

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the results as docs/boot-report.md has them: a table for each
// case, whose title and time are above it.
func Markdown(out io.Writer, cases []Case, results []Result) error {
	var b strings.Builder
	for _, c := range cases {
		var rows strings.Builder
		seconds, failed := 0.0, 0
		for _, r := range results {
			if r.Case != c.Name {
				continue
			}
			result := "ok"
			if r.Note != "" {
				result = r.Note
			}
			if r.Failure != "" {
				result, failed = "**FAILED**", failed+1
			}
			if !r.Inner {
				seconds += r.Seconds
			}
			fmt.Fprintf(&rows, "| %s | %.0f | %s |\n", cell(r.Check), r.Seconds, cell(result))
		}
		if rows.Len() == 0 {
			continue
		}
		verdict := "passed"
		if failed > 0 {
			verdict = fmt.Sprintf("%d failed", failed)
		}
		fmt.Fprintf(&b, "### Case %s: %s\n\n%s, %.0f s\n\n| check | seconds | result |\n|---|---:|---|\n%s\n", c.Name, c.Title, verdict, seconds, rows.String())
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s)
}
