package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
	"time"
)

// load parses and checks everything in pki/. With a zero now, whatever depends
// on the time is left out.
func load(n Names, existing Files, now time.Time) (*Bundle, []Problem) {
	b := &Bundle{byName: map[string]*entry{}, made: Files{}}
	for _, s := range Cluster(n) {
		e := &entry{Spec: s}
		b.entries = append(b.entries, e)
		b.byName[s.Name] = e
	}
	problems := authoritiesFirst(b.entries, func(e *entry) []Problem {
		found := e.parse(existing)
		if len(found) == 0 && len(e.certs) > 0 {
			found = b.check(e, now)
		}
		e.broken = hasErrors(found)
		return found
	})
	problems = append(problems, b.sharedAuthorities()...)
	problems = append(problems, b.loadSecrets(existing, now)...)
	return b, append(problems, leftovers(n, existing)...)
}

// parse takes an entry's files. What it reports makes further checks useless.
func (e *entry) parse(existing Files) []Problem {
	cert, key := existing.content(e.certFile()), existing.content(e.keyFile())
	if e.KeyOnly {
		cert = nil
	}
	var problems []Problem
	report := func(file, message, hint string) {
		problems = append(problems, Problem{File: file, Message: message, Hint: hint})
	}
	if cert != nil {
		var err error
		if e.certs, err = parseCertificates(cert); err != nil {
			report(e.certFile(), err.Error(), e.remake())
		}
	}
	if key != nil {
		var form string
		var err error
		if e.key, form, err = parseKey(key); err != nil {
			report(e.keyFile(), err.Error(), e.remake())
		} else if e.KeyOnly {
			problems = append(problems, e.checkBareKey(form)...)
		}
	}
	e.certPEM, e.keyPEM = cert, key
	switch {
	case cert != nil && key == nil && !e.CA:
		report(e.keyFile(), "is missing, while "+e.certFile()+" is here",
			fmt.Sprintf("Put %s back, or delete %s to have both made anew.", e.keyFile(), e.certFile()))
	case cert == nil && key != nil && !e.KeyOnly:
		report(e.certFile(), "is missing, while "+e.keyFile()+" is here",
			fmt.Sprintf("Put %s back, or delete %s to have both made anew.", e.certFile(), e.keyFile()))
	case len(problems) == 0 && e.key != nil && len(e.certs) > 0 && !matches(e.key, e.certs[0].PublicKey):
		report(e.keyFile(), "does not match the certificate in "+e.certFile(), e.remake())
	}
	return problems
}

// content is a file's content: nil where there is no file, not nil where the
// file is empty.
func (f Files) content(name string) []byte {
	text, ok := f[name]
	if ok && text == nil {
		return []byte{}
	}
	return text
}

// checkBareKey looks at the service-account key, which the apiserver reads by
// other code than keys of certificates.
func (e *entry) checkBareKey(form string) []Problem {
	switch e.key.(type) {
	case *rsa.PrivateKey:
	case *ecdsa.PrivateKey:
		if form == "PRIVATE KEY" {
			return []Problem{{File: e.keyFile(),
				Message: "is an EC key in PKCS#8 form, which the apiserver does not read as --service-account-key-file",
				Hint:    fmt.Sprintf("Rewrite it: openssl ec -in %s -out %[1]s", e.keyFile())}}
		}
	case ed25519.PrivateKey:
		return []Problem{{File: e.keyFile(), Message: "is an Ed25519 key, which cannot sign service-account tokens", Hint: e.remake()}}
	}
	if weak := weakness(e.key.Public()); weak != "" {
		return []Problem{{File: e.keyFile(), Message: weak, Hint: e.remake()}}
	}
	return nil
}

// remake is the usual way out.
func (e *entry) remake() string {
	switch {
	case e.KeyOnly:
		return fmt.Sprintf("Put the right file back, or delete %s to have it made anew.", e.keyFile())
	case e.CA:
		return fmt.Sprintf("Put the right file back. To replace this CA, delete %s, %s and every certificate that it signed.", e.certFile(), e.keyFile())
	}
	return fmt.Sprintf("Put the right file back, or delete %s and %s to have them made anew.", e.certFile(), e.keyFile())
}

