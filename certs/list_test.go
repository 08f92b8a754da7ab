package certs

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// names is a cluster of so many members; three make it dual-stack, behind an
// endpoint that is an address, with names to add.
func names(members int) Names {
	n := Names{
		Cluster: "demo", Endpoint: "api.example.com", DNSDomain: "cluster.local",
		ServiceIPs: []netip.Addr{netip.MustParseAddr("10.96.0.1")},
		Algorithm:  "ecdsa-p256", CAValidity: 3650 * day, Validity: 365 * day, TokenValidity: 24 * time.Hour,
	}
	if members > 1 {
		n.Endpoint = "192.0.2.10"
		n.ServiceIPs = append(n.ServiceIPs, netip.MustParseAddr("fd00:96::1"))
		n.ExtraSANs = []string{"K8s.example.org.", "localhost", "[2001:db8::7]", "192.0.2.10"}
	}
	for i := range members {
		m := Member{Name: fmt.Sprintf("controlplane-%d", i), Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, byte(10 + i)})}}
		if members > 1 {
			m.Addresses = append(m.Addresses, netip.MustParseAddr(fmt.Sprintf("fd00::%d", 10+i)))
		}
		n.Members = append(n.Members, m)
	}
	return n
}

var now = time.Date(2026, 11, 21, 12, 0, 0, 987654321, time.UTC)

// shape prints a list of specs without making a key.
func shape(specs []Spec) string {
	var out strings.Builder
	for _, s := range specs {
		fmt.Fprintf(&out, "%s\n", s.Name)
		field := func(name, value string) {
			if value != "" {
				fmt.Fprintf(&out, "    %-8s %s\n", name, value)
			}
		}
		if !s.KeyOnly {
			field("subject", s.subject())
			field("issuer", s.Issuer)
			field("usages", strings.Join(s.usages(), ", "))
			field("SANs", strings.Join(s.sans(), ", "))
			field("validity", s.Validity.String())
		}
		field("member", s.Member)
		if s.MachinePath == "" {
			field("machine", "never")
		} else if s.KeyOnMachine {
			field("machine", s.MachinePath+", with its key")
		} else {
			field("machine", s.MachinePath+", without its key")
		}
	}
	return out.String()
}

func TestListGolden(t *testing.T) {
	for _, members := range []int{1, 3} {
		file := fmt.Sprintf("testdata/list-%d.txt", members)
		got := shape(Cluster(names(members)))
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// What matters of the list must hold whatever the golden says.
func TestListRules(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Cluster(names(3)) {
		if seen[s.Name] {
			t.Errorf("%s is in the list twice", s.Name)
		}
		if !s.CA && !s.KeyOnly && !seen[s.Issuer] {
			t.Errorf("%s comes before its CA %q", s.Name, s.Issuer)
		}
		seen[s.Name] = true
		for _, group := range s.Organizations {
			if group == "system:masters" && s.MachinePath != "" {
				t.Errorf("%s is on machines and in system:masters", s.Name)
			}
		}
		if s.CA && s.KeyOnMachine && s.Name != "ca" {
			t.Errorf("the key of %s is on machines", s.Name)
		}
	}
}

func TestFakeHasTheShapeOfIssue(t *testing.T) {
	n := names(3)
	real, fake := mustIssue(t, n, nil), Fake(n)
	for file := range real.New() {
		if fake.New()[file] == nil {
			t.Errorf("Fake lacks %s", file)
		}
	}
	if len(real.New()) != len(fake.New()) {
		t.Errorf("Fake has %d files, Issue %d", len(fake.New()), len(real.New()))
	}
	random := func(p cmp.Path) bool {
		f := p.Last().String()
		return f == ".Serial" || f == ".Algorithm" || f == ".NotBefore" || f == ".NotAfter"
	}
	if diff := cmp.Diff(real.List(), fake.List(), cmp.FilterPath(random, cmp.Ignore())); diff != "" {
		t.Errorf("lists differ (-Issue +Fake):\n%s", diff)
	}
	if diff := cmp.Diff(Fake(n).New(), fake.New()); diff != "" {
		t.Errorf("Fake is not the same twice: %s", diff)
	}
	if len(fake.EncryptionKey()) != encryptionSize || !isToken(fake.Token().String()) {
		t.Error("Fake's token or encryption key has another form than a real one")
	}
}
