//go:build linux

package process

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// sizes are the numbers of machines on bare metal, and rounds how often each is
// compiled, in turns.
var sizes = []int{10, 100, 1_000, 5_000, 10_000}

const rounds = 3

// BenchmarkScale compiles clusters of machines that are known one by one. What
// 10,000 cost is compared with what 5,000 do in the same round.
func BenchmarkScale(b *testing.B) {
	program := subject(b)
	for _, place := range places {
		b.Run(place.name, func(b *testing.B) { scale(b, place.dir(b), program) })
	}
}

func scale(b *testing.B, dir, program string) {
	out, pki := filepath.Join(dir, "out"), filepath.Join(dir, "pki")
	files := map[int]string{}
	for _, n := range sizes {
		files[n] = write(b, "cluster.json", bareMetal(n))
	}
	samples := map[int][]sample{}
	for b.Loop() {
		for range rounds {
			for _, n := range sizes {
				clear(b, out, pki)
				samples[n] = append(samples[n], measure(b, nil, program, "compile", "-f", files[n], "-o", out, "--pki", pki))
			}
		}
	}
	rows := [][]string{{"machines", "wall, ms", "peak memory, MiB"}}
	for _, n := range sizes {
		rows = append(rows, []string{fmt.Sprint(n), spread(walls(samples[n]), "%.0f"), spread(peaks(samples[n]), "%.1f")})
	}
	growth := walls(samples[10_000]).over(walls(samples[5_000]))
	rows = append(rows,
		[]string{"10000 / 5000", spread(growth, "%.2f"), spread(peaks(samples[10_000]).over(peaks(samples[5_000])), "%.2f")},
		[]string{"target", "at most 2.2", "10000: less than 128"},
	)
	table(fmt.Sprintf("%s, new PKI, %d runs each in turns; median (least to most):", b.Name(), len(samples[10])), rows...)
	b.ReportMetric(0, "ns/op") // of no meaning here
	b.ReportMetric(growth.median(), "10000/5000-wall-ratio")
	b.ReportMetric(peaks(samples[10_000]).max(), "10000-peak-MiB")
}

// bareMetal is a config with one control-plane machine, and n workers in one
// pool that each have a name, a MAC and an address.
func bareMetal(n int) string {
	var machines strings.Builder
	for i := range n {
		if i > 0 {
			machines.WriteString(",\n")
		}
		host := i + 256 // the first /24 is the control plane's
		fmt.Fprintf(&machines, `    {"name": "node-%05d", "mac": "52:54:00:00:%02x:%02x", "address": "10.0.%[2]d.%[3]d"}`,
			i, host>>8, host&0xff)
	}
	return fmt.Sprintf(`{
  "name": "rack",
  "network": {"podCIDR": "10.128.0.0/9"},
  "provider": {"userdata": {"limit": 0}},
  "controlPlane": {"machines": [{"name": "control", "mac": "52:54:00:00:00:0a", "address": "10.0.0.10"}]},
  "workers": [{"name": "worker", "machines": [
%s
  ]}]
}
`, &machines)
}
