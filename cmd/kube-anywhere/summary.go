package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kube-anywhere/kube-anywhere/compiler"
)

// summaryJSON is what compile --report json prints.
type summaryJSON struct {
	Out    string          `json:"out"`
	PKI    string          `json:"pki"`
	NewPKI []string        `json:"newPKI"` // files that were added to pki
	Files  int             `json:"files"`  // in out
	Report compiler.Report `json:"report"`
	// The first certificate to expire; CAs and their leaves alike.
	FirstExpiry *time.Time `json:"firstExpiry,omitempty"`
	TokenExpiry *time.Time `json:"tokenExpiry,omitempty"`
}

// summary says what was made and what comes next.
func (a *app) summary(in compiler.Input, out *compiler.Output, dir, pki string) error {
	files := map[string][]byte{}
	for _, from := range []map[string][]byte{in.PKI, out.NewPKI} {
		for _, name := range sortedKeys(from) {
			files[name] = from[name]
		}
	}
	s := summaryJSON{Out: dir, PKI: pki, NewPKI: sortedKeys(out.NewPKI), Files: len(out.Files),
		Report: out.Report, TokenExpiry: tokenExpiry(files)}
	for _, c := range out.Certificates() {
		if c.NotAfter != nil && (s.FirstExpiry == nil || c.NotAfter.Before(*s.FirstExpiry)) {
			s.FirstExpiry = c.NotAfter
		}
	}
	if a.json {
		return writeJSON(a.out, s)
	}
	a.printWhat(out)
	if err := a.printSizes(out.Report); err != nil {
		return err
	}
	a.printWhere(s)
	a.printNext(out, dir)
	return nil
}

func (a *app) printWhat(out *compiler.Output) {
	controlPlane, workers, pools := 0, 0, 0
	for _, r := range out.Plan.Roles {
		if r.ControlPlane {
			controlPlane++
		} else {
			pools++
			workers += r.Count
		}
	}
	fmt.Fprintf(a.out, "%s: Kubernetes %s, %s, %s in %s\n\n", a.paint(a.out, bold, out.Plan.Name),
		out.Plan.Kubernetes.Version, plural(controlPlane, "control-plane machine"),
		plural(workers, "worker"), plural(pools, "pool"))
}

// printSizes shows each payload against what its platform takes.
func (a *app) printSizes(r compiler.Report) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PAYLOAD\tFORMAT\tBYTES\tLIMIT\tUSED")
	for _, p := range r.Payloads {
		limit, used := "none", "-"
		if p.Limit > 0 {
			limit, used = thousands(p.Limit), bar(p.Bytes, p.Limit)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Name, p.Format+" "+p.Encoding, thousands(p.Bytes), limit, used)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, p := range r.Payloads {
		if p.Delivery == compiler.Object {
			fmt.Fprintf(a.out, "%s is a private object of %s bytes that the machine fetches as itself: %s\n",
				p.Name, thousands(p.ObjectBytes), p.Reason)
		}
	}
	return nil
}

// bar is a share as twenty characters and a number.
func bar(part, whole int) string {
	const width = 20
	n := min(width, (part*width+whole/2)/whole)
	return "[" + strings.Repeat("#", n) + strings.Repeat(".", width-n) + "] " + fmt.Sprintf("%d %%", part*100/whole)
}

// thousands writes 16384 as 16,384.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (a *app) printWhere(s summaryJSON) {
	fmt.Fprintf(a.out, "\n%s holds %s; start with %s\n", s.Out, plural(s.Files, "file"), displayPath(s.Out, "README.md"))
	made := "nothing new was needed"
	if len(s.NewPKI) > 0 {
		made = plural(len(s.NewPKI), "new file")
	}
	fmt.Fprintf(a.out, "%s holds the cluster's keys (%s): keep it secret, and back it up\n", s.PKI, made)
	fmt.Fprintf(a.out, "The first certificate expires %s", a.expiry(a.out, s.FirstExpiry))
	if s.TokenExpiry != nil {
		fmt.Fprintf(a.out, "; workers can join until %s (%s)",
			s.TokenExpiry.UTC().Format("2006-01-02 15:04 UTC"), distance(a.env.now(), *s.TokenExpiry))
	}
	fmt.Fprintln(a.out)
}

func (a *app) printNext(out *compiler.Output, dir string) {
	if out.Has("up") {
		fmt.Fprintf(a.out, "\n%s kube-anywhere up %s\n", a.paint(a.out, bold, "Next:"), dir)
		return
	}
	fmt.Fprintf(a.out, "\n%s boot every machine with its file of %s as user-data, then\n"+
		"  kubectl --kubeconfig %[3]s get nodes\n"+
		"  kube-anywhere smoke --kubeconfig %[3]s\n", a.paint(a.out, bold, "Next:"),
		displayPath(dir, "payloads"), displayPath(dir, "kubeconfig"))
}

// tokenExpiry reads when the bootstrap token in a pki/ directory ends.
func tokenExpiry(files map[string][]byte) *time.Time {
	var token struct {
		Expires time.Time `json:"expires"`
	}
	if err := json.Unmarshal(files["bootstrap-token"], &token); err != nil {
		return nil
	}
	return &token.Expires
}