func matches(key crypto.Signer, public crypto.PublicKey) bool {
	own, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && own.Equal(public)
}

// sharedAuthorities finds CAs with one key. Whoever has a certificate of the
// cluster CA, as every kubelet does, could then read all of etcd, or speak for
// any user.
func (b *Bundle) sharedAuthorities() []Problem {
	var problems []Problem
	first := map[string]string{}
	for _, e := range b.entries {
		if !e.CA || len(e.certs) == 0 {
			continue
		}
		key := string(e.certs[0].RawSubjectPublicKeyInfo)
		if other, ok := first[key]; ok {
			e.broken = true
			problems = append(problems, Problem{File: e.certFile(),
				Message: "has the same key as " + other + ": whoever that CA signs for would be trusted here too",
				Hint:    fmt.Sprintf("Bring another CA, or delete %s and %s to have one made.", e.certFile(), e.keyFile())})
			continue
		}
		first[key] = e.certFile()
	}
	return problems
}

// leftovers finds the directories of members that are not in the cluster.
func leftovers(n Names, existing Files) []Problem {
	var gone []string
	for file := range existing {
		rest, ok := strings.CutPrefix(file, "members/")
		member, _, inside := strings.Cut(rest, "/")
		if ok && inside && !slices.ContainsFunc(n.Members, func(m Member) bool { return m.Name == member }) {
			gone = append(gone, member)
		}
	}
	slices.Sort(gone)
	var problems []Problem
	for _, member := range slices.Compact(gone) {
		problems = append(problems, Problem{File: "members/" + member, Warning: true,
			Message: "belongs to no control-plane machine of this cluster",
			Hint:    "Delete the directory if the machine is gone for good."})
	}
	return problems
}

// unmakeable finds what is missing and cannot be made.
func (b *Bundle) unmakeable() []Problem {
	var problems []Problem
	for _, e := range b.entries {
		switch {
		case e.CA && e.missing():
			problems = append(problems, b.orphans(e)...)
		case e.missing() && !e.KeyOnly:
			ca := b.byName[e.Issuer]
			if len(ca.certs) > 0 && ca.keyPEM == nil && !ca.broken {
				problems = append(problems, Problem{File: e.certFile(),
					Message: fmt.Sprintf("is missing, and %s is not here to sign it", ca.keyFile()),
					Hint: fmt.Sprintf("Put %s into pki/, or have the owner of that CA sign %s and put it there with %s: %s",
						ca.keyFile(), e.certFile(), e.keyFile(), e.order())})
			}
		}
	}
	return problems
}

// orphans are certificates whose CA is gone. A new CA would not fit them.
func (b *Bundle) orphans(ca *entry) []Problem {
	var files []string
	for _, e := range b.entries {
		if e.Issuer == ca.Name && e.certPEM != nil {
			files = append(files, e.certFile())
		}
	}
	if len(files) == 0 {
		return nil
	}
	return []Problem{{File: ca.certFile(),
		Message: "is missing, while certificates that it signed are here: " + strings.Join(files, ", "),
		Hint:    fmt.Sprintf("Put %s and %s back, or delete those certificates and their keys too.", ca.certFile(), ca.keyFile())}}
}

// order says what a certificate must be to whoever has to sign it elsewhere.
func (s Spec) order() string {
	out := "subject " + s.subject() + "; usages digital signature, " + strings.Join(longUsages(s.usages()), ", ")
	for i, name := range s.DNSNames {
		out += separator(i, "; SANs ") + "DNS:" + name
	}
	for i, a := range s.Addresses {
		out += separator(i+len(s.DNSNames), "; SANs ") + "IP:" + a.String()
	}
	return out
}

func separator(i int, start string) string {
	if i == 0 {
		return start
	}
	return ", "
}

func longUsages(usages []string) []string {
	long := slices.Clone(usages)
	for i, u := range usages {
		long[i] = u + " auth"
	}
	return long
}

// subject is a subject the way this package speaks of it: only what Kubernetes
// reads.
func (s Spec) subject() string { return subject(s.CommonName, s.Organizations) }

func subject(commonName string, organizations []string) string {
	var out bytes.Buffer
	out.WriteString("CN=" + commonName)
	for _, o := range organizations {
		out.WriteString(", O=" + o)
	}
	return out.String()
}
