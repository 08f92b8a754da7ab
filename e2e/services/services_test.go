package services

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// newCA is a certificate authority for one test.
func newCA(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// newLayout writes a random image for each reference.
func newLayout(t *testing.T, refs ...string) (string, map[string]v1.Image) {
	t.Helper()
	path, err := layout.Write(t.TempDir(), empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]v1.Image{}
	for _, ref := range refs {
		img, err := random.Image(100_000, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := path.AppendImage(img, layout.WithAnnotations(map[string]string{RefAnnotation: ref})); err != nil {
			t.Fatal(err)
		}
		all[ref] = img
	}
	return string(path), all
}

// start runs services on free ports of the loopback address.
func start(t *testing.T, c Config) (*Services, *x509.CertPool) {
	t.Helper()
	ca, pool := newCA(t)
	c.Address, c.CA, c.Ports = loopback, ca, &Ports{}
	s, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, pool
}

func address(port uint16) string { return net.JoinHostPort(loopback.String(), strconv.Itoa(int(port))) }

// machine is an HTTP transport like that of a machine: it believes the DNS
// server, trusts the CA, and finds the well-known ports at the test's.
func machine(s *Services, pool *x509.CertPool) *http.Transport {
	return &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool},
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			ips, err := resolver(s).LookupHost(ctx, host)
			if err != nil {
				return nil, err
			}
			to := map[string]uint16{"80": s.Ports.HTTP, "443": s.Ports.HTTPS}[port]
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(ips[0], strconv.Itoa(int(to))))
		},
	}
}

func TestFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, pool := start(t, Config{Files: map[string]string{"files.example/dir/a.tgz": file}})
	s.SetFile("late.example/b", file, loopback)
	client := &http.Client{Transport: machine(s, pool)}
	for _, tt := range []struct {
		url    string
		status int
		body   string
	}{
		{"https://files.example/dir/a.tgz", 200, "content"},
		{"http://files.example/dir/a.tgz", 200, "content"},
		{"https://late.example/b", 200, "content"},
		{"https://files.example/dir/b.tgz", 404, "404 page not found\n"},
		{"https://late.example/dir/a.tgz", 404, "404 page not found\n"},
	} {
		resp, err := client.Get(tt.url)
		if err != nil {
			t.Errorf("%s: %v", tt.url, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != tt.status || string(body) != tt.body {
			t.Errorf("%s: %d %q, want %d %q", tt.url, resp.StatusCode, body, tt.status, tt.body)
		}
	}
	want := Request{Service: "https", Client: loopback, Host: "files.example", Method: "GET", Path: "/dir/b.tgz", Status: 404}
	if !slices.ContainsFunc(s.Requests(), func(r Request) bool { r.Time = time.Time{}; return r == want }) {
		t.Errorf("%+v is not logged: %+v", want, s.Requests())
	}
}

func TestCertificates(t *testing.T) {
	s, pool := start(t, Config{})
	dial := func(name string, roots *x509.CertPool) error {
		c, err := tls.Dial("tcp", address(s.Ports.HTTPS), &tls.Config{RootCAs: roots, ServerName: name})
		if err == nil {
			c.Close()
		}
		return err
	}
	for _, name := range []string{"registry.example", "127.0.0.1"} {
		if err := dial(name, pool); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := dial(name, x509.NewCertPool()); err == nil {
			t.Errorf("%s: trusted without its CA", name)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	ca, _ := newCA(t)
	taken, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	for what, c := range map[string]Config{
		"no CA":        {Address: loopback, Ports: &Ports{}},
		"no layout":    {Address: loopback, Ports: &Ports{}, CA: ca, Layout: "/does/not/exist"},
		"a taken port": {Address: loopback, Ports: &Ports{NTP: port}, CA: ca},
	} {
		s, err := Start(t.Context(), c)
		if err == nil {
			t.Errorf("%s: started", what)
			s.Close()
		}
	}
}

func TestClose(t *testing.T) {
	ca, _ := newCA(t)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, Config{Address: loopback, CA: ca, Ports: &Ports{}})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	s.running.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", address(s.Ports.HTTP)); err == nil {
		c.Close()
		t.Error("still listens")
	}
}
