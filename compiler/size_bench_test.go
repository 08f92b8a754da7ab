package compiler

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/templates"
)

// sizeColumns are the payloads that the size table shows; a budget of 0 is none.
var sizeColumns = []struct {
	format, encoding     string // an empty encoding is the only one
	controlPlane, worker int
}{
	{"ignition", "", 16_384, 4_096},
	{"cloud-init", "gzip", 12_288, 0},
	{"cloud-init", "plain", 0, 0},
	{"script", "", 0, 0},
}

// BenchmarkSize measures bytes and no time: what a control-plane machine and a
// worker weigh on every OS, with and without Headlamp. It prints the tables of
// docs/performance.md.
func BenchmarkSize(b *testing.B) {
	var rows, byKind, heaviest []string
	for b.Loop() {
		rows, byKind, heaviest = nil, nil, nil
		for _, os := range templates.Names("os") {
			for _, headlamp := range []bool{false, true} {
				out := benchCompile(b, benchInput(b, sizeConfig(os, headlamp)))
				for _, role := range out.Plan.Roles {
					rows = append(rows, sizeRow(b, out, role, headlamp))
				}
				if os == "flatcar" {
					byKind, heaviest = bytesByKind(out.Report), heaviestFiles(out.Report)
				}
			}
		}
	}
	b.ReportMetric(0, "ns/op") // of no meaning here
	head := []string{"OS", "machine", "Headlamp"}
	for _, c := range sizeColumns {
		head = append(head, strings.TrimSpace(c.format+" "+c.encoding))
	}
	printTable("Payloads in bytes; budgets in brackets:", head, rows)
	printTable("By kind, Flatcar with Headlamp, as Ignition:", []string{"machine", "what", "bytes", "share of the payload"}, byKind)
	printTable("The heaviest files, Flatcar with Headlamp, as Ignition:", []string{"machine", "file", "bytes", "share of the payload"}, heaviest)
}

func sizeConfig(os string, headlamp bool) string {
	return fmt.Sprintf(`{"name": "demo", "os": {"name": %q}, "addons": {"headlamp": {"enabled": %t}},
  "provider": {"userdata": {"limit": 0}}}`, os, headlamp)
}

// sizeRow encodes one role in every format, whatever the OS boots with.
func sizeRow(b *testing.B, out *Output, role plan.Role, headlamp bool) string {
	b.Helper()
	cells := []string{role.OS.Name, role.Kind(), map[bool]string{false: "no", true: "yes"}[headlamp]}
	for _, c := range sizeColumns {
		n := encodedSize(b, out, role, c.format, c.encoding)
		budget := c.worker
		if role.ControlPlane {
			budget = c.controlPlane
		}
		cell := fmt.Sprint(n)
		if budget > 0 {
			cell += fmt.Sprintf(" (%d)", budget)
		}
		cells = append(cells, cell)
	}
	return strings.Join(cells, " | ")
}

func encodedSize(b *testing.B, out *Output, role plan.Role, format, encoding string) int {
	b.Helper()
	f, err := formatOf(format, role)
	if err != nil {
		b.Fatal(err)
	}
	variants, err := f.prepare(out.compilation.machines[role.Name].Wire(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, v := range variants {
		if encoding == "" || v.name == encoding {
			chunks, err := v.encode(machine.Machine{})
			if err != nil {
				b.Fatal(err)
			}
			return size(chunks)
		}
	}
	b.Fatalf("%s has no encoding %q", format, encoding)
	return 0
}

// kinds group the files of a machine by what they are.
var kinds = []struct{ name, prefix string }{
	{"certificates and keys", "/etc/kubernetes/pki/"},
	{"add-ons", "/etc/kubernetes/addons/"},
	{"static pods", "/etc/kubernetes/manifests/"},
	{"scripts", "/opt/bin/"},
	{"units", "/etc/systemd/"},
	{"other configuration", "/"},
}

func bytesByKind(r Report) []string {
	var rows []string
	for _, p := range r.Payloads {
		rest := p.Files
		for _, k := range kinds {
			plain, share := 0, 0
			rest = slices.DeleteFunc(slices.Clone(rest), func(f FileShare) bool {
				if !strings.HasPrefix(f.Path, k.prefix) {
					return false
				}
				plain, share = plain+f.Bytes, share+f.Share
				return true
			})
			if plain > 0 {
				rows = append(rows, fmt.Sprintf("%s | %s | %d | %d", p.Name, k.name, plain, share))
			}
		}
	}
	return rows
}

func heaviestFiles(r Report) []string {
	var rows []string
	for _, p := range r.Payloads {
		for _, f := range p.Files[:min(12, len(p.Files))] {
			rows = append(rows, fmt.Sprintf("%s | %s | %d | %d", p.Name, f.Path, f.Bytes, f.Share))
		}
	}
	return rows
}

// printTable writes Markdown to standard output: what a benchmark logs is cut
// off after ten lines.
func printTable(title string, head, rows []string) {
	fmt.Fprintf(os.Stdout, "\n%s\n\n| %s |\n|%s\n", title, strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		fmt.Fprintf(os.Stdout, "| %s |\n", row)
	}
	fmt.Fprintln(os.Stdout)
}
