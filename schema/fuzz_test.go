package schema

import (
	"os"
	"reflect"
	"testing"
)

// FuzzParse reads anything as anything: it never panics, says the same twice,
// says something useful, and what it accepts it reads back the same.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/full.json", "testdata/minimal.resolved.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, true)
		f.Add(text, false)
	}
	entries, err := os.ReadDir(badDir)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(badDir + "/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text []byte, asJSON bool) {
		file := "cluster.yaml"
		if asJSON {
			file = "cluster.json"
		}
		checkParse(t, text, file)
	})
}

func checkParse(t *testing.T, text []byte, file string) {
	t.Helper()
	c, problems := Parse(text, file, testCatalog)
	again, problemsAgain := Parse(text, file, testCatalog)
	if !reflect.DeepEqual(c, again) || !reflect.DeepEqual(problems, problemsAgain) {
		t.Fatalf("two runs differ:\n%s\n%s", report(problems), report(problemsAgain))
	}
	for _, p := range problems {
		if p.Message == "" || p.Code == "" || p.Line < 1 || p.Column < 1 || p.Severity != Error && p.Severity != Warning {
			t.Fatalf("incomplete: %#v", p)
		}
	}
	if HasErrors(problems) {
		if !reflect.DeepEqual(c, Cluster{}) {
			t.Fatal("a cluster with errors")
		}
		return
	}
	resolved, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	back, problems := Parse(resolved, "resolved.json", testCatalog)
	if HasErrors(problems) || !reflect.DeepEqual(c, back) {
		t.Fatalf("the resolved config reads differently: %s\n%s", report(problems), resolved)
	}
}
