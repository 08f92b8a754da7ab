package certs

import (
	"fmt"
	"time"
)

// Fake is a bundle of the same shape and names as Issue makes, without keys:
// each body is a fixed text that names itself. It is for output that has to be
// the same on every run, such as goldens.
func Fake(n Names) *Bundle {
	b := &Bundle{byName: map[string]*entry{}, made: Files{}, fake: true,
		token:  Token{"fake00", "fakefakefakefake", fakeStart.Add(n.TokenValidity)},
		secret: []byte("FAKE key, 32 bytes, not a secret"),
	}
	for _, s := range Cluster(n) {
		e := &entry{Spec: s, keyPEM: fakePEM("PRIVATE KEY", s.Name)}
		b.made[e.keyFile()] = e.keyPEM
		if !s.KeyOnly {
			e.certPEM = fakePEM("CERTIFICATE", s.Name)
			b.made[e.certFile()] = e.certPEM
		}
		b.entries = append(b.entries, e)
		b.byName[s.Name] = e
	}
	b.made[tokenFile] = b.token.encode()
	b.made[encryptionFile] = encodeSecret(b.secret)
	return b
}

var fakeStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func fakePEM(kind, name string) []byte {
	return fmt.Appendf(nil, "-----BEGIN %s-----\nFAKE %s\n-----END %[1]s-----\n", kind, name)
}

// fakeInfo describes a certificate that was not made, from its Spec.
func (b *Bundle) fakeInfo(e *entry) Info {
	info := Info{Name: e.Name, Algorithm: "fake", HasKey: true}
	if e.KeyOnly {
		return info
	}
	issuer := e.Spec
	if !e.CA {
		issuer = b.byName[e.Issuer].Spec
	}
	start, end := fakeStart, fakeStart.Add(min(e.Validity, issuer.Validity))
	info.Subject, info.Issuer = e.subject(), issuer.subject()
	info.SANs, info.Usages = e.sans(), e.usages()
	info.NotBefore, info.NotAfter, info.Serial = &start, &end, "fake"
	return info
}
