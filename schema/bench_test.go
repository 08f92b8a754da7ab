package schema

import (
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// bareMetal is a config with n explicit machines.
func bareMetal(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"name":"demo","network":{"machineCIDR":"172.16.0.0/12","podCIDR":"10.0.0.0/9","serviceCIDR":"10.200.0.0/16"},` +
		`"controlPlane":{"addresses":["172.16.0.1"]},"workers":[{"name":"metal","machines":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n{\"name\":\"node-%05d\",\"mac\":\"52:54:00:%02x:%02x:%02x\",\"address\":\"172.17.%d.%d\"}",
			i, i>>16, i>>8&255, i&255, i>>8, i&255)
	}
	b.WriteString("]}]}\n")
	return []byte(b.String())
}

// BenchmarkParse shows what a config costs by its number of machines. The
// budget for 10,000 is 150 ms and 60 MB.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{0, 1000, 5000, 10000} {
		text := bareMetal(n)
		b.Run(fmt.Sprintf("json/%d", n), func(b *testing.B) { parseAll(b, text, "c.json") })
	}
	text, err := yaml.JSONToYAML(bareMetal(10000))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("yaml/10000", func(b *testing.B) { parseAll(b, text, "c.yaml") })
}

func parseAll(b *testing.B, text []byte, file string) {
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, problems := Parse(text, file, testCatalog); len(problems) > 0 {
			b.Fatal(report(problems))
		}
	}
}

// BenchmarkManyProblems has a problem with every machine, which must not make
// the search for positions quadratic.
func BenchmarkManyProblems(b *testing.B) {
	text := []byte(strings.ReplaceAll(string(bareMetal(10000)), `"mac":"52`, `"mac":"xx`))
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Parse(text, "c.json", testCatalog); len(problems) != 10000 {
			b.Fatal(len(problems))
		}
	}
}
