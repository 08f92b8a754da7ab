package compiler

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kube-anywhere/kube-anywhere/certs"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// benchNow is any moment: certificates begin an hour before it.
var benchNow = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// benchConfig is one control-plane machine and three workers.
const benchConfig = `{"name": "demo", "workers": [{"name": "worker", "count": 3}],
  "provider": {"userdata": {"limit": 0}}}`

// benchMachines is the same with n machines that are known one by one.
func benchMachines(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"name": "node-%05d", "mac": "52:54:00:00:%02x:%02x", "address": "10.0.%d.%d"}`,
			i, (i+256)>>8, i&0xff, (i+256)>>8, i&0xff)
	}
	return `{"name": "demo", "network": {"podCIDR": "10.128.0.0/9"}, "provider": {"userdata": {"limit": 0}},
  "workers": [{"name": "worker", "machines": [` + strings.Join(list, ",\n") + `]}]}`
}

func benchCompile(b *testing.B, in Input) *Output {
	b.Helper()
	out, diags := Compile(in)
	if out == nil {
		b.Fatal(diags)
	}
	return out
}

// benchInput is a config and the keys that a compile of it made.
func benchInput(b *testing.B, config string) Input {
	b.Helper()
	in := Input{Config: []byte(config), Name: "cluster.json", Now: benchNow}
	in.PKI = benchCompile(b, in).NewPKI
	return in
}

func BenchmarkCatalog(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Catalog()
	}
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, config string }{{"small", benchConfig}, {"10000-machines", benchMachines(10_000)}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			cat := Catalog()
			for b.Loop() {
				if _, diags := schema.Parse([]byte(c.config), "cluster.json", cat); schema.HasErrors(diags) {
					b.Fatal(diags)
				}
			}
		})
	}
}

func BenchmarkResolve(b *testing.B) {
	for _, c := range []struct{ name, config string }{{"small", benchConfig}, {"10000-machines", benchMachines(10_000)}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			cluster, diags := schema.Parse([]byte(c.config), "cluster.json", Catalog())
			if schema.HasErrors(diags) {
				b.Fatal(diags)
			}
			for b.Loop() {
				if _, diags := plan.Resolve(cluster, facts(nil, cluster)); schema.HasErrors(diags) {
					b.Fatal(diags)
				}
			}
		})
	}
}

func BenchmarkIssue(b *testing.B) {
	in := benchInput(b, benchConfig)
	n := names(benchCompile(b, in).Plan)
	for _, c := range []struct {
		name     string
		existing certs.Files
	}{{"new", nil}, {"existing", in.PKI}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, problems := certs.Issue(n, c.existing, in.Now); len(problems) > 0 {
					b.Fatal(problems)
				}
			}
		})
	}
}

func BenchmarkRender(b *testing.B) {
	b.ReportAllocs()
	out := benchCompile(b, benchInput(b, benchConfig))
	for b.Loop() {
		c := newCompilation(out.Cluster, out.Plan, out.compilation.bundle)
		if diags := c.render(); len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	out := benchCompile(b, benchInput(b, benchConfig))
	for _, role := range out.Plan.Roles {
		for _, f := range formats {
			b.Run(role.Name+"/"+f.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := out.compilation.encode(role, f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	in := benchInput(b, benchConfig)
	for _, c := range []struct {
		name string
		pki  map[string][]byte
	}{{"new", nil}, {"existing", in.PKI}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			in.PKI = c.pki
			for b.Loop() {
				benchCompile(b, in)
			}
		})
	}
	b.Run("existing/10000-machines", func(b *testing.B) {
		b.ReportAllocs()
		in := benchInput(b, benchMachines(10_000))
		for b.Loop() {
			benchCompile(b, in)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	out := benchCompile(b, benchInput(b, benchConfig))
	b.Run("fresh", func(b *testing.B) {
		b.ReportAllocs()
		dir := b.TempDir()
		for n := 0; b.Loop(); n++ {
			if err := out.Write(filepath.Join(dir, fmt.Sprint(n)), false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		dir := filepath.Join(b.TempDir(), "out")
		for b.Loop() {
			if err := out.Write(dir, false); err != nil {
				b.Fatal(err)
			}
		}
	})
}
