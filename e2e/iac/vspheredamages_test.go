package iac

var vsphereDamages = []damage{
	{"three", "terraform/fixed.tf", "", `num_cpus `, `cpus `, "Unsupported argument"},
	{"three", "terraform/fixed.tf", "", `data.vsphere_network.cluster.id`, `data.vsphere_network.cluster.ident`, "Unsupported attribute"},
	{"three", "terraform/guestinfo.tf", "", `Address=${m.address}`, `Address=10.0.0.99`, `has the address "10.0.0.99"`},
	{"one", "terraform/fixed.tf", "", `= sensitive(`, `= nonsensitive(`, "expected it to be sensitive"},
	{"three", "terraform/guestinfo.tf", "", `range(p.count)`, `range(1)`, "the pool general became"},
}
