package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// door is the way into a machine: one ssh connection that is kept, because the
// cryptography of a new one takes an emulated machine seconds.
type door struct {
	address netip.AddrPort
	key     ssh.Signer
	host    ssh.PublicKey

	mu     sync.Mutex
	client *ssh.Client
}

func (d *door) open(ctx context.Context) (*ssh.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.client != nil {
		return d.client, nil
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", d.address.String())
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	c, channels, requests, err := ssh.NewClientConn(conn, d.address.String(), &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(d.key)},
		HostKeyCallback:   ssh.FixedHostKey(d.host),
		HostKeyAlgorithms: []string{d.host.Type()}, // a first boot may add keys of other kinds
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	d.client = ssh.NewClient(c, channels, requests)
	return d.client, nil
}

func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.client != nil {
		d.client.Close()
		d.client = nil
	}
}

// Run runs a command as root and returns its standard output, without the last
// line's end. When it fails the error has what it wrote.
func (m *Machine) Run(ctx context.Context, command string) (string, error) {
	return m.RunWith(ctx, command, nil)
}

// RunWith is Run with a standard input.
func (m *Machine) RunWith(ctx context.Context, command string, input []byte) (string, error) {
	// Whatever waits for a machine that does not answer any more fails when its
	// connection is closed.
	defer context.AfterFunc(ctx, m.door.close)()
	client, err := m.door.open(ctx)
	if err != nil {
		return "", fmt.Errorf("log in to %s: %w", m.Name, err)
	}
	session, err := client.NewSession()
	if err != nil {
		m.door.close()
		return "", fmt.Errorf("log in to %s: %w", m.Name, err)
	}
	defer session.Close()
	var out, errs bytes.Buffer
	session.Stdout, session.Stderr, session.Stdin = &out, &errs, bytes.NewReader(input)
	if err := session.Run(command); err != nil {
		return "", fmt.Errorf("%s: %s: %w: %s", m.Name, firstLine(command), errors.Join(err, ctx.Err()),
			strings.TrimSpace(errs.String()+out.String()))
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

func firstLine(s string) string {
	line, _, more := strings.Cut(strings.TrimSpace(s), "\n")
	if more {
		line += " …"
	}
	return line
}
