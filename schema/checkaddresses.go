package schema

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// taken remembers who has an address or a MAC, without making a text for each
// of thousands of machines.
type taken struct {
	group, machine int // group -1 is the control plane
	from           origin
}

// origin is what gave a machine its address.
type origin int

const (
	fromMachine   origin = iota // its own entry
	fromAddresses               // controlPlane.addresses
	fromRange                   // network.machineCIDR, because nothing else did
)

func (t taken) String() string {
	switch {
	case t.from == fromAddresses:
		return pointer("controlPlane", "addresses", t.machine)
	case t.from == fromRange:
		return "control-plane machine " + strconv.Itoa(t.machine) + " by default"
	case t.group < 0:
		return pointer("controlPlane", "machines", t.machine)
	}
	return pointer("workers", t.group, "machines", t.machine)
}

// addressBook is all addresses of the cluster's machines.
type addressBook struct {
	*checker
	addresses map[netip.Addr]taken
	macs      map[[6]byte]taken
}

// checkAddresses looks at the machines' addresses and MACs.
func (k *checker) checkAddresses() {
	b := &addressBook{checker: k, addresses: map[netip.Addr]taken{}, macs: map[[6]byte]taken{}}
	for i, text := range k.ControlPlane.Addresses {
		b.addAddress(pointer("controlPlane", "addresses", i), text, taken{-1, i, fromAddresses}, true)
	}
	b.addDefaults()
	for i := range k.ControlPlane.Machines {
		b.addMachine(&k.ControlPlane.Machines[i], taken{group: -1, machine: i})
	}
	for g := range k.Workers {
		for i := range k.Workers[g].Machines {
			b.addMachine(&k.Workers[g].Machines[i], taken{group: g, machine: i})
		}
	}
}

// addDefaults takes the addresses that control-plane machines get when none are
// given: those from the tenth of machineCIDR on.
func (b *addressBook) addDefaults() {
	if len(b.ControlPlane.Addresses) > 0 || b.ranges.machine == nil {
		return
	}
	for i := range b.ControlPlane.Count {
		if machines := b.ControlPlane.Machines; i < len(machines) && machines[i].Address != "" {
			continue
		}
		b.addresses[nth(b.ranges.machine[0], 10+i)] = taken{-1, i, fromRange}
	}
}

func (b *addressBook) addMachine(m *Machine, who taken) {
	if m.Address != "" {
		if who.group < 0 && len(b.ControlPlane.Addresses) > 0 {
			b.fail(codeCountMismatch, who.String()+"/address", "keep one of the two",
				"the address is given both here and in controlPlane.addresses")
		} else if single, err := netip.ParseAddr(m.Address); err == nil && b.isFree(single, who) {
			b.addresses[single] = who
			if who.group < 0 {
				b.checkPrimary(who.String()+"/address", single)
			}
		} else {
			b.addAddress(who.String()+"/address", m.Address, who, who.group < 0)
		}
	}
	if m.MAC != "" {
		b.addMAC(m.MAC, who)
	}
}

// isFree is the quick answer for an address with which nothing is wrong.
func (b *addressBook) isFree(a netip.Addr, who taken) bool {
	_, twice := b.addresses[a]
	return !twice && isUsable(a) && b.rangeOf(a) == ""
}

// addAddress checks one entry: an address, or with dual stack one of each family
// with a comma between them.
func (b *addressBook) addAddress(path, text string, who taken, controlPlane bool) {
	parts := strings.Split(text, ",")
	if len(parts) > 2 || len(parts) == 2 && len(b.ranges.pods) == 1 {
		b.fail(codeAddress, path, "only machines of a dual-stack cluster have two", "found %s, expected one address", clip(text))
		return
	}
	var list []netip.Addr
	for _, part := range parts {
		a, err := netip.ParseAddr(strings.TrimSpace(part))
		if err != nil || !isUsable(a) {
			b.fail(codeAddress, path, `for example "10.0.0.10"`, "found %s, expected an address that a machine can have", clip(part))
			return
		}
		list = append(list, a)
		if first, twice := b.addresses[a]; twice {
			b.fail(codeDuplicateAddress, path, "give every machine an address of its own", "the address %s is taken by %s", a, first)
			continue
		}
		b.addresses[a] = who
		if in := b.rangeOf(a); in != "" {
			b.fail(codeAddressTaken, path, "choose an address outside the pods' and services' ranges", "the address %s is within %s", a, in)
		}
	}
	if len(list) == 2 && list[0].Is4() == list[1].Is4() {
		b.fail(codeAddressFamily, path, "give one address of IPv4 and one of IPv6", "found two %s addresses", family(list[0]))
	}
	if controlPlane {
		b.checkPrimary(path, list[0])
	}
}

// checkPrimary looks at the address that a control-plane machine serves the API
// on, and whether it is where the network says.
func (b *addressBook) checkPrimary(path string, a netip.Addr) {
	r := b.ranges
	if r.services != nil && a.Is4() != r.services[0].Addr().Is4() {
		b.fail(codeAddressFamily, path, "kube-apiserver needs an address of the family of its first service range",
			"found an %s address, but the first range of serviceCIDR is %s", family(a), family(r.services[0].Addr()))
	} else if r.machine != nil && !r.machine[0].Contains(a) {
		b.warn(codeAddressOutside, path, "set network.machineCIDR to the range that the machines are in",
			"the address %s is outside machineCIDR %s", a, r.machine[0])
	}
}

// rangeOf names the range of pods or services that an address is in.
func (b *addressBook) rangeOf(a netip.Addr) string {
	for _, p := range b.ranges.pods {
		if p.Contains(a) {
			return "podCIDR " + p.String()
		}
	}
	for _, p := range b.ranges.services {
		if p.Contains(a) {
			return "serviceCIDR " + p.String()
		}
	}
	return ""
}

func (b *addressBook) addMAC(text string, who taken) {
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != 6 || strings.ContainsRune(text, '.') {
		b.fail(codeMAC, who.String()+"/mac", `for example "52:54:00:12:34:56"`, "found %s, expected a MAC address of six pairs of hexadecimal digits", clip(text))
		return
	}
	if first, twice := b.macs[[6]byte(mac)]; twice {
		b.fail(codeDuplicateMAC, who.String()+"/mac", "give every machine the MAC address of its own network card", "the MAC address %s is taken by %s", text, first)
		return
	}
	b.macs[[6]byte(mac)] = who
}
