package compiler

import (
	"bytes"
	"cmp"
	"compress/flate"
	"fmt"
	"slices"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/compiler/machine"
	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// rolePayload is one role's payload in one format.
type rolePayload struct {
	role plan.Role
	payload
}

// encode makes every role's payloads and the report of them. A payload over
// the provider's limit is an error that names its heaviest files.
func (o *Output) encode() []schema.Diagnostic {
	c := o.compilation
	o.Report = Report{Cluster: o.Plan.Name, Provider: c.provider.Name()}
	var diags []schema.Diagnostic
	for _, role := range o.Plan.Roles {
		for _, name := range c.provider.Formats() {
			f, err := formatOf(name, role)
			if err != nil {
				return append(diags, schema.Diagnostic{Severity: schema.Error, Code: "format", Message: err.Error()})
			}
			p, err := c.encode(role, f)
			if err != nil {
				return append(diags, schema.Diagnostic{Severity: schema.Error, Code: "encode", Message: err.Error()})
			}
			o.payloads = append(o.payloads, rolePayload{role, p})
			report := c.report(role, p)
			o.Report.Payloads = append(o.Report.Payloads, report)
			if report.Limit > 0 && report.Bytes > report.Limit {
				diags = append(diags, tooLarge(report))
			}
		}
	}
	return diags
}

func (c *compilation) report(role plan.Role, p payload) PayloadReport {
	name, _ := largest(role)
	return PayloadReport{
		Name:     role.Name,
		File:     payloadFile(name, p.format),
		Format:   p.format.name,
		Encoding: p.variant.name,
		Bytes:    p.bytes,
		Limit:    c.provider.Limit(),
		Machines: max(role.Count, len(role.Machines)),
		Files:    shares(c.machines[role.Name].Wire(), p.bytes),
	}
}

func payloadFile(name string, f format) string { return "payloads/" + name + "." + f.extension }

func tooLarge(r PayloadReport) schema.Diagnostic {
	var heaviest []string
	for _, f := range r.Files[:min(5, len(r.Files))] {
		heaviest = append(heaviest, fmt.Sprintf("%s (%d bytes)", f.Path, f.Share))
	}
	return schema.Diagnostic{
		Severity: schema.Error, Code: "payload-too-large", File: r.File,
		Message: fmt.Sprintf("%d bytes, %d more than the %d bytes of user-data that the platform takes; the heaviest: %s",
			r.Bytes, r.Bytes-r.Limit, r.Limit, strings.Join(heaviest, ", ")),
		Hint: "turn add-ons off, take manifests out and apply them later, use pki.algorithm ecdsa-p256, or raise provider.userdata.limit if the platform takes more",
	}
}

// shares estimates what each file adds to a payload of total bytes: what it
// takes to deflate it after all the files before it, scaled so that the shares
// add up to the total.
func shares(m machine.Machine, total int) []FileShare {
	var out []FileShare
	var compressed bytes.Buffer
	w, err := flate.NewWriter(&compressed, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is valid
	}
	sum := 0
	add := func(path string, content []byte) {
		before := compressed.Len()
		// Writing to a bytes.Buffer cannot fail.
		_, _ = w.Write(content)
		_ = w.Flush()
		out = append(out, FileShare{Path: path, Bytes: len(content), Share: compressed.Len() - before})
		sum += compressed.Len() - before
	}
	for _, f := range m.Files {
		add(f.Path, f.Content)
	}
	for _, u := range m.Units {
		content := u.Content
		for _, d := range u.DropIns {
			content += d.Content
		}
		add("/etc/systemd/system/"+u.Name, []byte(content))
	}
	for i := range out {
		out[i].Share = out[i].Share * total / max(sum, 1)
	}
	slices.SortFunc(out, func(a, b FileShare) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Path, b.Path))
	})
	return out
}
