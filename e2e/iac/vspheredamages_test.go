package iac

var vsphereDamages = []damage{
	{"three", "terraform/controlplane.tf", "", `num_cpus `, `cpus `, "Unsupported argument"},
	{"three", "terraform/controlplane.tf", "", `data.vsphere_network.cluster.id`, `data.vsphere_network.cluster.ident`, "Unsupported attribute"},
	{"three", "terraform/guestinfo.tf", "", `Address=${m.address}`, `Address=10.0.0.99`, `has the address "10.0.0.99"`},
	{"one", "terraform/controlplane.tf", "", `= sensitive(`, `= nonsensitive(`, "expected it to be sensitive"},
	{"three", "terraform/workers.tf", "", `range(pool.count)`, `range(1)`, "the pool general became"},
}
