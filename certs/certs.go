// Package certs lists every certificate of a cluster and makes what is missing.
//
// INPUTS: Names (the cluster's name, endpoint, members, service addresses and
// the config's pki section), the content of an existing pki/ directory, the
// time.
// OUTPUTS: Bundle (every certificate and key, the bootstrap token, the key for
// encryption at rest), what must be added to pki/, problems with what stands in
// pki/ already, and kubeconfigs.
//
// Read list.go first: it is the whole PKI, top to bottom. What exists is used
// byte for byte; only what is missing is made. cfssl makes keys and subjects;
// its signer is left out on purpose, because it reads the clock and costs 3 ms
// of start-up for a linter and a list of public suffixes.
package certs

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Names is all of a cluster that its certificates depend on.
type Names struct {
	Cluster    string
	Endpoint   string // host of the API endpoint: a name or an address
	Members    []Member
	ServiceIPs []netip.Addr // of the Service "kubernetes"
	DNSDomain  string
	ExtraSANs  []string

	Algorithm            string // ecdsa-p256, ecdsa-p384, rsa-2048, rsa-4096
	CAValidity, Validity time.Duration
	TokenValidity        time.Duration
}

// Member is one control-plane machine.
type Member struct {
	Name      string
	Addresses []netip.Addr
}

// Files is the content of a pki/ directory by slash-separated relative path.
type Files map[string][]byte

// Problem is one defect of what stands in pki/. Unless it is a Warning nothing
// is made.
type Problem struct {
	File    string // relative to pki/
	Message string
	Hint    string // the way out
	Warning bool
}

// Issue reads what exists, checks it and makes what is missing. With an error
// among the problems the bundle is nil. The problems are all that there are,
// sorted by file.
//
// A certificate is valid from one hour before now, because clocks differ, and
// never longer than the CA that signs it: then its end is the CA's.
func Issue(n Names, existing Files, now time.Time) (*Bundle, []Problem) {
	b, problems := load(n, existing, now)
	problems = append(problems, b.unmakeable()...)
	if !hasErrors(problems) {
		problems = append(problems, b.makeMissing(n, now)...)
	}
	sortProblems(problems)
	if hasErrors(problems) {
		return nil, problems
	}
	return b, problems
}

// Read lists and checks what exists and makes nothing. Whatever depends on the
// time, such as expiry, is left to the reader of the list.
func Read(n Names, existing Files) ([]Info, []Problem) {
	b, problems := load(n, existing, time.Time{})
	sortProblems(problems)
	return b.List(), problems
}

func hasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Warning })
}

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Message, b.Message))
	})
}
