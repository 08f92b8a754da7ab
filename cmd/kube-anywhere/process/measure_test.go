//go:build linux

// Package process measures the whole program, as a user runs it: the wall time
// and the peak memory of one process, beside those of kubeadm.
//
// INPUTS: this module's sources; kubeadm's, which are built once into the user's
// cache directory (or the program that the variable KUBEADM names).
// OUTPUTS: tables on standard output, in Markdown; docs/performance.md has them.
//
// It imports nothing of the program's: what a child process inherits from a
// large parent would count as the child's memory.
package process

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sample is what one run of a program took.
type sample struct {
	wall time.Duration
	peak int64 // resident memory, KiB
}

// measure runs a program to its end. A run that fails ends the benchmark, and
// so does one whose memory cannot be told from this process's own: a child's
// peak begins with that of the process that started it.
func measure(b *testing.B, stdin io.Reader, program string, args ...string) sample {
	b.Helper()
	cmd := exec.Command(program, args...)
	var problems bytes.Buffer
	cmd.Stdin, cmd.Stderr = stdin, &problems
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		b.Fatalf("%v: %v\n%s", cmd, err, &problems)
	}
	s := sample{wall: wall, peak: cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss}
	if inherited := ownPeak(b); s.peak <= inherited {
		b.Fatalf("%v peaked at %d KiB, no more than this process (%d KiB): its memory cannot be measured", cmd, s.peak, inherited)
	}
	return s
}

// ownPeak is the peak of this process, in KiB, as it is handed on to children.
// Getrusage would not do: it counts what this process itself inherited.
func ownPeak(b *testing.B) int64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
	kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseInt(kib, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// places are where the programs write: a disk, whose speed is the machine's and
// not theirs, and memory. TMPDIR says where the disk is.
var places = []struct {
	name string
	dir  func(*testing.B) string
}{
	{"memory", memory},
	{"disk", func(b *testing.B) string { return b.TempDir() }},
}

// memory is a new directory on Linux's memory file system.
func memory(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "kube-anywhere-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { clear(b, dir) })
	return dir
}

// subject builds the program as a release does.
func subject(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "kube-anywhere")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", program, "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return program
}

// write makes a file in a directory of its own, and gives its name.
func write(b *testing.B, name, content string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// clear takes away what a run left behind, outside of any measurement.
func clear(b *testing.B, paths ...string) {
	b.Helper()
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			b.Fatal(err)
		}
	}
}

// series is one figure over many runs.
type series []float64

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	if len(sorted)%2 == 1 {
		return sorted[len(sorted)/2]
	}
	return (sorted[len(sorted)/2-1] + sorted[len(sorted)/2]) / 2
}

func (s series) min() float64 { return slices.Min(s) }
func (s series) max() float64 { return slices.Max(s) }

// walls and peaks are the runs' figures in milliseconds and MiB.
func walls(samples []sample) series {
	var s series
	for _, one := range samples {
		s = append(s, float64(one.wall.Microseconds())/1000)
	}
	return s
}

func peaks(samples []sample) series {
	var s series
	for _, one := range samples {
		s = append(s, float64(one.peak)/1024)
	}
	return s
}

// over divides run by run, so that what slowed a whole pair down cancels out.
func (s series) over(other series) series {
	ratios := make(series, len(s))
	for i := range s {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}

// table prints rows of cells as a Markdown table; the first row is its head.
func table(title string, rows ...[]string) {
	var out strings.Builder
	out.WriteString("\n" + title + "\n\n")
	for i, row := range rows {
		out.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			out.WriteString("|" + strings.Repeat(" --- |", len(row)) + "\n")
		}
	}
	// To standard output at once: what a benchmark logs is cut off after ten
	// lines.
	_, _ = os.Stdout.WriteString(out.String() + "\n")
}
