package certs

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// check compares an entry's certificate with its Spec and reports everything
// that differs.
func (b *Bundle) check(e *entry, now time.Time) []Problem {
	c := e.certs[0]
	var messages []string
	if weak := weakness(c.PublicKey); weak != "" {
		messages = append(messages, weak)
	}
	messages = append(messages, outOfTime(c, now)...)
	if e.CA {
		messages = append(messages, checkAuthority(e.certs)...)
	} else {
		messages = append(messages, e.checkLeaf(c)...)
		messages = append(messages, b.checkIssuer(e, c)...)
	}
	var problems []Problem
	for _, m := range messages {
		problems = append(problems, Problem{File: e.certFile(), Message: m, Hint: e.remake()})
	}
	if soon := expiresSoon(c, now); soon != "" {
		problems = append(problems, Problem{File: e.certFile(), Message: soon, Hint: e.remake(), Warning: true})
	}
	if e.Name == "ca" && e.keyPEM == nil {
		problems = append(problems, Problem{File: e.keyFile(), Warning: true,
			Message: "is not here, so the cluster cannot sign what kubelets ask for: workers will not join by themselves",
			Hint:    "Put ca.key into pki/, or run a signer for kubernetes.io/kube-apiserver-client-kubelet and kubernetes.io/kubelet-serving."})
	}
	return problems
}

const day = 24 * time.Hour

func outOfTime(c *x509.Certificate, now time.Time) []string {
	switch {
	case now.IsZero():
	case now.After(c.NotAfter):
		return []string{"expired on " + c.NotAfter.UTC().Format(time.RFC3339)}
	case now.Before(c.NotBefore):
		return []string{"is not valid before " + c.NotBefore.UTC().Format(time.RFC3339)}
	}
	return nil
}

// expiresSoon warns in the last 30 days, or in the last third of a life that
// is meant to be short.
func expiresSoon(c *x509.Certificate, now time.Time) string {
	left := c.NotAfter.Sub(now)
	if now.IsZero() || left < 0 || left > min(30*day, c.NotAfter.Sub(c.NotBefore)/3) {
		return ""
	}
	return fmt.Sprintf("expires on %s, in %d days", c.NotAfter.UTC().Format(time.RFC3339), int(left/day))
}

// checkAuthority looks at a CA's certificate, and at those behind it in its
// file, which are trusted as much.
func checkAuthority(certs []*x509.Certificate) []string {
	for _, c := range certs {
		switch {
		case !c.BasicConstraintsValid || !c.IsCA:
			return []string{"is not the certificate of a CA: " + subject(c.Subject.CommonName, c.Subject.Organization)}
		case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
			return []string{"lacks the key usage cert sign"}
		}
	}
	return nil
}

func (e *entry) checkLeaf(c *x509.Certificate) []string {
	var messages []string
	found, wanted := slices.Sorted(slices.Values(c.Subject.Organization)), slices.Sorted(slices.Values(e.Organizations))
	if c.Subject.CommonName != e.CommonName || !slices.Equal(found, wanted) {
		messages = append(messages, fmt.Sprintf("has the subject %q, expected %q",
			subject(c.Subject.CommonName, c.Subject.Organization), e.subject()))
	}
	if missing := without(e.sans(), sansOf(c)); len(missing) > 0 {
		messages = append(messages, "lacks the names "+strings.Join(missing, ", "))
	}
	if extra := without(sansOf(c), e.sans()); len(extra) > 0 {
		messages = append(messages, "has names that the config does not give it: "+strings.Join(extra, ", "))
	}
	if missing := without(e.usages(), usagesOf(c)); len(missing) > 0 {
		messages = append(messages, "lacks the usages "+strings.Join(longUsages(missing), ", "))
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		messages = append(messages, "lacks the key usage digital signature")
	}
	if c.IsCA {
		messages = append(messages, "is the certificate of a CA, expected a leaf")
	}
	return messages
}

// without is the items of a that are not in b, in a's order.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// checkIssuer verifies that the CA signed a leaf. A CA's file may hold several
// certificates, as while one CA is replaced by another.
func (b *Bundle) checkIssuer(e *entry, c *x509.Certificate) []string {
	ca := b.byName[e.Issuer]
	if len(ca.certs) == 0 || ca.broken {
		return nil // reported with the CA
	}
	err := errors.New("names another issuer")
	for _, parent := range ca.certs {
		if !bytes.Equal(c.RawIssuer, parent.RawSubject) || !mayBe(parent.SubjectKeyId, c.AuthorityKeyId) {
			continue
		}
		if err = c.CheckSignatureFrom(parent); err == nil {
			if err = forbidden(c, parent); err != nil {
				return []string{"is not what the CA in " + ca.certFile() + " may sign: " + err.Error()}
			}
			return nil
		}
	}
	var weak x509.InsecureAlgorithmError
	if errors.As(err, &weak) {
		return []string{fmt.Sprintf("is signed with %s, which nothing trusts any more", c.SignatureAlgorithm)}
	}
	return []string{"is not signed by the CA in " + ca.certFile()}
}

// mayBe spares a signature check where key identifiers differ.
func mayBe(subject, authority []byte) bool {
	return len(subject) == 0 || len(authority) == 0 || bytes.Equal(subject, authority)
}

// forbidden asks whether a CA's name constraints or usages rule a leaf out.
// Only a user's own CA has any, so the second look at the signature is rare.
func forbidden(c, parent *x509.Certificate) error {
	if len(parent.PermittedDNSDomains)+len(parent.ExcludedDNSDomains)+len(parent.PermittedIPRanges)+
		len(parent.ExcludedIPRanges)+len(parent.ExtKeyUsage)+len(parent.UnknownExtKeyUsage) == 0 {
		return nil
	}
	roots := x509.NewCertPool()
	roots.AddCert(parent)
	at := c.NotBefore
	if parent.NotBefore.After(at) {
		at = parent.NotBefore
	}
	for _, usage := range c.ExtKeyUsage {
		_, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage}})
		if err != nil {
			return err
		}
	}
	return nil
}
