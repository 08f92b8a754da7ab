package iac

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// finding is one thing that the linter or the scanner found in an output.
type finding struct {
	rule  string
	where string // the resource, or the file and what is named in it
	text  string // all that a person needs
}

// reason says why a finding stays.
type reason struct {
	Rule, Where string
	Providers   []string // in whose outputs it is
	Reason      string
}

// reasons are those that testdata/findings.json has for a tool.
func reasons(t *testing.T, tool string) []reason {
	t.Helper()
	var all map[string][]reason
	if err := readJSON(filepath.Join("testdata", "findings.json"), &all); err != nil {
		t.Fatal(err)
	}
	providers, err := terraformProviders()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[tool] {
		if r.Rule == "" || r.Where == "" || len(r.Providers) == 0 || r.Reason == "" {
			t.Errorf("testdata/findings.json: %+v: each has a rule, where, providers and a reason", r)
		}
		for _, p := range r.Providers {
			if !slices.Contains(providers, p) {
				t.Errorf("testdata/findings.json: %s of %s: %q is no provider that emits Terraform", r.Rule, r.Where, p)
			}
		}
	}
	return all[tool]
}

// unexplained are the findings in all outputs of one provider that have no
// reason, and the reasons for what is not found any more.
func unexplained(provider string, found []finding, known []reason) []string {
	var problems []string
	used := make([]bool, len(known))
	for _, f := range found {
		i := slices.IndexFunc(known, func(r reason) bool {
			return r.Rule == f.rule && r.Where == f.where && slices.Contains(r.Providers, provider)
		})
		if i < 0 {
			problems = append(problems, fmt.Sprintf("%s: change it, or give the reason in testdata/findings.json, where it is %q", f.text, f.where))
		} else {
			used[i] = true
		}
	}
	for i, r := range known {
		if slices.Contains(r.Providers, provider) && !used[i] {
			problems = append(problems, fmt.Sprintf("testdata/findings.json has a reason for %s of %s, which nobody finds any more", r.Rule, r.Where))
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

func textsOf(found []finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.text)
	}
	return out
}

// TestUnexplained: what is found needs a reason, what is not found may have none.
func TestUnexplained(t *testing.T) {
	known := []reason{{"rule", "here", []string{"aws", "gce"}, "because"}}
	explained := finding{"rule", "here", "rule: here"}
	for _, c := range []struct {
		provider string
		found    []finding
		want     int
	}{
		{"aws", []finding{explained, explained}, 0},
		{"aws", []finding{explained, {"rule", "there", "rule: there"}}, 1},
		{"aws", []finding{explained, {"other", "here", "other: here"}}, 1},
		{"aws", nil, 1},
		{"azure", nil, 0},
		{"azure", []finding{explained}, 1},
	} {
		if got := unexplained(c.provider, c.found, known); len(got) != c.want {
			t.Errorf("%s with %v: found %q, expected %d problems", c.provider, c.found, got, c.want)
		}
	}
}
