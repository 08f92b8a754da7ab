package certs

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Bundle is everything that pki/ holds, parsed and checked.
type Bundle struct {
	entries []*entry // in the order of Cluster
	byName  map[string]*entry
	token   Token
	secret  []byte // of encryption at rest
	made    Files
	fake    bool
}

// entry is one Spec and what there is of it.
type entry struct {
	Spec
	certPEM, keyPEM []byte
	certs           []*x509.Certificate // of certPEM; the first is the entry's own
	key             crypto.Signer
	broken          bool // there is an error with it
}

// missing says that the whole entry has to be made.
func (e *entry) missing() bool { return e.certPEM == nil && e.keyPEM == nil }

func (e *entry) certFile() string { return e.Name + ".crt" }
func (e *entry) keyFile() string  { return e.Name + ".key" }

// Certificate is one certificate in PEM form, by the Name of its Spec; nil for
// a bare key.
func (b *Bundle) Certificate(name string) []byte {
	if e := b.byName[name]; e != nil {
		return e.certPEM
	}
	return nil
}

// Key is one private key in PEM form, by the Name of its Spec; nil for a CA
// that was brought without its key.
func (b *Bundle) Key(name string) []byte {
	if e := b.byName[name]; e != nil {
		return e.keyPEM
	}
	return nil
}

// New is what was made now and must be written to pki/, each file 0600.
func (b *Bundle) New() Files { return b.made }

// Token is the bootstrap token that workers join with.
func (b *Bundle) Token() Token { return b.token }

// EncryptionKey is 32 bytes, for the secretbox provider of encryption at rest.
func (b *Bundle) EncryptionKey() []byte { return b.secret }

// Info describes one certificate, or a bare key, which has only a name and an
// algorithm.
type Info struct {
	Name      string     `json:"name"`
	Subject   string     `json:"subject,omitempty"`
	Issuer    string     `json:"issuer,omitempty"`
	SANs      []string   `json:"sans,omitempty"`   // names, then addresses
	Usages    []string   `json:"usages,omitempty"` // ca, server, client
	NotBefore *time.Time `json:"notBefore,omitempty"`
	NotAfter  *time.Time `json:"notAfter,omitempty"`
	Serial    string     `json:"serial,omitempty"` // hexadecimal
	Algorithm string     `json:"algorithm,omitempty"`
	HasKey    bool       `json:"hasKey"`
}

// List describes what there is, in the order of Cluster.
func (b *Bundle) List() []Info {
	var list []Info
	for _, e := range b.entries {
		switch {
		case b.fake:
			list = append(list, b.fakeInfo(e))
		case len(e.certs) > 0:
			info := describe(e.certs[0])
			info.Name, info.HasKey = e.Name, e.keyPEM != nil
			list = append(list, info)
		case e.key != nil:
			list = append(list, Info{Name: e.Name, Algorithm: algorithmOf(e.key.Public()), HasKey: true})
		}
	}
	return list
}

func describe(c *x509.Certificate) Info {
	return Info{
		Subject:   subject(c.Subject.CommonName, c.Subject.Organization),
		Issuer:    subject(c.Issuer.CommonName, c.Issuer.Organization),
		SANs:      sansOf(c),
		Usages:    usagesOf(c),
		NotBefore: &c.NotBefore,
		NotAfter:  &c.NotAfter,
		Serial:    fmt.Sprintf("%x", c.SerialNumber),
		Algorithm: algorithmOf(c.PublicKey),
	}
}

// sansOf lists the names and addresses in a certificate.
func sansOf(c *x509.Certificate) []string {
	sans := slices.Clone(c.DNSNames)
	for _, a := range c.IPAddresses {
		sans = append(sans, a.String())
	}
	sans = append(sans, c.EmailAddresses...)
	for _, u := range c.URIs {
		sans = append(sans, u.String())
	}
	return sans
}

// sans lists the names and addresses that a certificate must have.
func (s Spec) sans() []string {
	sans := slices.Clone(s.DNSNames)
	for _, a := range s.Addresses {
		sans = append(sans, a.String())
	}
	return sans
}

func usagesOf(c *x509.Certificate) []string {
	var usages []string
	if c.IsCA {
		usages = append(usages, "ca")
	}
	for _, u := range c.ExtKeyUsage {
		switch u {
		case x509.ExtKeyUsageServerAuth:
			usages = append(usages, "server")
		case x509.ExtKeyUsageClientAuth:
			usages = append(usages, "client")
		case x509.ExtKeyUsageAny:
			usages = append(usages, "server", "client")
		}
	}
	return usages
}

// usages lists what a certificate must be good for.
func (s Spec) usages() []string {
	var usages []string
	if s.CA {
		usages = append(usages, "ca")
	}
	if s.Server {
		usages = append(usages, "server")
	}
	if s.Client {
		usages = append(usages, "client")
	}
	return usages
}
