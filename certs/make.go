package certs

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/cloudflare/cfssl/csr"
)

// makeMissing makes keys and certificates for every entry that has neither,
// and the token and the encryption key where they are missing.
func (b *Bundle) makeMissing(n Names, now time.Time) []Problem {
	var missing []*entry
	for _, e := range b.entries {
		if e.missing() {
			missing = append(missing, e)
		}
	}
	problems := inParallel(missing, func(e *entry) (found []Problem) {
		var err error
		if e.key, err = newKey(n.Algorithm); err != nil {
			found = []Problem{{Message: "cannot make a key: " + err.Error()}}
		}
		return found
	})
	if len(problems) > 0 {
		return problems[:1]
	}
	problems = authoritiesFirst(missing, func(e *entry) []Problem {
		if err := b.makeEntry(e, now); err != nil {
			return []Problem{{File: e.certFile(), Message: "cannot be made: " + err.Error()}}
		}
		return nil
	})
	for _, e := range missing {
		b.made[e.keyFile()] = e.keyPEM
		if !e.KeyOnly {
			b.made[e.certFile()] = e.certPEM
		}
	}
	b.makeSecrets(n, now)
	return problems
}

// authoritiesFirst does what looks at CAs for every entry.
func authoritiesFirst(entries []*entry, do func(*entry) []Problem) []Problem {
	var authorities, others []*entry
	for _, e := range entries {
		if e.CA {
			authorities = append(authorities, e)
		} else {
			others = append(others, e)
		}
	}
	return append(inParallel(authorities, do), inParallel(others, do)...)
}

// inParallel uses every core: a signature takes a tenth of a millisecond, an
// RSA key 0.1 to 2 seconds. The problems are in the order of the entries.
func inParallel(entries []*entry, do func(*entry) []Problem) []Problem {
	found := make([][]Problem, len(entries))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i, e := range entries {
		slots <- struct{}{}
		wait.Go(func() {
			found[i] = do(e)
			<-slots
		})
	}
	wait.Wait()
	return slices.Concat(found...)
}

// makeEntry encodes an entry's new key and signs its certificate.
func (b *Bundle) makeEntry(e *entry, now time.Time) error {
	key, err := encodeKey(e.key)
	if err != nil {
		return err
	}
	e.keyPEM = key
	if e.KeyOnly {
		return nil
	}
	der, err := b.sign(e, now)
	if err != nil {
		return err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	if !e.CA {
		if err := forbidden(cert, b.byName[e.Issuer].certs[0]); err != nil {
			return err
		}
	}
	e.certs = []*x509.Certificate{cert}
	e.certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return nil
}

// sign makes the certificate of an entry that has its key.
func (b *Bundle) sign(e *entry, now time.Time) ([]byte, error) {
	template, err := e.template(now)
	if err != nil {
		return nil, err
	}
	if e.CA {
		if template.SubjectKeyId, err = keyID(e.key.Public()); err != nil {
			return nil, err
		}
		return x509.CreateCertificate(rand.Reader, template, template, e.key.Public(), e.key)
	}
	issuer := b.byName[e.Issuer]
	parent := issuer.certs[0]
	if template.NotAfter.After(parent.NotAfter) {
		template.NotAfter = parent.NotAfter
	}
	if algorithmOf(e.key.Public())[:3] == "rsa" {
		template.KeyUsage |= x509.KeyUsageKeyEncipherment // TLS 1.2 with RSA key exchange
	}
	return x509.CreateCertificate(rand.Reader, template, parent, e.key.Public(), issuer.key)
}

// template is a certificate without its keys. A leaf has no key identifier of
// its own and no basic constraints: nothing needs them, and each machine holds
// a dozen leaves that do not compress.
func (s Spec) template(now time.Time) (*x509.Certificate, error) {
	request := csr.CertificateRequest{CN: s.CommonName}
	for _, o := range s.Organizations {
		request.Names = append(request.Names, csr.Name{O: o})
	}
	subject, err := request.Name()
	if err != nil {
		return nil, err
	}
	// Clocks differ: a certificate must not be refused by a machine whose
	// clock is behind.
	start := now.UTC().Add(-time.Hour).Truncate(time.Second)
	t := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      subject,
		DNSNames:     s.DNSNames,
		NotBefore:    start,
		NotAfter:     start.Add(s.Validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	for _, a := range s.Addresses {
		t.IPAddresses = append(t.IPAddresses, net.IP(a.AsSlice()))
	}
	if s.Server {
		t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if s.Client {
		t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	if s.CA {
		t.KeyUsage |= x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign
		t.BasicConstraintsValid, t.IsCA, t.MaxPathLenZero = true, true, true
	}
	return t, nil
}

// serial is 30 random bits in always four bytes: all that RFC 5280 wants is
// that a CA never repeats itself, and of a cluster's few dozen certificates two
// alike are one chance in ten million. (The 64 bits of public CAs guard hashes
// that can be made to collide, which SHA-256 is not.) Certificates that are
// alike up to their names also compress better than others.
func serial() *big.Int {
	var b [4]byte
	rand.Read(b[:]) // never fails
	b[0] = b[0]&0x3f | 0x40
	return new(big.Int).SetBytes(b[:])
}

// keyID is the short form of a key identifier (RFC 5280, 4.2.1.2, method 2):
// 0100 and the last 60 bits of the public key's hash. Every leaf repeats it.
func keyID(public any) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	bits, err := publicKeyBits(der)
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(bits) // names a key; nothing rests on its strength
	id := sum[len(sum)-8:]
	id[0] = id[0]&0x0f | 0x40
	return id, nil
}
