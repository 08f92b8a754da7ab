package services

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// issuer makes a certificate for each name that a client asks for by SNI.
type issuer struct {
	ca   tls.Certificate
	cert *x509.Certificate
	key  *ecdsa.PrivateKey // of all issued certificates: nobody else has it

	mu     sync.Mutex
	issued map[string]*tls.Certificate
}

func newIssuer(ca tls.Certificate) (*issuer, error) {
	cert, err := authority(ca)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return &issuer{ca: ca, cert: cert, key: key, issued: map[string]*tls.Certificate{}}, nil
}

// authority is the certificate of a CA, if it is one.
func authority(ca tls.Certificate) (*x509.Certificate, error) {
	if len(ca.Certificate) == 0 {
		return nil, errors.New("services: no certificate authority: Config.CA is empty")
	}
	cert, err := x509.ParseCertificate(ca.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("services: Config.CA: %w", err)
	}
	if !cert.IsCA {
		return nil, fmt.Errorf("services: Config.CA: %q is not a certificate authority", cert.Subject)
	}
	return cert, nil
}

// certificate is what tls.Config asks for. A client that connects to a bare
// address sends no name, and gets a certificate for the address.
func (i *issuer) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" {
		host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
		if err != nil {
			return nil, err
		}
		name = host
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.issued[name] == nil {
		c, err := i.issue(name)
		if err != nil {
			return nil, err
		}
		i.issued[name] = c
	}
	return i.issued[name], nil
}

func (i *issuer) issue(name string) (*tls.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	want := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		// A machine that boots without a clock may be behind by much.
		NotBefore:   i.cert.NotBefore,
		NotAfter:    time.Now().AddDate(0, 1, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		want.IPAddresses = []net.IP{ip}
	} else {
		want.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, want, i.cert, i.key.Public(), i.ca.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("a certificate for %s: %w", name, err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, i.ca.Certificate[0]}, PrivateKey: i.key}, nil
}
