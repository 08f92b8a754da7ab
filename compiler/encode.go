package compiler

import (
	"bytes"
	"cmp"
	"compress/flate"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

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
	o.Report = Report{Cluster: o.Plan.Name, Provider: o.compilation.provider.Name()}
	jobs, err := o.jobs()
	if err != nil {
		return []schema.Diagnostic{{Severity: schema.Error, Code: "format", Message: err.Error()}}
	}
	inParallel(jobs, o.compilation.run)
	var diags []schema.Diagnostic
	for _, j := range jobs {
		if j.err != nil {
			return append(diags, schema.Diagnostic{Severity: schema.Error, Code: "encode", Message: j.err.Error()})
		}
		o.payloads = append(o.payloads, j.rolePayload)
		o.Report.Payloads = append(o.Report.Payloads, j.report)
		if j.report.Limit > 0 && j.report.Bytes > j.report.Limit {
			diags = append(diags, tooLarge(j.report, o.Report.Provider))
		}
	}
	return diags
}

// job is one payload to be made, and what came of it.
type job struct {
	rolePayload
	report PayloadReport
	err    error
}

// jobs are the payloads of every role, in the order of the report.
func (o *Output) jobs() ([]*job, error) {
	var jobs []*job
	for _, role := range o.Plan.Roles {
		for _, name := range o.Plan.Provider.Formats {
			f, err := formatOf(name, role)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, &job{rolePayload: rolePayload{role, payload{format: f}}})
		}
	}
	return jobs, nil
}

// run weighs the files while they are encoded: both compress all of them, which
// is most of what a compile does.
func (c *compilation) run(j *job) {
	var files []FileShare
	var wait sync.WaitGroup
	wait.Go(func() { files = weights(c.machines[j.role.Name].Wire()) })
	j.payload, j.err = c.encode(j.role, j.format)
	wait.Wait()
	j.report = c.report(j.role, j.payload, files)
}

// indices are those of a list, for inParallel.
func indices[T any](list []T) []int {
	all := make([]int, len(list))
	for i := range all {
		all[i] = i
	}
	return all
}

// inParallel calls do for every item, on every core, and waits for all.
func inParallel[T any](items []T, do func(T)) {
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for _, item := range items {
		slots <- struct{}{}
		wait.Go(func() {
			do(item)
			<-slots
		})
	}
	wait.Wait()
}

func (c *compilation) report(role plan.Role, p payload, files []FileShare) PayloadReport {
	name, _ := largest(role)
	r := PayloadReport{
		Name:     role.Name,
		File:     payloadFile(name, p.format),
		Format:   p.format.name,
		Encoding: p.variant.name,
		Delivery: Inline,
		Bytes:    p.bytes,
		Limit:    c.plan.Provider.InlineLimit(),
		Machines: max(role.Count, len(role.Machines)),
		Files:    shares(files, max(p.bytes, p.objectBytes)),
	}
	switch {
	case p.objectBytes > 0:
		r.Delivery, r.ObjectBytes = Object, p.objectBytes
		r.Reason = fmt.Sprintf("%d bytes at the smallest, and user-data takes %d", p.smallest, r.Limit)
	case r.Limit == 0:
		r.Reason = "the platform has no limit"
	case p.index == 0:
		r.Reason = fmt.Sprintf("within the %d bytes of user-data as it is", r.Limit)
	default:
		r.Reason = fmt.Sprintf("within the %d bytes of user-data once compressed", r.Limit)
	}
	return r
}

func payloadFile(name string, f format) string { return "payloads/" + name + "." + f.extension }

func tooLarge(r PayloadReport, provider string) schema.Diagnostic {
	hint := "turn add-ons off, take manifests out and apply them later, or use pki.algorithm ecdsa-p256"
	if provider == "userdata" {
		hint += "; or raise provider.userdata.limit if the platform takes more"
	}
	var heaviest []string
	for _, f := range r.Files[:min(5, len(r.Files))] {
		heaviest = append(heaviest, fmt.Sprintf("%s (%d bytes)", f.Path, f.Share))
	}
	return schema.Diagnostic{
		Severity: schema.Error, Code: "payload-too-large", File: r.File,
		Message: fmt.Sprintf("%d bytes, %d more than the %d bytes of user-data that the platform takes; the heaviest: %s",
			r.Bytes, r.Bytes-r.Limit, r.Limit, strings.Join(heaviest, ", ")),
		Hint: hint,
	}
}

// shares scales weights so that they add up to a payload of total bytes; the
// heaviest file comes first.
func shares(files []FileShare, total int) []FileShare {
	sum := 0
	for _, f := range files {
		sum += f.Share
	}
	for i := range files {
		files[i].Share = files[i].Share * total / max(sum, 1)
	}
	slices.SortFunc(files, func(a, b FileShare) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Path, b.Path))
	})
	return files
}

// weights estimates what each file adds to a payload: what it takes to deflate
// it after all the files before it. The fastest level will do for an estimate.
func weights(m machine.Machine) []FileShare {
	var out []FileShare
	var compressed bytes.Buffer
	w, err := flate.NewWriter(&compressed, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is valid
	}
	add := func(path string, content []byte) {
		before := compressed.Len()
		// Writing to a bytes.Buffer cannot fail.
		_, _ = w.Write(content)
		_ = w.Flush()
		out = append(out, FileShare{Path: path, Bytes: len(content), Share: compressed.Len() - before})
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
	return out
}
