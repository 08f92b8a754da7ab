// Package services is the internet as the machines under test see it: one
// address that answers for every name they ask, and nothing else.
//
// INPUTS: an OCI layout whose images carry their real names, files by the host
// and path they are fetched from, a certificate authority that the machines
// trust, and the address to listen on. The caller is already inside the network
// namespace of the machines.
//
// OUTPUTS: a DNS server that knows these names and no other, an image registry
// and a file server under all of them (HTTPS and HTTP), a time server, and a
// log of who asked for what.
package services

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Config says what to serve, and where.
type Config struct {
	Address netip.Addr        // to listen on, and what the names of hosts resolve to
	CA      tls.Certificate   // issues a certificate for each name that is asked for
	Layout  string            // directory of an OCI layout; empty: no images
	Files   map[string]string // "github.com/owner/name/file.tgz" to a file on this machine
	Names   map[string][]netip.Addr
	Ports   *Ports // nil: the well-known ones
}

// Ports are those that are listened on. In a Config, 0 means any free one.
type Ports struct{ DNS, HTTP, HTTPS, NTP uint16 }

// WellKnown is where machines look for these services.
var WellKnown = Ports{DNS: 53, HTTP: 80, HTTPS: 443, NTP: 123}

// Services are running, until closed.
type Services struct {
	Ports Ports // as listened on

	log    requestLog
	names  names
	images *images
	files  files

	closers []io.Closer
	running sync.WaitGroup
}

// Start returns when everything listens. All sockets are made on the caller's
// thread, so that a thread locked into a network namespace is enough. They close
// when the context ends, or with Close.
func Start(ctx context.Context, c Config) (*Services, error) {
	s := &Services{}
	var err error
	if s.images, err = readLayout(c.Layout); err != nil {
		return nil, err
	}
	s.files.set(c.Files)
	s.names.setHosts(c.Address, append(s.images.hosts(), s.files.hosts()...))
	for name, addrs := range c.Names {
		s.Set(name, addrs...)
	}
	issue, err := newIssuer(c.CA)
	if err != nil {
		return nil, err
	}
	if err := s.listen(c, issue); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

// listen opens every socket, and then serves on each.
func (s *Services) listen(c Config, issue *issuer) error {
	want := WellKnown
	if c.Ports != nil {
		want = *c.Ports
	}
	dns, err := s.packets("DNS", c.Address, want.DNS, &s.Ports.DNS)
	if err != nil {
		return err
	}
	ntp, err := s.packets("NTP", c.Address, want.NTP, &s.Ports.NTP)
	if err != nil {
		return err
	}
	plain, err := s.streams("HTTP", c.Address, want.HTTP, &s.Ports.HTTP)
	if err != nil {
		return err
	}
	secure, err := s.streams("HTTPS", c.Address, want.HTTPS, &s.Ports.HTTPS)
	if err != nil {
		return err
	}
	s.running.Go(func() { s.serveDNS(dns) })
	s.running.Go(func() { s.serveNTP(ntp) })
	s.serveHTTP("http", plain)
	s.serveHTTP("https", tls.NewListener(secure, &tls.Config{
		GetCertificate: issue.certificate,
		NextProtos:     []string{"h2", "http/1.1"},
	}))
	return nil
}

// packets opens a UDP socket, and tells the port that it got.
func (s *Services) packets(service string, a netip.Addr, port uint16, got *uint16) (*net.UDPConn, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, port)))
	if err != nil {
		return nil, cannotListen(service, err)
	}
	s.closers = append(s.closers, c)
	*got = c.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	return c, nil
}

// streams opens a TCP socket, and tells the port that it got.
func (s *Services) streams(service string, a netip.Addr, port uint16, got *uint16) (net.Listener, error) {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, port)))
	if err != nil {
		return nil, cannotListen(service, err)
	}
	s.closers = append(s.closers, l)
	*got = l.Addr().(*net.TCPAddr).AddrPort().Port()
	return l, nil
}

func cannotListen(service string, err error) error {
	return fmt.Errorf("%s: %w (is the address set in this network namespace, and is no other service there?)", service, err)
}

// serveHTTP answers on one listener. What clients do wrong is in the request
// log, so the server's own remarks are dropped.
func (s *Services) serveHTTP(scheme string, l net.Listener) {
	server := &http.Server{Handler: s.handler(scheme), ErrorLog: log.New(io.Discard, "", 0)}
	s.closers = append(s.closers, server)
	s.running.Go(func() { _ = server.Serve(l) })
}

// Close stops everything and waits until it has stopped. It may be called twice.
func (s *Services) Close() error {
	var errs []error
	for _, c := range s.closers {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.running.Wait()
	return errors.Join(errs...)
}
