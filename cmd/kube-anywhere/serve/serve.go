// Package serve is the boot server of a cluster on the provider pxe: it hands
// out scripts, kernels and images to whoever asks, and each machine's payload
// once.
//
// INPUTS: pxe/ of an output directory, and options.
// OUTPUTS: answers over HTTP or HTTPS, one Request for each, pxe/served.json.
package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kube-anywhere/kube-anywhere/providers/pxe"
)

// Options say what is served and to whom.
type Options struct {
	Dir string // the output directory
	// Listen is the address and port; empty is the port of the base URL.
	Listen string
	// TLSCert and TLSKey are files; with ClientCA, another one, payloads go to
	// clients with a certificate of that CA in the machine's name alone.
	TLSCert, TLSKey, ClientCA string
	// AllowAgain are machines that may have their payload once more; AllMachines
	// is all of them.
	AllowAgain []string
	Now        func() time.Time
	Log        func(Request)
}

// AllMachines stands for every machine in Options.AllowAgain.
const AllMachines = "all"

// ErrNoPXE says that a directory is no output of the provider pxe.
var ErrNoPXE = errors.New("no compiled cluster with the provider pxe")

// Server serves one output directory. It is looked at anew for each request, so
// that a compile in the meantime counts.
type Server struct {
	Options
	Index    pxe.Index // as it was at the start
	state    *state
	tls      *tls.Config
	listener net.Listener
}

// New reads the directory, and listens. It does not serve yet.
func New(o Options) (*Server, error) {
	index, err := ReadIndex(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{Options: o, Index: index}
	if s.state, err = openState(filepath.Join(o.Dir, stateFile), o.Now); err != nil {
		return nil, err
	}
	if s.tls, err = o.loadTLS(); err != nil {
		return nil, err
	}
	if s.Listen == "" {
		s.Listen = ":" + port(index.BaseURL)
	}
	if s.listener, err = net.Listen("tcp", s.Listen); err != nil {
		return nil, err
	}
	// Last: a start that came to nothing allows nothing.
	if err := s.state.forget(o.allowed(index)); err != nil {
		return nil, errors.Join(err, s.listener.Close())
	}
	return s, nil
}

// ReadIndex reads what a directory's machines may have.
func ReadIndex(dir string) (pxe.Index, error) {
	var index pxe.Index
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(pxe.IndexFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return index, fmt.Errorf("%s: %w: it has no %s", dir, ErrNoPXE, pxe.IndexFile)
	}
	if err != nil {
		return index, err
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return index, fmt.Errorf("%s: %w", filepath.Join(dir, pxe.IndexFile), err)
	}
	return index, nil
}

// allowed are the MAC addresses of the machines in AllowAgain.
func (o Options) allowed(index pxe.Index) []string {
	var out []string
	for _, m := range index.Machines {
		if slices.Contains(o.AllowAgain, m.Name) || slices.Contains(o.AllowAgain, AllMachines) {
			out = append(out, m.MAC)
		}
	}
	return out
}

// loadTLS is nil without a certificate. iPXE speaks nothing newer than TLS 1.2.
func (o Options) loadTLS() (*tls.Config, error) {
	if o.TLSCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", o.TLSCert, o.TLSKey, err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if o.ClientCA == "" {
		return c, nil
	}
	text, err := os.ReadFile(o.ClientCA)
	if err != nil {
		return nil, err
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", o.ClientCA)
	}
	// Scripts and kernels need none.
	c.ClientAuth = tls.VerifyClientCertIfGiven
	return c, nil
}

// port is a URL's, given or not.
func port(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	if _, p, err := net.SplitHostPort(host); err == nil {
		return p
	}
	if strings.HasPrefix(url, "https://") {
		return "443"
	}
	return "80"
}

// Address is where the server listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Missing are the files that machines will ask for and that are not there.
func (s *Server) Missing() []string {
	return slices.DeleteFunc(slices.Clone(s.Index.Needs), func(name string) bool {
		_, err := os.Stat(filepath.Join(s.Dir, filepath.FromSlash(pxe.WebRoot), filepath.FromSlash(name)))
		return err == nil
	})
}

// Served are the machines that have their payload, by name, and when they got it.
func (s *Server) Served() map[string]time.Time {
	out := map[string]time.Time{}
	for _, m := range s.Index.Machines {
		if got, ok := s.state.served(m.MAC); ok {
			out[m.Name] = got.Time
		}
	}
	return out
}

// The limits on a client. A kernel's next bytes must go out within stall; a
// whole image may take as long as it takes.
const (
	headerTime = 10 * time.Second
	idleTime   = time.Minute
	stall      = time.Minute
	stopTime   = 10 * time.Second
	headerSize = 16 << 10
)

// Run serves until the context ends, and then lets what is under way finish for
// a while.
func (s *Server) Run(ctx context.Context) error {
	server := &http.Server{
		Handler:           s,
		TLSConfig:         s.tls,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       headerTime, // no request has a body
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerSize,
		ErrorLog:          s.errorLog(),
	}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		limited, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		err := server.Shutdown(limited)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close() // who is still reading begins again another time
		}
		stopped <- err
	})
	var err error
	if s.tls != nil {
		err = server.ServeTLS(s.listener, "", "")
	} else {
		err = server.Serve(s.listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
