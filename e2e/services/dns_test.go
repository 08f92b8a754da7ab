package services

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// resolver asks the services, and nobody else.
func resolver(s *Services) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", address(s.Ports.DNS))
	}}
}

func TestDNS(t *testing.T) {
	dir, _ := newLayout(t, "registry.example/a/b:1", "docker.io/library/c:1")
	six := netip.MustParseAddr("fd00::1")
	s, _ := start(t, Config{
		Layout: dir,
		Files:  map[string]string{"files.example/a": "/dev/null"},
		Names:  map[string][]netip.Addr{"Two.Example": {netip.MustParseAddr("10.0.0.1"), six}},
	})
	for _, tt := range []struct {
		name string
		want []string
	}{
		{"registry.example", []string{"127.0.0.1"}},
		{"REGISTRY.example.", []string{"127.0.0.1"}},
		{"registry-1.docker.io", []string{"127.0.0.1"}},
		{"files.example", []string{"127.0.0.1"}},
		{"two.example", []string{"10.0.0.1", "fd00::1"}},
		{"other.example", nil},
	} {
		if got := lookup(t, s, tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	s.Set("registry.example", six)
	s.Remove("FILES.example")
	if got := lookup(t, s, "registry.example"); !slices.Equal(got, []string{"fd00::1"}) {
		t.Errorf("after Set: %v", got)
	}
	if got := lookup(t, s, "files.example"); got != nil {
		t.Errorf("after Remove: %v", got)
	}
}

// lookup is nil for a name that does not exist; every other failure is the test's.
func lookup(t *testing.T, s *Services, name string) []string {
	t.Helper()
	got, err := resolver(s).LookupHost(t.Context(), name)
	var gone *net.DNSError
	if err != nil && (!errors.As(err, &gone) || !gone.IsNotFound) {
		t.Fatalf("%s: %v", name, err)
	}
	slices.Sort(got)
	return got
}

// The resolver hides what a reply looks like.
func TestDNSReplies(t *testing.T) {
	s, _ := start(t, Config{Names: map[string][]netip.Addr{"four.example": {loopback}}})
	for _, tt := range []struct {
		name    string
		kind    dnsmessage.Type
		code    dnsmessage.RCode
		answers int
	}{
		{"four.example.", dnsmessage.TypeA, dnsmessage.RCodeSuccess, 1},
		{"four.example.", dnsmessage.TypeAAAA, dnsmessage.RCodeSuccess, 0},
		{"none.example.", dnsmessage.TypeAAAA, dnsmessage.RCodeNameError, 0},
	} {
		for _, edns := range []bool{false, true} {
			r := ask(t, s, tt.name, tt.kind, edns)
			if r.RCode != tt.code || len(r.Answers) != tt.answers || len(r.Additionals) == 1 != edns {
				t.Errorf("%s %v, EDNS %v: %v", tt.name, tt.kind, edns, r.GoString())
			}
		}
	}
}

func ask(t *testing.T, s *Services, name string, kind dnsmessage.Type, edns bool) dnsmessage.Message {
	t.Helper()
	q := dnsmessage.Message{Header: dnsmessage.Header{ID: 7}, Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET},
	}}
	if edns {
		h := dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(".")}
		if err := h.SetEDNS0(4096, 0, false); err != nil {
			t.Fatal(err)
		}
		q.Additionals = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.OPTResource{}}}
	}
	packed, err := q.Pack()
	if err != nil {
		t.Fatal(err)
	}
	var r dnsmessage.Message
	if err := r.Unpack(exchange(t, s.Ports.DNS, packed)); err != nil {
		t.Fatal(err)
	}
	if r.ID != 7 || !r.Response {
		t.Errorf("not a reply: %v", r.GoString())
	}
	return r
}

func TestNTP(t *testing.T) {
	s, _ := start(t, Config{})
	query := make([]byte, 48)
	query[0] = 4<<3 | 3 // version 4, a client
	copy(query[40:], "when I a")
	r := exchange(t, s.Ports.NTP, query)
	if len(r) != 48 || r[0] != 4<<3|4 || r[1] != 1 || string(r[24:32]) != "when I a" {
		t.Fatalf("reply % x", r)
	}
	got := time.Unix(int64(binary.BigEndian.Uint32(r[40:44]))-sinceNTP, 0)
	if d := time.Since(got); d < -time.Second || d > 5*time.Second {
		t.Errorf("the time is %v", got)
	}
	if ntpReply(r, time.Now()) != nil {
		t.Error("a server's packet is answered: two of them would never stop")
	}
}

// exchange sends one packet and waits for one.
func exchange(t *testing.T, port uint16, query []byte) []byte {
	t.Helper()
	c, err := net.Dial("udp", address(port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(query); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1500)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}
