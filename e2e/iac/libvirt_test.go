package iac

var libvirt = reader{
	// Machines are behind the host's NAT; a bridge is the user's network.
	firewall: false,
	kinds: map[string]func(resource, *inventory){
		"libvirt_cloudinit_disk": nil,
		"libvirt_domain":         libvirtDomain,
		"libvirt_ignition":       nil,
		"libvirt_network":        libvirtNetwork,
		"libvirt_pool":           nil,
		"libvirt_volume":         libvirtVolume,
	},
}

// What keeps disks is the host's.
const libvirtEncrypts = true

func libvirtNetwork(r resource, inv *inventory) {
	if got := r.text("mode"); got != "nat" {
		inv.fail(r, "is of mode %q, expected nat, which lets nobody in", got)
	}
}

func libvirtDomain(r resource, inv *inventory) {
	if r.Name == "control_plane" {
		// With a bridge the address is given by the user's own DHCP server, to
		// the machine's MAC.
		*inv.machine(r.key()) = machine{r.Address, r.text("network_interface.0.addresses.0")}
	} else {
		inv.worker(r)
	}
	if len(r.blocks("disk")) > 2 {
		inv.fail(r, "has a disk beside its own and etcd's")
	}
	if got := r.text("graphics.0.listen_type"); got != "none" {
		inv.fail(r, "has a screen that listens on %q", got)
	}
}

func libvirtVolume(r resource, inv *inventory) {
	if r.Name == "etcd" {
		inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: libvirtEncrypts, etcd: true})
	}
}
