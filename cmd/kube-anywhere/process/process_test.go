//go:build linux

package process

import (
	"fmt"
	"path/filepath"
	"testing"
)

// pairs is how often each comparison is made: the median of so many is steady
// even where a machine has other work.
const pairs = 25

// cluster is one control-plane machine and three workers. Without a limit the
// time is measured even where a payload is too large.
const cluster = `{"name": "demo", "workers": [{"name": "worker", "count": 3}], "provider": {"userdata": {"limit": 0}}}`

// BenchmarkProcess runs kubeadm's certificate phase and a whole compile in
// turns: with new keys, and again with the keys of the run before.
func BenchmarkProcess(b *testing.B) {
	program, peer := subject(b), kubeadm(b)
	for _, place := range places {
		b.Run(place.name, func(b *testing.B) { compare(b, place.dir(b), program, peer) })
	}
}

func compare(b *testing.B, dir, program, peer string) {
	certificates, out, pki := filepath.Join(dir, "kubeadm"), filepath.Join(dir, "out"), filepath.Join(dir, "pki")
	peerFile, file := write(b, "kubeadm.yaml", peerConfig(certificates)), write(b, "cluster.json", cluster)

	runPeer := func() sample {
		clear(b, certificates)
		return measure(b, nil, peer, "init", "phase", "certs", "all", "--config", peerFile)
	}
	compile := func() sample {
		return measure(b, nil, program, "compile", "-f", file, "-o", out, "--pki", pki)
	}
	runPeer() // both programs are in the page cache from here on
	compile()
	var peerNew, fresh, peerAgain, again []sample
	for b.Loop() {
		for range pairs {
			peerNew = append(peerNew, runPeer())
			clear(b, out, pki)
			fresh = append(fresh, compile())
			peerAgain = append(peerAgain, runPeer())
			again = append(again, compile())
		}
	}
	b.ReportMetric(0, "ns/op") // of no meaning here
	report(b, "new", "compile, new PKI", fresh, peerNew, 0.6)
	report(b, "recompile", "compile, existing PKI", again, peerAgain, 0.3)
}

// report prints one comparison; the targets are the project's own.
func report(b *testing.B, unit, name string, ours, theirs []sample, target float64) {
	wall, memory := walls(ours).over(walls(theirs)), peaks(ours).over(peaks(theirs))
	b.ReportMetric(wall.median(), unit+"-wall-ratio")
	b.ReportMetric(memory.median(), unit+"-peak-ratio")
	row := func(name string, samples []sample) []string {
		w, p := walls(samples), peaks(samples)
		return []string{name, spread(w, "%.1f"), spread(p, "%.1f")}
	}
	table(fmt.Sprintf("%s, %d pairs in turns; median (least to most):", b.Name(), len(ours)),
		[]string{"process", "wall, ms", "peak memory, MiB"},
		row("kubeadm init phase certs all", theirs),
		row(name, ours),
		[]string{"ratio, pair by pair", spread(wall, "%.2f"), spread(memory, "%.2f")},
		[]string{"target", fmt.Sprintf("at most %.1f", target), "at most 1"},
	)
}

func spread(s series, format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", s.median(), s.min(), s.max())
}
