package compiler

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/kube-anywhere/kube-anywhere/certs"
)

// pkiText is pki.txt: one line a certificate, for a person to read or diff.
func pkiText(list []certs.Info) []byte {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSUBJECT\tISSUER\tUSAGES\tNOT BEFORE\tNOT AFTER\tSANS")
	for _, i := range list {
		var from, to string
		if i.NotBefore != nil && i.NotAfter != nil {
			from, to = i.NotBefore.UTC().Format("2006-01-02"), i.NotAfter.UTC().Format("2006-01-02")
		}
		fmt.Fprintln(w, strings.Join([]string{
			i.Name, i.Subject, i.Issuer, strings.Join(i.Usages, ","), from, to, strings.Join(i.SANs, ","),
		}, "\t"))
	}
	w.Flush() // to a bytes.Buffer: cannot fail
	return b.Bytes()
}
