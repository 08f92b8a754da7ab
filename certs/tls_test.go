package certs

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"testing"
	"time"
)

// pair is a certificate as a server or client loads it, from PEM.
func pair(t *testing.T, b *Bundle, name string) tls.Certificate {
	t.Helper()
	c, err := tls.X509KeyPair(b.Certificate(name), b.Key(name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

func pool(b *Bundle, ca string) *x509.CertPool {
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(b.Certificate(ca))
	return p
}

// handshake connects a client with one certificate to a server with another,
// both checking the other's.
func handshake(t *testing.T, b *Bundle, server, client, ca, host string) error {
	t.Helper()
	clock := func() time.Time { return now }
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair(t, b, server)},
		ClientCAs: pool(b, ca), ClientAuth: tls.RequireAndVerifyClientCert, Time: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		conn.Write([]byte("ok")) // after the handshake, or not at all
	}()
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", listener.Addr().String(), &tls.Config{
		Certificates: []tls.Certificate{pair(t, b, client)}, RootCAs: pool(b, ca), ServerName: host, Time: clock})
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, err = io.ReadFull(conn, make([]byte, 2)) // a refused client learns it here
	return err
}

func TestHandshakes(t *testing.T) {
	b := mustIssue(t, names(3), nil)
	const m0, m1 = "members/controlplane-0/", "members/controlplane-1/"
	for _, test := range []struct {
		server, client, ca, host string
		ok                       bool
	}{
		{m0 + "apiserver", "admin", "ca", "192.0.2.10", true},
		{m0 + "apiserver", "super-admin", "ca", "k8s.example.org", true},
		{m0 + "apiserver", "scheduler", "ca", "10.0.0.10", true},
		{m0 + "apiserver", "controller-manager", "ca", "127.0.0.1", true},
		{m0 + "apiserver", "addon-manager", "ca", "::1", true},
		{m0 + "apiserver", m0 + "kubelet", "ca", "fd00:96::1", true},
		{m1 + "apiserver", "apiserver-kubelet-client", "ca", "kubernetes.default.svc", true},
		{m0 + "etcd/server", "apiserver-etcd-client", "etcd/ca", "127.0.0.1", true},
		{m0 + "etcd/server", m0 + "etcd/healthcheck-client", "etcd/ca", "localhost", true},
		{m0 + "etcd/peer", m1 + "etcd/peer", "etcd/ca", "fd00::10", true},
		{m0 + "etcd/server", m0 + "etcd/server", "etcd/ca", "10.0.0.10", true},

		{m0 + "apiserver", "admin", "ca", "10.0.0.11", false},               // another member's address
		{m0 + "apiserver", "apiserver-etcd-client", "ca", "::1", false},     // a client of another CA
		{m0 + "apiserver", "front-proxy-client", "ca", "::1", false},        // as above
		{m0 + "apiserver", m0 + "apiserver", "ca", "::1", false},            // a server as a client
		{"scheduler", "admin", "ca", "::1", false},                          // a client as a server
		{m0 + "etcd/server", m0 + "kubelet", "etcd/ca", "localhost", false}, // no node reads etcd
	} {
		err := handshake(t, b, test.server, test.client, test.ca, test.host)
		if (err == nil) != test.ok {
			t.Errorf("%s calls %s as %s: %v, wanted success: %v", test.client, test.server, test.host, err, test.ok)
		}
	}
}
