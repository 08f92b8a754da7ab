package iac

var cloudstack = reader{
	firewall: true,
	kinds: map[string]func(resource, *inventory){
		"cloudstack_affinity_group":    nil,
		"cloudstack_disk":              cloudstackDisk,
		"cloudstack_egress_firewall":   nil,
		"cloudstack_firewall":          cloudstackFirewall,
		"cloudstack_instance":          cloudstackInstance,
		"cloudstack_ipaddress":         nil,
		"cloudstack_loadbalancer_rule": nil, // who reaches it is up to the firewall of its address
		"cloudstack_network":           nil,
		"cloudstack_port_forward":      nil,
		"terraform_data":               nil,
	},
}

// Whether disks are encrypted is up to their offering.
const cloudstackEncrypts = true

func cloudstackFirewall(r resource, inv *inventory) {
	for _, rule := range r.blocks("rule") {
		for _, from := range r.texts(rule + ".cidr_list") {
			for _, p := range portsOf(r.texts(rule + ".ports")) {
				inv.openings = append(inv.openings, opening{resource: r.Address, from: from, protocol: r.text(rule + ".protocol"), ports: p})
			}
		}
	}
}

func cloudstackInstance(r resource, inv *inventory) {
	if r.Name == "control_plane" {
		*inv.machine(r.key()) = machine{r.Address, r.text("ip_address")}
	} else {
		inv.worker(r)
	}
}

func cloudstackDisk(r resource, inv *inventory) {
	inv.disks = append(inv.disks, disk{resource: r.Address, encrypted: cloudstackEncrypts, etcd: true})
}
