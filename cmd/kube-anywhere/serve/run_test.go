package serve

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// run serves until the function is called, which gives what Run gave.
func (s *served) run(t *testing.T) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(cancel)
	return func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(time.Minute):
			return context.DeadlineExceeded
		}
	}
}

// TestStop: what is under way at the end is finished, and nothing new begins.
func TestStop(t *testing.T) {
	dir := output(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	if err := os.WriteFile(filepath.Join(dir, "pxe/http/assets/large"), large, 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Dir: dir})
	stop := s.run(t)
	response, err := http.Get("http://" + s.Address() + "/assets/large")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	for { // until the door is closed
		c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if r, err := c.Get("http://" + s.Address() + "/boot.ipxe"); err != nil {
			break
		} else if err := r.Body.Close(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := io.ReadAll(response.Body)
	if err != nil || !bytes.Equal(got, large) {
		t.Errorf("found %d bytes, %v", len(got), err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// authority makes certificates for tests.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	a.cert, a.key = a.issue("an authority", true)
	return a
}

func (a *authority) issue(name string, isCA bool) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"boot"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: isCA, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if isCA {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

// write puts a certificate and its key into files.
func (a *authority) write(cert *x509.Certificate, key *ecdsa.PrivateKey) (certFile, keyFile string) {
	a.t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	dir := a.t.TempDir()
	certFile, keyFile = filepath.Join(dir, "crt"), filepath.Join(dir, "key")
	put(a.t, dir, "crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})))
	put(a.t, dir, "key", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})))
	return certFile, keyFile
}

// client trusts the authority; with a name it has a certificate of issuer's.
func (a *authority) client(issuer *authority, name string) *http.Client {
	c := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "boot"}
	c.RootCAs.AddCert(a.cert)
	if name != "" {
		cert, key := issuer.issue(name, false)
		// Shown also to a server that asks for another authority's.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}, nil
		}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: c, DisableKeepAlives: true}}
}

// status is what a GET gives; 0 if there is no answer at all. The end of an
// answer is with a client a moment before the server has written down that it
// is: until then another one is told to ask again, as it does here.
func status(t *testing.T, c *http.Client, url string) int {
	t.Helper()
	for range 500 {
		r, err := c.Get(url)
		if err != nil {
			return 0
		}
		// Whole: what broke off may be asked for again.
		_, err = io.Copy(io.Discard, r.Body)
		if err := errors.Join(err, r.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != http.StatusServiceUnavailable {
			return r.StatusCode
		}
		time.Sleep(10 * time.Millisecond)
	}
	return http.StatusServiceUnavailable
}

// TestClientCertificate: with --client-ca a payload goes to its machine alone.
func TestClientCertificate(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	o := Options{Dir: output(t)}
	o.TLSCert, o.TLSKey = ca.write(ca.issue("boot", false))
	o.ClientCA, _ = ca.write(ca.cert, ca.key)
	s := start(t, o)
	stop := s.run(t)
	base := "https://" + s.Address() + "/"
	for _, c := range []struct {
		what   string
		client *http.Client
		path   string
		want   int
	}{
		{"a script, without", ca.client(nil, ""), "boot.ipxe", 200},
		{"a kernel, without", ca.client(nil, ""), kernel, 200},
		{"without", ca.client(nil, ""), cp0Secret, 403},
		{"another machine's", ca.client(ca, "rack1-node0"), cp0Secret, 403},
		{"another authority's", ca.client(stranger, "rack1-cp0"), cp0Secret, 0},
		{"its own", ca.client(ca, "rack1-cp0"), cp0Secret, 200},
		{"its own, again", ca.client(ca, "rack1-cp0"), cp0Secret, 410},
	} {
		if got := status(t, c.client, base+c.path); got != c.want {
			t.Errorf("%s: found %d, expected %d", c.what, got, c.want)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if got := status(t, http.DefaultClient, "http://"+s.Address()+"/boot.ipxe"); got != 0 {
		t.Errorf("after the end: found %d", got)
	}
}
