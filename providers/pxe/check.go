package pxe

import (
	"crypto/x509"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"github.com/kube-anywhere/kube-anywhere/compiler/plan"
	"github.com/kube-anywhere/kube-anywhere/schema"
)

// checker collects what is wrong with a config.
type checker struct {
	p     plan.Plan
	o     options
	hosts []host
	diags []schema.Diagnostic
}

// Check looks for machines that cannot be told apart or reached, and for what
// dnsmasq and the installers cannot do.
func (Provider) Check(p plan.Plan) []schema.Diagnostic {
	c := &checker{p: p, hosts: hosts(p)}
	if !p.Network.MachineCIDR.Addr().Is4() {
		c.fail("pxe-network", "/network/machineCIDR", "give the IPv4 range that the machines boot in",
			"found %s: machines boot from the network by IPv4", p.Network.MachineCIDR)
		return c.diags
	}
	c.o = decode(p)
	c.checkMachines()
	c.checkBaseURL()
	c.checkDisks()
	c.checkPayloadBy()
	c.checkCA()
	if c.o.DHCP == "full" {
		c.checkDHCP()
	}
	return c.diags
}

func (c *checker) fail(code, path, hint, format string, args ...any) {
	c.diags = append(c.diags, schema.Diagnostic{
		Severity: schema.Error, Code: code, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

const listThem = `list each with its MAC address: {"name": "rack1-node0", "mac": "52:54:00:12:34:56"}`

// checkMachines wants a MAC address of every machine: nothing else tells which
// of them asks.
func (c *checker) checkMachines() {
	listed := slices.ContainsFunc(c.hosts, func(h host) bool { return h.role.ControlPlane && h.mac != "" })
	if !listed {
		c.fail("pxe-mac", "/controlPlane/machines", listThem, "the provider pxe knows machines by their MAC addresses, and none is given")
	}
	for _, h := range c.hosts {
		if h.mac == "" && (listed || !h.role.ControlPlane) {
			c.fail("pxe-mac", h.path+"/mac", `for example "mac": "52:54:00:12:34:56"`,
				"%s has no MAC address, by which the provider pxe knows machines", h.name)
		}
	}
	for i, r := range pools(c.p) {
		if len(r.Machines) == 0 && r.Count > 0 {
			c.fail("pxe-mac", fmt.Sprintf("/workers/%d/machines", i), listThem,
				"the provider pxe knows machines by their MAC addresses, and the pool %s lists none", r.Name)
		}
	}
}

// checkBaseURL keeps the boot server's address from being a machine's. The
// schema has checked the URL's form, all but how large a port can be.
func (c *checker) checkBaseURL() {
	const path = "/provider/pxe/baseURL"
	u, err := url.Parse(c.o.BaseURL)
	if err == nil && u.Port() != "" {
		_, err = strconv.ParseUint(u.Port(), 10, 16)
	}
	if err != nil {
		c.fail("pxe-base-url", path, "for example http://"+bootServer(c.p).String()+":8080", "found %q, expected a URL with a port up to 65535", c.o.BaseURL)
		return
	}
	for _, h := range c.hosts {
		if slices.ContainsFunc(h.addresses, func(a netip.Addr) bool { return a.String() == u.Hostname() }) {
			c.fail("pxe-base-url", path, "set it to the machine that runs the HTTP server",
				"the boot server %s would have the address of %s", c.o.BaseURL, h.name)
		}
	}
}

func (c *checker) checkDisks() {
	for _, name := range slices.Sorted(maps.Keys(c.o.Disks)) {
		if !slices.ContainsFunc(c.hosts, func(h host) bool { return h.name == name }) {
			c.fail("pxe-disks", "/provider/pxe/disks/"+name, "name a machine of controlPlane.machines or workers[].machines",
				"no machine is called %q", name)
		}
	}
}

func (c *checker) checkPayloadBy() {
	if c.o.PayloadBy != "ipxe" {
		return
	}
	for _, os := range c.p.OSes() {
		if os.Name == coreOS {
			c.fail("pxe-payload-by", "/provider/pxe/payloadBy", `use "system", or another operating system`,
				"the installer of %s takes a payload by its URL only", os.Name)
		}
	}
}

// checkCA wants a certificate, and a way for it to be known before anything is
// fetched.
func (c *checker) checkCA() {
	if c.o.CA == "" {
		return
	}
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(c.o.CA)) {
		c.fail("pxe-ca", "/provider/pxe/ca", `for example "-----BEGIN CERTIFICATE-----\nMIIB...", all of the file`, "found no certificate in PEM form")
	}
	if c.o.PayloadBy != "ipxe" {
		c.fail("pxe-ca", "/provider/pxe/ca", `set "payloadBy": "ipxe", or use a certificate of a public CA`,
			"what fetches its own payload knows no CA but the public ones")
	}
}

// checkDHCP looks at what dnsmasq must know where it is the DHCP server.
func (c *checker) checkDHCP() {
	const why = "which dnsmasq tells machines where dhcp is full"
	gateway, err := netip.ParseAddr(c.o.Gateway)
	switch {
	case c.o.Gateway == "":
		c.fail("pxe-dhcp", "/provider/pxe/gateway", "the address of the network's router", "there is no gateway, %s", why)
	case err != nil || !c.p.Network.MachineCIDR.Contains(gateway):
		c.fail("pxe-dhcp", "/provider/pxe/gateway", "the address of the network's router",
			"found %q, expected an address in network.machineCIDR (%s)", c.o.Gateway, c.p.Network.MachineCIDR)
	}
	if len(c.o.NameServers) == 0 {
		c.fail("pxe-dhcp", "/provider/pxe/nameServers", "one address or more", "there are no name servers, %s", why)
	}
	for i, s := range c.o.NameServers {
		if a, err := netip.ParseAddr(s); err != nil || !a.Is4() {
			c.fail("pxe-dhcp", fmt.Sprintf("/provider/pxe/nameServers/%d", i), `for example "192.0.2.1"`, "found %q, expected an IPv4 address", s)
		}
	}
	for _, h := range c.hosts {
		if h.address() == "" {
			c.fail("pxe-dhcp", h.path+"/address", `for example "address": "192.0.2.20"`,
				"%s has no IPv4 address for dnsmasq to give it", h.name)
		}
	}
}
