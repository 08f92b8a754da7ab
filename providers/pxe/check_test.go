package pxe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// full are options that make dnsmasq the DHCP server.
func full(more schema.Options) schema.Options {
	out := schema.Options{"dhcp": "full", "gateway": "192.0.2.1", "nameServers": []string{"192.0.2.1"}}
	for name, value := range more {
		out[name] = value
	}
	return out
}

// TestCheck: each thing that can be wrong, and where it is said to be.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name    string
		options schema.Options
		change  func(*plan.Plan)
		want    []string // path: message
	}{
		{"nothing", nil, nil, nil},
		{"nothing, with DHCP", full(nil), nil, nil},
		{"no MAC addresses at all", nil, func(p *plan.Plan) {
			p.Roles[0].MAC = ""
			p.Roles[1].Machines = nil
		}, []string{
			"/controlPlane/machines: the provider pxe knows machines by their MAC addresses, and none is given",
			"/workers/0/machines: the provider pxe knows machines by their MAC addresses, and the pool storage lists none",
		}},
		{"one without", nil, func(p *plan.Plan) {
			second := p.Roles[0]
			second.Name, second.Index, second.MAC = "rack1-cp1", 1, ""
			p.Roles = append([]plan.Role{p.Roles[0], second}, p.Roles[1:]...)
			p.Roles[4].Machines = []plan.Machine{{Name: "rack1-gpu0", Addresses: addresses("192.0.2.30")}}
		}, []string{
			"/controlPlane/machines/1/mac: rack1-cp1 has no MAC address, by which the provider pxe knows machines",
			"/workers/2/machines/0/mac: rack1-gpu0 has no MAC address, by which the provider pxe knows machines",
		}},
		{"IPv6", nil, func(p *plan.Plan) { p.Network.MachineCIDR = netip.MustParsePrefix("2001:db8::/64") }, []string{
			"/network/machineCIDR: found 2001:db8::/64: machines boot from the network by IPv4",
		}},
		{"the boot server is a machine", schema.Options{"baseURL": "http://192.0.2.20:8080/"}, nil, []string{
			"/provider/pxe/baseURL: the boot server http://192.0.2.20:8080 would have the address of rack1-node0",
		}},
		{"the boot server is a machine by default", nil, func(p *plan.Plan) { p.Roles[0].Addresses = addresses("192.0.2.2") }, []string{
			"/provider/pxe/baseURL: the boot server http://192.0.2.2:8080 would have the address of rack1-cp0",
		}},
		{"no such port", schema.Options{"baseURL": "http://boot:65536"}, nil, []string{
			`/provider/pxe/baseURL: found "http://boot:65536", expected a URL with a port up to 65535`,
		}},
		{"a disk of nobody", schema.Options{"disks": map[string]string{"rack1-cp0": "/dev/vda", "rack1-cp9": "/dev/vda"}}, nil, []string{
			`/provider/pxe/disks/rack1-cp9: no machine is called "rack1-cp9"`,
		}},
		{"Fedora CoreOS by iPXE", schema.Options{"payloadBy": "ipxe"}, nil, []string{
			"/provider/pxe/payloadBy: the installer of fedora-coreos takes a payload by its URL only",
		}},
		{"a CA too late", schema.Options{"ca": "-----BEGIN CERTIFICATE-----"}, nil, []string{
			"/provider/pxe/ca: found no certificate in PEM form",
			"/provider/pxe/ca: what fetches its own payload knows no CA but the public ones",
		}},
		{"a CA", schema.Options{"ca": testCA(t), "payloadBy": "ipxe"}, func(p *plan.Plan) { p.Roles = p.Roles[:3] }, nil},
		{"DHCP knows nothing", schema.Options{"dhcp": "full"}, func(p *plan.Plan) { p.Roles[1].Machines[0].Addresses = addresses("2001:db8::20") }, []string{
			"/provider/pxe/gateway: there is no gateway, which dnsmasq tells machines where dhcp is full",
			"/provider/pxe/nameServers: there are no name servers, which dnsmasq tells machines where dhcp is full",
			"/workers/0/machines/0/address: rack1-node0 has no IPv4 address for dnsmasq to give it",
		}},
		{"DHCP knows nonsense", full(schema.Options{"gateway": "198.51.100.1", "nameServers": []string{"192.0.2.1", "dns.example.com", "2001:db8::1"}}), nil, []string{
			`/provider/pxe/gateway: found "198.51.100.1", expected an address in network.machineCIDR (192.0.2.0/24)`,
			`/provider/pxe/nameServers/1: found "dns.example.com", expected an IPv4 address`,
			`/provider/pxe/nameServers/2: found "2001:db8::1", expected an IPv4 address`,
		}},
		{"a gateway that is none", full(schema.Options{"gateway": "router"}), nil, []string{
			`/provider/pxe/gateway: found "router", expected an address in network.machineCIDR (192.0.2.0/24)`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := demo(t, c.options)
			if c.change != nil {
				c.change(&p)
			}
			var got []string
			for _, d := range (Provider{}).Check(p) {
				got = append(got, d.Path+": "+d.Message)
				if d.Severity != schema.Error || d.Code == "" || d.Hint == "" {
					t.Errorf("%+v has no code or no hint", d)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// testCA is a certificate.
func testCA(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
